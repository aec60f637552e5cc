#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Sweeps that are frozen, with their CPU taken away under them: stopped, and hibernated.
. ./tap.sh

insmod ./vmxprobe.ko

# A task that is stopped or frozen is woken like by a signal: a request under way is answered in
# part, or not begun. The tool is to ask for the rest, and to end as if nothing had been.
stopped() {
	$tool "$@" >want.out 2>&1
	status=$?
	i=0 stops=0 wrong=0
	while [ $i -lt 4 ]; do
		$tool "$@" >stopped.out 2>&1 &
		pid=$!
		while [ -d /proc/$pid ]; do
			kill -STOP $pid 2>/dev/null
			kill -CONT $pid 2>/dev/null
			stops=$((stops + 1))
			usleep 10000
		done
		wait $pid
		if [ $? -ne $status ] || ! cmp -s want.out stopped.out; then
			wrong=$((wrong + 1))
			cp stopped.out wrong.out
		fi
		i=$((i + 1))
	done
	if [ $wrong -eq 0 ] && [ $stops -ge 20 ]; then
		ok "$i runs stopped $stops times answer the same: $*"
	else
		not_ok "$wrong of $i runs stopped $stops times answer otherwise: $*" wrong.out
	fi
}
for command in 'deliver --mode long' 'experiment vmptrld-revision'; do
	# shellcheck disable=SC2086 # several words
	stopped $command
done

# sweeps OUTPUT COMMAND...: over and over until the machine is awake for good
sweeps() {
	out=$1
	shift
	while [ ! -e awake ]; do
		"$@" >"$out" 2>&1
		rc=$?
		echo $rc >>sweep.rc
		[ $rc -eq 0 ] || cp "$out" sweep.bad
	done
}

# asleep STATE WHAT LOG: twice, by /sys/power/state, while sweeps run; so it must be in the kernel's log
asleep() {
	rm -f awake sweep.rc
	dmesg -c >/dev/null
	sweeps matrix.out $tool matrix &
	sweeps deliver.out $tool deliver --cpu 1 --mode long --check-host &
	for i in 1 2; do
		sleep 0.7
		echo "$1" >/sys/power/state 2>/dev/null
	done
	sleep 0.5
	touch awake
	wait
	dmesg >asleep.log
	times=$(grep -c "$3" asleep.log)
	offline=$(grep -c 'CPU 1 is now offline' asleep.log)
	check "the machine was $2 $times times, CPU 1 offline $offline times" [ "$times $offline" = '2 2' ]
	# A CPU that is not there yet when the tool runs again is named so, and that is all.
	if grep -qvE '^(0|3)$' sweep.rc || { grep -q 3 sweep.rc && ! grep -q offline sweep.bad; }; then
		not_ok "$(wc -l <sweep.rc) sweeps: $(sort sweep.rc | uniq -c | tr '\n' ' ')" sweep.bad
	else
		ok "$(wc -l <sweep.rc) sweeps meanwhile, $(grep -c 3 sweep.rc) of them met an offline CPU"
	fi
	$tool matrix --check-host >after.out
	check "after it a sweep answers as before" cmp want.out after.out
}

$tool matrix >want.out
asleep mem 'suspended to memory' 'ACPI: PM: Waking up from system sleep state S3'

# Without a swap device the image is made, CPU 1 offline and the devices suspended, and then has
# nowhere to go: all that there is of hibernation but the restore, which is a boot of its own.
echo shutdown >/sys/power/disk
asleep disk 'hibernated, up to the image,' 'hibernation: Image created'
end
