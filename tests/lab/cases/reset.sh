#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The machine is reset while windows are open on another CPU; $1 is how. That it is, the boot's --reset sees.
. ./tap.sh

insmod ./vmxprobe.ko
[ "$1" != crash ] || check "a crash kernel is loaded" ./kexec panic
# sweeps COMMAND...: until one fails
sweeps() {
	while $tool "$@" --cpu 1 >/dev/null 2>&1; do
		touch "swept.$1"
	done
}
gives 0 'CPUs? 1' "CPU 1 can be probed" $tool matrix --cpu 1
sweeps matrix &
matrix=$!
sweeps deliver --mode long &
deliver=$!
waited=0
while { [ ! -e swept.matrix ] || [ ! -e swept.deliver ]; } && [ $waited -lt 600 ]; do
	sleep 0.1
	waited=$((waited + 1))
done
# Told before, as nothing gets out after.
if [ $waited -lt 600 ] && kill -0 $matrix $deliver; then
	ok "sweeps are under way on CPU 1, each has come to its end within $waited/10 s"
else
	not_ok "sweeps are not under way on CPU 1 after $waited/10 s"
fi
sleep 0.2
case $1 in
reboot) taskset 1 reboot -f ;;
kexec) taskset 1 ./kexec now ;;
panic | crash) taskset 1 sh -c 'echo c >/proc/sysrq-trigger' ;;
esac
sleep 60
not_ok "the machine is still there"
