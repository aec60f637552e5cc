#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What cases/enter.sh shows can fail, and what holds a guest can be gone without the host's harm:
# modules of build/mutants again, entering guests.
. ./tap.sh
. ./witnesses.sh

for pid in $(pidof report); do
	taskset -p 2 "$pid" >/dev/null
done

# A window of the whole module gives TR its limit back, if nothing else does.
heal() {
	rmmod vmxprobe
	insmod ./vmxprobe.ko
	$tool inject --cpu 0 --type 3 --vector 3 >/dev/null 2>&1
	rmmod vmxprobe
}

# Restores that are left out. What experiments alone need is with cases/mutants.sh; CR4 comes last.
mkdir last
mv mutants/cr4.ko last/
rm mutants/guarded-ss.ko mutants/listed-*.ko
for ko in mutants/*.ko mutants/enter/*.ko; do
	name=${ko##*/}
	name=${name%.ko}
	insmod "$ko"
	witnesses_start
	from_cpu 1 ./enter_many -c 0 -w 4 -h -n 1024 depth=3,guest=3,sweep=0x482e:64:64 >mutant.out 2>&1
	witnesses_stop >witnesses.out
	if grep -q '^changed' mutant.out; then
		ok "without $name: the module's own comparison notices: $(grep -m 1 '^changed' mutant.out)"
	elif grep -q '^not ok' witnesses.out; then
		ok "without $name: a task notices: $(grep -m 1 '^#' witnesses.out)"
	else
		not_ok "without $name: nobody noticed" mutant.out witnesses.out
	fi
	heal
done

# Memory that a guest can write: its own handlers, and a page that is not of its address space.
for ko in mutants/loose/*.ko; do
	insmod "$ko"
	for guest in real pm32 long; do
		gives 1 'host state changed: guest-surroundings' \
			"with write access to ${ko##*/}: guest $guest is found out" \
			$tool probe --cpu 0 --depth enter --guest $guest --program write --check-host
	done
	rmmod vmxprobe
done

# Handlers that are another instruction: the guest ends all the same, and in its own place.
contained() { # contained MUTANT GUEST TEXT [OPTION...]
	mutant=$1 guest=$2 end=$3
	shift 3
	insmod mutants/contained/"$mutant".ko
	gives 0 "CPUs 0-1: .*$end" "handlers that $mutant: guest $guest ends: $end" $tool probe \
		--depth enter --guest "$guest" --set VM_ENTRY_INTR_INFO_FIELD=0x80000306 --check-host "$@"
	rmmod vmxprobe
}
for guest in real pm32 long; do
	contained loop $guest 'VMX-preemption timer expired, at the handler of vector 6' \
		--set VMX_PREEMPTION_TIMER_VALUE=10000
done
contained touch real 'EPT violation, at the handler of vector 6'
contained touch pm32 'qualification 0xf000, interruption 0x80000b0e/0x0'
contained touch long 'qualification 0xf000, interruption 0x80000b0e/0x0'
contained jump real 'EPT violation, at RIP 0xf000'
contained jump pm32 'qualification 0xf000, interruption 0x80000b0e/0x0'
contained jump long 'qualification 0xf000, interruption 0x80000b0e/0x10'
# One that loops is left out: in the emulator interrupts come more often than the timer's end.
for ko in mutants/contained/jump.ko mutants/contained/touch.ko; do
	insmod "$ko"
	$tool deliver --mode long --cpu 0 --check-host --stats >deliver.out 2>&1
	if grep -q '^[0-9]* windows of at most ' deliver.out && ! grep -q 'host state changed' deliver.out; then
		ok "handlers that ${ko##*/}: 4096 events are survived"
	else
		not_ok "handlers that ${ko##*/}: 4096 events" deliver.out
	fi
	rmmod vmxprobe
done

# The alarm that is there for CPUs whose preemption timer does not work. The guest has IF = 1: in one
# with 0, as its host, the emulator holds interrupts back, whatever the pin-based controls say.
insmod mutants/alarm/early.ko
for cpu in 0 1; do
	./enter_many -c $cpu -n 1 depth=3,guest=3,program=2,set=0x6820:0x202 >mutant.out 2>&1
	longest=$(sed -n 's/^1 guests, 100 interrupted, .* longest \([0-9]*\)$/\1/p' mutant.out)
	if [ "${longest:-99999}" -lt 50000 ]; then
		ok "CPU $cpu: an alarm ends guests that loop, longest window $longest ticks"
	else
		not_ok "CPU $cpu: an alarm after 16384 ticks does not end guests that loop" mutant.out
	fi
done
rmmod vmxprobe

# PEBS is on, as this module sees it: no guest is entered, and all else goes on.
insmod mutants/pebs/on.ko
gives 3 'Not run: Intel PT, BTS or PEBS is tracing' 'with PEBS on no guest is entered' \
	$tool probe --depth enter --guest long --set VM_ENTRY_INTR_INFO_FIELD=0x80000306
gives 3 'PEBS is tracing' 'with PEBS on no event is delivered' $tool deliver --mode long --type 3 --vector UD
gives 0 'Accepted: ' 'with PEBS on controls are probed' $tool inject --type 3 --vector UD
gives 3 'PEBS is tracing' 'with PEBS on no experiment has a guest' $tool experiment launched
rmmod vmxprobe

# storm KO GROUP: the counts of a storm of NMIs while guests are entered
storm() {
	insmod "$1"
	insmod ./nmi_storm.ko gap=1000 patience=5000000
	./enter_many -n 512 "$2" >mutant.out 2>&1
	rmmod nmi_storm
	rmmod vmxprobe
	dmesg | sed -n 's/.*nmi_storm: //p' | tail -n 1
}
counts=$(storm mutants/nmi/int2.ko depth=3,guest=3,program=2,sweep=0x482e:300:64)
case $counts in
*', 0 lost,'* | '') not_ok "without INT 2 for the host's NMIs: nobody noticed: $counts" mutant.out ;;
*) ok "without INT 2 for the host's NMIs: $counts" ;;
esac
counts=$(storm mutants/nmi/iret.ko depth=3,guest=3,set=0x4824:8,sweep=0x482e:64:64)
longest=${counts##*lost, }
check "without IRET where a guest had NMIs blocked: $counts" [ "${longest%% *}" -gt 3000 ]

# A CPU whose CR4.VMXE stays set is in use for good.
insmod last/cr4.ko
./enter_many -h depth=3,guest=3 >mutant.out
check "without cr4: $(grep -m 1 '^changed' mutant.out)" grep -q '^changed' mutant.out
rmmod vmxprobe
end
