#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Netlink under attack: attack.sh MESSAGES [SEED]. What it sends is the same for the same seed. What
# it prints of a failure is the seed and the message: "attack -f MESSAGE SEED 16" sends it again.
# Without VMX no request takes long, so none is there to be killed in the middle of.
. ./tap.sh
. ./level.sh

messages=$1 seed=${2:-1}
sum=0 borrowed=0
long=$(grep -m 1 -o -w vmx /proc/cpuinfo)

# attacked SEED MESSAGES MODE [OPTION]: every answer is as it has to be
attacked() {
	if ./attack ${4:+"$4"} "$1" "$2" "$3" >attack.out 2>&1; then
		ok "attack, seed $1, $3: $(head -n 1 attack.out)"
		sed '1d;s/^/#   /' attack.out
		sum=$((sum + $(sed -n 's/\([0-9]*\) messages, .*bytes.*/\1/p' attack.out)))
		borrowed=$((borrowed + $(sed -n 's/.*windows, \([0-9]*\) of them borrowed.*/\1/p' attack.out)))
	else
		not_ok "attack, seed $1, $3" attack.out
	fi
}

# same BEFORE AFTER WHAT: at a second look, as what is freed late is no leak
same() {
	if leaks "$1" "$2" >leaks.out || {
		echo "# more at first: $(cat leaks.out)"
		sleep 5
		lowest "$2"
		leaks "$1" "$2" >leaks.out
	}; then
		ok "$3, memory is as before, within the limits of level.sh: $(cat leaks.out)"
	else
		not_ok "$3, memory is missing: $(cat leaks.out)"
	fi
}

# part OF LEAST: one in OF of the messages, but not so few that nothing could be said of what came of them
part() { echo $((messages / $1 > $2 ? messages / $1 : $2)); }

# most LIMIT: so many, but no more than there are messages, for the debug kernel
most() { echo $((messages < $1 ? messages : $1)); }

insmod ./vmxprobe.ko || not_ok 'the module can be loaded'

# CPU 1 goes and comes meanwhile. What the kernel itself keeps of that is not ours, so the count begins
# behind it; and behind a little of all else, as what is allocated once and kept is no leak.
attacked $((seed + 1)) $((messages / 25 + 1600)) hotplug
for mode in plain many deaf strangers; do
	./attack $((seed + 2)) "$(most 1000)" $mode >/dev/null
done
[ -z "$long" ] || ./attack $((seed + 2)) 3 dying >/dev/null

lowest before
attacked "$seed" "$messages" plain -v
lowest after
same before after "after $messages messages of one sender"
attacked $((seed + 3)) "$(part 10 500)" many
attacked $((seed + 4)) "$(part 20 250)" deaf
if [ -n "$long" ]; then
	attacked $((seed + 5)) 60 dying
fi
attacked $((seed + 6)) "$(part 20 250)" strangers
# Each field that is documented at each depth, and some of the others. What may be set does not depend
# on who has the CPU, and would take minutes more beside KVM.
[ -e /sys/module/kvm_intel ] || attacked $((seed + 8)) $((messages / 20 + 4500)) overrides
echo 0 >/sys/devices/system/cpu/cpu1/online
./attack $((seed + 7)) "$(most 2000)" plain >/dev/null
rc=$?
echo 1 >/sys/devices/system/cpu/cpu1/online
[ $rc -eq 0 ] || not_ok "attack with CPU 1 offline"
lowest after
same before after "after 64 senders at once, those that do not read, that die, that may not"
echo "# $sum messages in all, and those sent while CPU 1 was offline and to warm up"
# Since 6.12 KVM has the CPUs in VMX operation from its load on.
[ ! -e /sys/module/kvm_intel ] ||
	check "$borrowed windows were in KVM's VMX operation" [ $borrowed -gt 0 ]
check "the module can be unloaded" rmmod vmxprobe

# cycles N...: the module loaded, attacked and unloaded
cycles() {
	for i in "$@"; do
		insmod ./vmxprobe.ko
		./attack $((seed + 10 + i)) "$(most 500)" many >attack.out 2>&1 ||
			not_ok "attack in load cycle $i" attack.out
		rmmod vmxprobe || not_ok "the module cannot be unloaded in cycle $i"
	done
}

# A module that comes and goes between attacks. What the kernel allocates for the first and keeps is no
# leak, nor what it does so for once at any time: a leak is there after ten more cycles as well.
cycles 1 2 3
lowest before
cycles 4 5 6 7 8 9 10 11 12 13
lowest after
if ! leaks before after >leaks.out; then
	echo "# more after ten load cycles: $(cat leaks.out)"
	mv after before
	cycles 14 15 16 17 18 19 20 21 22 23
	lowest after
fi
same before after "after 10 times load, attack, unload"
end
