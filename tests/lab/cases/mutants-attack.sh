#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What cases/attack.sh shows can fail: modules of build/mutants/attack that leak, and that answer what
# is not right, and that take what they must refuse or refuse what they must take, are found out by
# fewer messages than it sends. Those for which no VMX is needed are
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
	caught entries plain 'a window of more entries than were asked for'
else
	leaks_by leak-refused
	leaks_by leak-run
	leaks_by leak-scan
	leaks_by leak-vmcs
	caught silent plain 'refused with Invalid argument and no sentence'
	caught count plain 'the index is not of the probes that are answered'
	caught rights strangers 'one without the right to it has a reply'
	caught groups plain 'a reply, where Argument list too long must come'
	caught sets plain 'a reply, where Argument list too long must come'
	caught window plain 'a reply, where Numerical result out of range must come'
	caught no-cpu plain 'a reply, where No such device must come'
	caught host-field overrides 'a reply, where Invalid argument must come'
	caught planted overrides 'a reply, where Invalid argument must come'
	caught page overrides 'a reply, where Invalid argument must come'
	caught less overrides 'refused with Invalid argument, where a reply must come: only guest-state'
	caught nothing plain 'a known request is refused with Invalid argument'
fi
end
