#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The map of VMCS fields. Bochs 2.7 sets up its table of fields on the first CPU only: there all is as
# documented but the highest index, which IA32_VMX_VMCS_ENUM of its models has from the real CPUs. On
# the others it takes every encoding with a small index, of whatever width and type.
. ./tap.sh

insmod ./vmxprobe.ko
violated() {
	$tool verify --check-host --tap G --cpu "$1" |
		sed -n 's/^not ok [0-9]* - [^(]*(\(G-[^)]*\)), CPU .*/\1/p' | grep -v '^G-FLD-' | sort >seen
	shift
	printf '%s\n' "$@" >wanted
	cmp -s seen wanted
}
check "fields: CPU 0 deviates in its highest index alone" violated 0 G-ENUM-SCAN
check "fields: CPU 1 has fields that nobody documents" violated 1 G-ENUM-SCAN G-HIGH-PAIR G-UNDOC-SCAN
gives 1 'IA32_VMX_VMCS_ENUM' "fields: CPUs that differ are exit code 1" $tool fields
gives 1 '^[1-9][0-9]* windows, longest window [1-9][0-9]* ticks \(interrupts off\)$' \
	"fields --stats: how long the windows were" $tool fields --stats
# number NAME FILE: of the statistics in a JSON document
number() { sed -n "s/.*\"$1\": \([0-9][0-9]*\).*/\1/p" "$2"; }
$tool fields --cpu 0 --json --stats >fields.wide
$tool fields --cpu 0 --json --stats --max-window 1 >fields.narrow
for file in wide narrow; do sed '/"windows": {/,/}/d' fields.$file >fields.$file.map; done
check "fields --max-window 1: the same map" cmp fields.wide.map fields.narrow.map
windows=$(number windows fields.narrow) ticks=$(number max_ticks fields.narrow)
check "fields --max-window 1: $windows windows, $ticks ticks instead of $(number max_ticks fields.wide)" \
	[ "$windows" = 16384 -a $((ticks * 2)) -lt "$(number max_ticks fields.wide)" ]
$tool fields --json --stats >fields.live
check "fields: the report is written" $tool report -o fields.json
$tool fields --json --from fields.json >fields.recorded
# But for what is in the one only: what it cost.
for file in live recorded; do
	sed '/"windows": {/,/}/d' fields.$file >fields.$file.map
done
check "fields: the report has the same map" cmp fields.live.map fields.recorded.map
rmmod vmxprobe
end
