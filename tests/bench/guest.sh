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
bound 'longest window of 64 probes, in ticks' "$(stat max_ticks two.json)" 10000
./vmxprobe fields --cpu 0 --stats --json >fields.json
bound 'longest window of the map of fields, in ticks' "$(stat max_ticks fields.json)" 17000
./vmxprobe experiment --cpu 0 --stats --json >experiments.json
bound 'longest window of an experiment without guests, in ticks' "$(stat max_ticks experiments.json)" 30000

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
bound 'longest window of it, in ticks' "$(stat max_ticks verify.json)" 33500

# Guests that are entered. A window takes in no more of them after 65536 ticks, so it ends after
# these, one more guest and what comes before and after; a guest of its own accord ends at once, one
# that loops when the VMX-preemption timer says so, after 1048576 ticks at the latest, or when an
# interrupt comes (every 100000 ticks here, which ends the window as well).
guests() { # guests GUEST GROUP: ticks a guest, ticks of the longest window
	./enter_many -n 2048 "depth=3,guest=$1,$2" |
		sed -n 's/^\([0-9]*\) guests, .* at most \([0-9]*\), \([0-9]*\) ticks, longest \([0-9]*\)$/\1 \2 \3 \4/p'
}
for guest in 1 2 3; do
	# shellcheck disable=SC2046 # words on purpose
	set -- $(guests $guest sweep=0x482e:64:64)
	bound "guest $guest, ticks a guest that exits at once" "$(ratio "$3" "$1")" 5000
	bound "guest $guest, longest window in ticks" "$4" 77000
	bound "guest $guest, guests in one window" "$2" 64
done
# shellcheck disable=SC2046 # words on purpose
set -- $(guests 3 program=2,sweep=0x482e:20000:64)
bound 'guests that loop for 20000 ticks, longest window in ticks' "$4" 97000
# shellcheck disable=SC2046 # words on purpose
set -- $(./enter_many -n 4 depth=3,guest=3,program=2 | sed -n 's/.* longest \([0-9]*\)$/\1/p')
bound 'guests that loop, longest window in ticks' "$1" $((1048576 + 77000))
./vmxprobe deliver --cpu 0-1 --stats --json >deliver.json
probes=$(stat probes deliver.json)
bound 'all events delivered on 2 CPUs, ticks a probe inside the windows' \
	"$(ratio "$(stat ticks deliver.json)" "$probes")" 5500
bound 'longest window of it' "$(stat max_ticks deliver.json)" 77000
begin=$(cut -d ' ' -f 1 /proc/uptime)
./vmxprobe verify --enter --cpu 0 >verify.txt
end=$(cut -d ' ' -f 1 /proc/uptime)
bound 'verify --enter of 1 CPU, in seconds of 50 M ticks' \
	"$(awk "BEGIN { printf \"%.2f\", ($end - $begin) * $mhz / 50 }")" 8
exit $over
