#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# CPUs left alone are not even read. Booted with 4 CPUs, isolcpus=3 and, where the kernel has it,
# nohz_full=2; $1: 1 if it has.
. ./tap.sh

nohz=$1
insmod ./vmxprobe.ko

# How often each CPU was called by another: its "CAL" in /proc/interrupts.
calls() { awk -v n="$1" '$1 == "CAL:" { print $(n + 2) }' /proc/interrupts; }

# made COMMAND...: prints how many calls to $cpu came while the command ran
made() {
	before=$(calls "$cpu")
	"$@" >unasked.out 2>&1
	echo $(($(calls "$cpu") - before))
}

# unasked WHAT CPU COMMAND...: not one call to this CPU while the command runs. The kernel itself calls
# all CPUs once in a long while: then there must be none in two runs more.
unasked() {
	what=$1 cpu=$2
	shift 2
	n=$(made "$@")
	if [ "$n" -ne 0 ]; then
		echo "# $what: $n calls to CPU $cpu at first"
		n=$(($(made "$@") + $(made "$@")))
	fi
	if [ "$n" -eq 0 ]; then
		ok "$what: no call to CPU $cpu"
	else
		not_ok "$what: $n calls to CPU $cpu" unasked.out
	fi
}

# called HOW: reading a CPU that is named is a call, or the cases show nothing
called() {
	before=$(calls 3)
	$tool caps --cpu 3 >called.out 2>&1
	if [ "$(calls 3)" -gt "$before" ]; then
		ok "CPU 3 is called $1 if it is named"
	else
		not_ok "CPU 3 is not called $1 though it is named" called.out
	fi
}

gives 0 'CPU 3 left alone: isolated; name it with --cpu' 'summary says that CPU 3 is left alone' $tool
[ "$nohz" = 0 ] || gives 0 'CPU 2 left alone: nohz_full; name it with --cpu' \
	'summary says that CPU 2 is left alone' $tool
for command in summary caps matrix fields 'experiment vmptrst' 'verify cp' 'report -o report.json' \
	'deliver --mode pm32'; do
	# shellcheck disable=SC2086 # words on purpose
	unasked "$command" 3 $tool $command
done
gives 0 '"cpu": 3, "readiness": "isolated", "profile": null' 'the report has it as isolated' \
	cat report.json
gives 0 'CPU 3 left alone: isolated' 'and is read as such' $tool matrix --from report.json
gives 0 'CPU 3: Accepted' 'CPU 3 is asked if it is named' $tool inject -t hw -v UD --cpu 3
gives 0 'CPU 1: Accepted' 'CPUs outside of the affinity mask are asked if they are named' \
	taskset 1 $tool inject -t hw -v UD --cpu 1
gives 0 'CPU[S ]*.*1.* left alone: not among the CPUs' 'and else left alone' taskset 1 $tool
gives 3 'all CPUs are left alone' 'nothing is done if there is no other' taskset 8 $tool
called 'by the module'
rmmod vmxprobe

# Nor without the module.
gives 3 'CPU 3 left alone: isolated' 'summary by MSR devices says it as well' $tool
unasked 'caps by MSR devices' 3 $tool caps
gives 0 'CPU 3: left alone: isolated' 'caps by MSR devices says it as well' $tool caps
gives 0 'CPU 3: not known whether VMXON' 'which read CPU 3 if it is named' $tool caps --cpu 3
called 'by MSR devices'
end
