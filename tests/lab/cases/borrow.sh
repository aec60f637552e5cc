#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Windows in KVM's VMX operation, where its guests run, where they do not, and where there are none:
# guests that look at all of their registers notice nothing. Booted with kvm_intel and nmi_storm.ko.
. ./tap.sh
. ./kvm-guests.sh

# sweeps CPU TIMES [OPTION...]: windows of one entry each, of each depth, TIMES of each guest
sweeps() {
	cpu=$1 n=$2
	shift 2
	# Refused for the guest state, at depth controls and state.
	./enter_many -b -c "$cpu" -w 1 -n $((2 * n)) "$@" \
		depth=1,sweep=0x4016:0x80000b0d:64 >"many.$cpu.controls" 2>&1
	./enter_many -b -c "$cpu" -w 1 -n $((2 * n)) "$@" \
		depth=2,sweep=0x4016:0x80000b0d:64 >"many.$cpu.state" 2>&1
	for guest in 1 2 3; do
		./enter_many -b -c "$cpu" -w 1 -n "$n" "$@" \
			depth=3,guest=$guest,program=2,sweep=0x482e:200:64 >"many.$cpu.$guest" 2>&1
	done
}

# What may come of these.
outcome='^[0-9]* times kind (6 exit 0x8000002[12]|7 exit 0x(12|34))$'

# swept WHAT LEAST: at least that many windows, all of them borrowed, and nothing changed
swept() {
	if [ "$(borrowed)" -ge "$2" ] && [ "$(borrowed)" = "$(windows)" ] &&
		! grep ' times kind ' many.* | sed 's/^[^:]*://' | grep -Evq "$outcome" &&
		! grep -q changed many.*; then
		ok "$1: $(borrowed) windows, all borrowed"
	else
		not_ok "$1: $(borrowed) of $(windows) windows borrowed, wanted $2" many.*
	fi
	rm many.*
}

insmod ./vmxprobe.ko
sweeps 0 200 -h
if kvm_stays; then
	swept "KVM has no guest yet" 1400
else
	check "no VM: none of $(windows) windows is borrowed, as KVM has left VMX operation" \
		[ "$(borrowed)" = 0 -a "$(windows)" -ge 1400 ]
	rm many.*
fi

kvm_start one -c 0
kvm_start two -c 0 -v 2 -t
sweeps 0 1500
swept "the CPU of three guests" 10000
sweeps 0 200 -h
swept "the same, host state compared" 1400
sweeps 1 400 -h
swept "the other CPU, where none of them runs" 2800
kvm_stop one two

# NMIs end guests of KVM's, ours, and come between.
kvm_start nmi -c 0 -v 2 -t
insmod ./nmi_storm.ko gap=2000
sweeps 0 400 -h
ended=$(cat many.* | awk '/ of them by NMIs/ { n += $5 } END { print n + 0 }')
swept "among NMIs, which ended $ended of our guests" 2800
check "NMIs did end guests of ours" [ "$ended" -gt 20 ]
rmmod nmi_storm
counts=$(dmesg | sed -n 's/.*nmi_storm: //p' | tail -n 1)
# shellcheck disable=SC2046 # words on purpose
set -- $(echo "$counts" | tr -dc '0-9 ')
check "NMIs: $counts" [ "$1" -gt 1000 -a "$1" = "$2" -a "$3" = 0 ]
kvm_stop nmi
end
