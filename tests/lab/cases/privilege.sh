#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What of root's capabilities a command has while it probes: CAP_NET_ADMIN and CAP_SYS_ADMIN.
. ./tap.sh

# kept WHAT FILE: the status of a process
kept() {
	if grep -q "^CapPrm:.0000000000201000$" "$2" && grep -q "^CapEff:.0000000000201000$" "$2" &&
		grep -q "^CapBnd:.0000000000000000$" "$2" && grep -q "^NoNewPrivs:.1$" "$2"; then
		ok "$1"
	else
		grep -E '^(Cap|NoNew|Threads)' "$2" >kept.out
		not_ok "$1" kept.out
	fi
}

insmod ./vmxprobe.ko
$tool deliver >deliver.out 2>&1 &
pid=$!
# The threads that probe are there only after it.
i=0
while [ $i -lt 1000 ] && ! grep -q '^Threads:.[2-9]' "/proc/$pid/status" 2>/dev/null; do
	i=$((i + 1))
	sleep 0.01
done
cat "/proc/$pid/status" >main.status
cat /proc/$pid/task/*/status >all.status 2>/dev/null
kept 'deliver keeps the two capabilities of the module' main.status
n=$(grep -c '^CapPrm:.0000000000201000$' all.status)
if [ "$n" -ge 2 ] && [ "$n" -eq "$(grep -c '^CapPrm' all.status)" ]; then
	ok "so do all of its $n threads"
else
	not_ok 'not so all of its threads' all.status
fi
if wait $pid; then ok 'and is done with them'; else not_ok 'deliver' deliver.out; fi
check 'a report is written with them' $tool report -o report.json
end
