#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules and CPUs that come and go under the tool.
. ./tap.sh

# CPUs offlined during dumps and sweeps: answers are complete, or say that the CPU is offline.
insmod ./vmxprobe.ko
hotplug() {
	i=0
	while [ $i -lt "$1" ]; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.05
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.05
		i=$((i + 1))
	done
	touch hotplug.done
}

# sweeps TIMES EVENTS COMMAND...: the command again and again, while CPU 1 goes and comes TIMES times
sweeps() {
	what=$2
	hotplug "$1" &
	shift 2
	bad=0 partly=0 whole=0
	while [ ! -e hotplug.done ]; do
		"$@" >sweep.out 2>&1
		rc=$?
		case $rc in
		0) whole=$((whole + 1)) ;;
		1 | 3) if grep -q offline sweep.out; then partly=$((partly + 1)); else bad=1; fi ;;
		*) bad=1 ;;
		esac
		[ $bad -eq 0 ] || break
		$tool caps >caps.out 2>&1 || { grep -q offline caps.out || bad=1; }
	done
	wait
	rm hotplug.done
	if [ $bad -eq 0 ] && [ $((whole + partly)) -gt 0 ]; then
		ok "hotplug during $what and dumps: $whole whole answers, $partly that name the CPU offline"
	else
		not_ok "hotplug during $what and dumps: exit code $rc" sweep.out caps.out
	fi
}
sweeps 20 'sweeps' $tool matrix
sweeps 20 'sweeps of guests' $tool deliver --cpu 0-1 --mode pm32 --check-host
gives 0 'CPUs 0-1' "after hotplug both CPUs answer" $tool matrix
echo 0 >/sys/devices/system/cpu/cpu1/online
gives 3 'offline' "an offline CPU is named offline" $tool inject --cpu 1 --type 3 --vector 13
gives 3 'offline' "so it is where a guest was to be entered" $tool probe --cpu 1 --depth enter
echo 1 >/sys/devices/system/cpu/cpu1/online

# A sweep of guests that is killed: the CPU is free again at once, and the module can go.
i=0
killed=0
while [ $i -lt 10 ]; do
	$tool deliver >/dev/null 2>&1 &
	pid=$!
	sleep 0.1$i
	kill -KILL $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
	i=$((i + 1))
done
check "$killed of 10 sweeps were killed before their end" [ $killed -ge 5 ]
gives 0 'the handler of #UD' "after $killed sweeps that were killed guests are entered" \
	$tool deliver --mode long --type 3 --vector UD --check-host
check "the module can be unloaded" rmmod vmxprobe

# Stopped and continued again and again, as the freezer does it before a suspend: netlink answers no
# request that ends with EINTR, and the tool would wait for minutes.
insmod ./vmxprobe.ko
$tool matrix --cpu 1 --max-window 1 >stopped.want 2>&1
taskset 1 $tool matrix --cpu 1 --max-window 1 >stopped.out 2>&1 &
pid=$!
stops=0
while [ $stops -lt 300 ] && kill -STOP $pid 2>/dev/null; do
	kill -CONT $pid
	stops=$((stops + 1))
done
start=$(sed 's/\..*//' /proc/uptime)
wait $pid
rc=$?
took=$(($(sed 's/\..*//' /proc/uptime) - start))
if [ $rc -eq 0 ] && [ $stops -ge 20 ] && [ $took -lt 60 ] && cmp -s stopped.want stopped.out; then
	ok "a sweep that was stopped $stops times is whole"
else
	not_ok "a sweep that was stopped $stops times: exit code $rc after $took s" stopped.out
fi
rmmod vmxprobe

# Removed in the middle of sweeps: it waits for the request under way, or says that it is busy with a
# dump, and the tool keeps what it has and says that the rest is missing.
insmod ./vmxprobe.ko
$tool matrix >want.out 2>&1
i=0 cut=0 whole=0 busy=0 bad=0
while [ $i -lt 8 ]; do
	$tool matrix >cut.out 2>&1 &
	pid=$!
	sleep 0.1$i
	rmmod vmxprobe 2>/dev/null || busy=$((busy + 1))
	wait $pid
	case $? in
	0) if cmp -s want.out cut.out; then whole=$((whole + 1)); else bad=1; fi ;;
	3 | 4) if grep -q 'not loaded' cut.out; then cut=$((cut + 1)); else bad=1; fi ;;
	*) bad=1 ;;
	esac
	[ $bad -eq 0 ] || break
	[ -d /sys/module/vmxprobe ] || insmod ./vmxprobe.ko
	i=$((i + 1))
done
if [ $bad -eq 0 ] && [ $cut -gt 0 ]; then
	ok "removed during $i sweeps, $busy times busy: $cut cut short and said so, $whole whole"
else
	not_ok "removed during $i sweeps" cut.out
fi
[ -d /sys/module/vmxprobe ] && rmmod vmxprobe

# 200 load and unload cycles while the tool runs in a loop.
(
	while [ ! -e cycles.done ]; do
		$tool inject --type 3 --vector 13 --error-code 0 >>loop.out 2>&1
		echo "rc $?" >>loop.rc
	done
) &
i=0
busy=0
while [ $i -lt 200 ]; do
	insmod ./vmxprobe.ko 2>/dev/null
	rmmod vmxprobe 2>/dev/null || busy=$((busy + 1))
	i=$((i + 1))
done
touch cycles.done
wait
if grep -vqE '^rc (0|3|4)$' loop.rc; then
	sort loop.rc | uniq -c >rc.out
	not_ok "the tool during 200 load/unload cycles" rc.out
else
	ok "200 load/unload cycles ($busy met a busy module), the tool ran $(wc -l <loop.rc) times"
fi
[ -d /sys/module/vmxprobe ] && rmmod vmxprobe
insmod ./vmxprobe.ko
gives 0 'Refused|Accepted' "after the cycles the module answers" \
	$tool inject --type 3 --vector 13 --error-code 0
end
