#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The machine is reset while windows are open on another CPU; $1 is how. That it is, the boot's --reset sees.
. ./tap.sh

insmod ./vmxprobe.ko
[ "$1" != crash ] || check "a crash kernel is loaded" ./kexec panic
sweeps() {
	while "$@" --cpu 1 >/dev/null 2>&1; do
		touch swept
	done
}
gives 0 'CPUs? 1' "CPU 1 can be probed" $tool matrix --cpu 1
sweeps $tool matrix &
sweeps $tool deliver --mode long &
sleep 1
# Told before, as nothing gets out after.
if [ -e swept ]; then ok "sweeps are under way on CPU 1"; else not_ok "no sweep has come to its end"; fi
sleep 0.2
case $1 in
reboot) taskset 1 reboot -f ;;
kexec) taskset 1 ./kexec now ;;
panic | crash) taskset 1 sh -c 'echo c >/proc/sysrq-trigger' ;;
esac
sleep 60
not_ok "the machine is still there"
