#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The restore test can fail: each module of build/mutants leaves one piece of host state as a
# VM exit left it, and either the module's own comparison or a task must notice.
. ./tap.sh
. ./witnesses.sh

# What prints this writes to an I/O port, and would notice on its own that CPU 0 lost TR's limit.
for pid in $(pidof report); do
	taskset -p 2 "$pid" >/dev/null
done

# CR4 comes last: a CPU whose CR4.VMXE stays set is in use for good.
mkdir last
mv mutants/cr4.ko last/
for ko in mutants/*.ko last/*.ko; do
	name=${ko##*/}
	name=${name%.ko}
	insmod "$ko"
	witnesses_start
	from_cpu 1 $tool matrix --cpu 0 --max-window 8 --check-host >mutant.out 2>&1
	rc=$?
	witnesses_stop >witnesses.out
	if [ $rc -eq 0 ]; then
		$tool experiment --cpu 0 --check-host host-ss-null failed-host >mutant.out 2>&1
		rc=$?
	fi
	if [ $rc -eq 1 ]; then
		ok "without $name: the module's own comparison notices: $(grep -m 1 -i 'before\|changed' mutant.out)"
	elif grep -q '^not ok' witnesses.out; then
		ok "without $name: a task notices: $(grep -m 1 '^#' witnesses.out)"
	else
		not_ok "without $name: nobody noticed" mutant.out witnesses.out
	fi
	rmmod vmxprobe
	# A window of the whole module gives TR its limit back, if nothing else does.
	insmod ./vmxprobe.ko
	$tool inject --cpu 0 --type 3 --vector 3 >/dev/null 2>&1
	rmmod vmxprobe
done
end
