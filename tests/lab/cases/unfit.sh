#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A CPU that cannot have every guest. $1: what it lacks, timer (so none at all) or real (real mode).
. ./tap.sh

insmod ./vmxprobe.ko
case $1 in
timer)
	lacks='not have both VMX-preemption timer and EPT'
	for guest in real pm32 long; do
		gives 3 "$lacks" "guest $guest: deliver says why not" \
			$tool deliver --mode $guest
	done
	gives 3 'Not tested' "a guest is not entered by probe" $tool probe --depth enter
	gives 2 'refused: no guest is entered without the VMX-preemption timer' \
		"the module says why not" ./enter_many depth=3,guest=3
	;;
real)
	gives 3 'no unrestricted guest, which a guest in real mode needs' \
		"guest real: deliver says why not" $tool deliver --mode real
	gives 3 'Not tested' "a guest in real mode is not entered by probe" \
		$tool probe --depth enter --guest real
	gives 2 'refused: a guest in real mode needs unrestricted guest' \
		"the module says why not" ./enter_many depth=3,guest=1
	for guest in pm32 long; do
		gives 0 'the handler of #UD' "guest $guest is entered" \
			$tool deliver --mode $guest --type 3 --vector UD --check-host
	done
	;;
esac
gives 0 'Refused: VM-instruction error 7' "other depths go on" $tool inject --type 3 --vector 13 \
	--depth controls
end
