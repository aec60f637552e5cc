#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs inside the boot that tests/bench/run makes.

# bound WHAT VALUE LIMIT: print it, remember if it is over
over=0
bound() {
	if awk "BEGIN { exit !($2 <= $3) }"; then word=ok; else word='not ok' over=1; fi
	echo "$word - bench: $1: $2 (at most $3)"
}

ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

# stat NAME FILE: a number of what --stats adds to --json, which is one line
stat() { sed -n "/max_entries/s/.*\"$1\": *\([0-9]*\).*/\1/p" "$2"; }

insmod ./bare.ko
# shellcheck disable=SC2046 # words on purpose
set -- $(dmesg | sed -n 's/.*bare: \([0-9]*\) probes, \([0-9]*\) of them refused, \([0-9]*\) ticks/\1 \2 \3/p' |
	tail -n 1)
[ "$1" = "$2" ] || { echo "not ok - bench: the bare loop: $2 of $1 refused"; exit 1; }
bare=$(ratio "$3" "$1")
rmmod bare
echo "# the bare loop of VMWRITE, VMLAUNCH and VMREAD: $bare ticks a probe"

insmod ./vmxprobe.ko
# A first run brings everything into memory.
./vmxprobe matrix --stats >/dev/null
./vmxprobe matrix --cpu 0-1 --stats --json >two.json
probes=$(stat probes two.json)
ticks=$(ratio "$(stat ticks two.json)" "$probes")
bound 'full matrix on 2 CPUs, ticks a probe inside the windows' "$ticks" 56
bound 'the same, times the bare loop' "$(ratio "$ticks" "$bare")" 2
bound 'VM entries in one window' "$(stat max_entries two.json)" 64
bound 'reply bytes a probe on the wire' "$(ratio "$(stat reply_bytes two.json)" "$probes")" 4
echo "# longest window: $(stat max_ticks two.json) ticks"

median() { # median CPUS: of five sweeps, in ns from first request to last reply
	for _ in 1 2 3 4 5; do
		./vmxprobe matrix --cpu "$1" --stats --json >sweep.json
		stat elapsed_ns sweep.json
	done | sort -n | sed -n 3p
}
one=$(median 0)
four=$(median 0-3)
echo "# a sweep of 1 CPU: $one ns, of 4 CPUs: $four ns, simulated"
bound 'sweep of 4 CPUs, times that of 1' "$(ratio "$four" "$one")" 1.25

# The whole catalogue, from the start of the program to its end.
mhz=$(sed -n 's/^cpu MHz.*: *//p' /proc/cpuinfo | head -n 1)
begin=$(cut -d ' ' -f 1 /proc/uptime)
./vmxprobe verify --cpu 0 >verify.txt
end=$(cut -d ' ' -f 1 /proc/uptime)
./vmxprobe verify --cpu 0 --json >verify.json
bound 'verify of 1 CPU, in seconds of 50 M ticks' \
	"$(awk "BEGIN { printf \"%.2f\", ($end - $begin) * $mhz / 50 }")" 3
bound 'VM entries in one window of it' "$(stat max_entries verify.json)" 64
echo "# longest window of it: $(stat max_ticks verify.json) ticks"
exit $over
