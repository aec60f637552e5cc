#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A CPU that a real-time task never yields: no window is borrowed there, and nobody waits for long.
# Of a kernel whose scheduler has no deadline server (before 6.12), which would have it yield.
. ./tap.sh

# In hundredths of a second.
now() { sed 's/ .*//; s/\.//' /proc/uptime; }
borrow() { ./enter_many -c 1 -b -w 1 -n 64 depth=1,sweep=0x4016:0x80000b0d:64; }

insmod ./vmxprobe.ko
throttling=$(cat /proc/sys/kernel/sched_rt_runtime_us)
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
./rt_task 1 >rt.out 2>&1 &
task=$!
while ! grep -q running rt.out; do sleep 0.02; done

start=$(now)
borrow >busy.out 2>&1
took=$(($(now) - start))
# Not ready, for it is busy.
if grep -q '^64 times kind 1 exit 0x9$' busy.out && [ $took -ge 200 ] && [ $took -lt 300 ]; then
	ok "a CPU that is never yielded is said to be busy, after $took/100 s"
else
	not_ok "a CPU that is never yielded, after $took/100 s" busy.out
fi

borrow >busy.out 2>&1 &
asking=$!
sleep 0.2
start=$(now)
kill -KILL $asking
wait $asking 2>/dev/null
took=$(($(now) - start))
if [ $took -lt 50 ]; then
	ok "who asks need not wait for it: killed within $took/100 s"
else
	not_ok "who asks was killed within $took/100 s only"
fi

start=$(now)
rmmod vmxprobe &
removing=$!
while [ -e /sys/module/vmxprobe ] && [ $(($(now) - start)) -lt 200 ]; do sleep 0.1; done
if [ -e /sys/module/vmxprobe ]; then
	not_ok "who removes the module waits for it"
else
	ok "nor need who removes the module"
fi

kill -TERM $task
wait $task
wait $removing
insmod ./vmxprobe.ko
gives 0 ' 64 windows of at most 1,' "yielded, it has windows again" borrow

# The same when it is taken in the middle of a request, wherever the module's task is just then.
round=0
late=0
while [ $round -lt 30 ]; do
	taskset 1 ./enter_many -c 1 -b -n 200000 depth=1,sweep=0x4016:0x80000b0d:4096 >many.out 2>&1 &
	asking=$!
	sleep 0.1$round
	taskset 1 ./rt_task 1 >rt.out 2>&1 &
	task=$!
	while ! grep -q running rt.out; do sleep 0.02; done
	start=$(now)
	kill -KILL $asking
	wait $asking 2>/dev/null
	[ $(($(now) - start)) -lt 50 ] || late=$((late + 1))
	kill -TERM $task
	wait $task
	round=$((round + 1))
done
if [ $late -eq 0 ]; then
	ok "so it is for $round requests that were under way"
else
	not_ok "of $round requests that were under way $late could not be killed"
fi
echo "$throttling" >/proc/sys/kernel/sched_rt_runtime_us
end
