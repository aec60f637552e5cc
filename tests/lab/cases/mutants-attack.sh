#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What cases/attack.sh shows can fail: modules of build/mutants/attack that leak, and that answer what
# is not right, are found out by fewer messages than it sends. Those for which no VMX is needed are
# tried where there is none, which is quick.
. ./tap.sh
. ./level.sh

# leaks_by NAME [MESSAGES]
leaks_by() {
	insmod "mutants/attack/$1.ko"
	./attack 2 1000 plain >/dev/null
	lowest before
	check "$1: each of ${2:-5000} messages is answered" ./attack 1 "${2:-5000}" plain
	lowest after
	if leaks before after >leaks.out; then
		not_ok "$1: nobody noticed" leaks.out
	else
		ok "$1 is noticed: $(cat leaks.out)"
	fi
	rmmod vmxprobe
}

# caught NAME MODE TEXT
caught() {
	insmod "mutants/attack/$1.ko"
	gives 1 "$3" "$1 is noticed by attack, $2: $3" ./attack 1 5000 "$2"
	rmmod vmxprobe
}

if grep -q -w vmx /proc/cpuinfo; then
	# Few of them enter one.
	leaks_by leak-guest 20000
	caught room plain 'refused with Message too long'
	caught changed plain 'host state changed'
else
	leaks_by leak-refused
	leaks_by leak-run
	leaks_by leak-scan
	leaks_by leak-vmcs
	caught silent plain 'refused with Invalid argument and no sentence'
	caught count plain 'the index is not of the probes that are answered'
	caught rights strangers 'one without the right to it has a reply'
fi
end
