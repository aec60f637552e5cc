#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Owners and CPUs that come and go, guests that move and requests that are killed, while windows are
# borrowed. Booted with kvm_intel.
. ./tap.sh
. ./kvm-guests.sh

# Why a CPU is not ready, as in the contract.
offline=6
busy=9
kvm_file=/lab/modules/$(sed -n 's/^\([^ ]*kvm[-_]intel[^ ]*\).*/\1/p' /lab/load)

# sweeps TIMES: of guests, on each CPU, whatever comes of them
sweep_number=0
sweeps() {
	i=0
	while [ $i -lt "$1" ]; do
		for cpu in 0 1; do
			sweep_number=$((sweep_number + 1))
			./enter_many -b -c $cpu -w 1 -h -n 128 \
				depth=3,guest=3,sweep=0x482e:64:64 >many.$sweep_number 2>&1
		done
		i=$((i + 1))
	done
}

# swept WHAT [READINESS]: nothing changed, and no outcome but a guest's exit, or a CPU that is not
# ready for that reason
swept() {
	grep -h ' times kind ' many.* | grep -Ev " times kind (7 exit 0x12|1 exit 0x${2:-0})\$" >odd
	if [ "$(windows)" -gt 100 ] && [ ! -s odd ] && ! grep -qE 'changed|refused|enter_many:' many.*; then
		ok "$1: $(windows) windows, $(borrowed) of them borrowed"
	else
		not_ok "$1: $(windows) windows, $(borrowed) of them borrowed" odd many.*
	fi
}

# during COMMAND...: again and again, in the background, until "stop"
during() {
	touch running
	(while [ -e running ]; do "$@"; done) &
	loop=$!
}
stop() {
	rm running
	wait $loop
}

insmod ./vmxprobe.ko

short_guests() {
	for cpu in 0 1; do
		./kvm_witness -c $cpu -n 100 -r 2 >>guests.out 2>&1 || echo "exit code $?" >>guests.bad
	done
}
during short_guests
sweeps 12
stop
swept "$(grep -c ': ok' guests.out) VMs that come and go"
check "each of them counted right" [ ! -e guests.bad ]
if kvm_stays; then
	check "KVM never left VMX operation" [ "$(borrowed)" = "$(windows)" ]
else
	check "KVM was in VMX operation now and then" \
		[ "$(borrowed)" -gt 0 -a "$(borrowed)" -lt "$(windows)" ]
fi
rm many.*

kvm_start moving -c 0 -v 2 -t
move() {
	for mask in 2 1; do
		taskset -p $mask "$(kvm_pid moving)" >/dev/null && echo moved >>moves
		sleep 0.02
	done
}
during move
sweeps 6
stop
swept "guests moved from CPU to CPU $(wc -l <moves) times"
check "that is often enough to mean something" [ "$(wc -l <moves)" -ge 10 ]
rm many.*
kvm_stop moving

kvm_start plugged -c 1 -t
hotplug() {
	for state in 0 1; do
		echo $state >/sys/devices/system/cpu/cpu1/online && echo plugged >>plugs
		sleep 0.1
	done
}
during hotplug
sweeps 6
stop
swept "CPU 1 unplugged and plugged in, $(wc -l <plugs) in all" $offline
check "that is often enough to mean something" [ "$(wc -l <plugs)" -ge 4 ]
rm many.*
kvm_stop plugged

kvm_start killed -c 0 -t
i=0 killed=0
while [ $i -lt 10 ]; do
	./enter_many -b -c 0 -w 1 -n 100000 depth=3,guest=3,sweep=0x482e:64:64 >/dev/null 2>&1 &
	pid=$!
	sleep 0.1$i
	kill -KILL $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
	i=$((i + 1))
done
sweeps 1
check "$killed of 10 requests were killed before their end" [ $killed -ge 5 ]
swept "after $killed requests that were killed"
check "all of these windows are borrowed" [ "$(borrowed)" = "$(windows)" ]
rm many.*
check "vmxprobe can be unloaded beside a guest" rmmod vmxprobe
insmod ./vmxprobe.ko
if rmmod kvm_intel 2>/dev/null; then not_ok "KVM went, with a guest"; else ok "KVM stays while it has a guest"; fi
kvm_stop killed

reload_kvm() {
	rmmod kvm_intel && insmod "$kvm_file" && echo reloaded >>reloads
	sleep 0.1
}
# To load it takes the emulated CPU seconds that it does not yield: no window is opened there.
touch reloads
during reload_kvm
while [ "$(wc -l <reloads)" -lt 3 ]; do sweeps 1; done
stop
swept "KVM unloaded and loaded $(wc -l <reloads) times" $busy
if kvm_stays; then
	check "some windows were borrowed" [ "$(borrowed)" -gt 0 ]
fi
rm many.*
kvm_start reloaded -c 0 -r 20
wait "$(kvm_pid reloaded)"
check "a guest of the reloaded KVM's counts right" grep -q ': ok$' kvm.reloaded.out
check "KVM can be unloaded" rmmod kvm_intel
sweeps 1
swept "without KVM"
check "none of these windows is borrowed" [ "$(borrowed)" = 0 ]
rm many.*
insmod "$kvm_file"
end
