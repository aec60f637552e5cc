#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
bats_require_minimum_version 1.5.0
load common

@test "caps: Haswell Xeon, without CET" {
	golden caps-haswell-xeon "$VMXPROBE" caps --from reports/haswell-xeon.json
}

@test "caps: Tiger Lake, CET and IA32_VMX_BASIC[56]" {
	golden caps-tiger-lake "$VMXPROBE" caps --from reports/tiger-lake.json
}

@test "caps: Wildcat Lake has bits that no manual names" {
	golden caps-wildcat-lake "$VMXPROBE" caps --from reports/wildcat-lake.json
	grep -q '^ *57 1 .*bit 57$' golden/caps-wildcat-lake
}

@test "caps: Lakefield's CPUs differ, which is said and is exit code 1" {
	golden caps-lakefield "$VMXPROBE" caps --from reports/lakefield.json
	tail -n 1 golden/caps-lakefield | grep -qx 'exit 1'
	tail -n 4 golden/caps-lakefield | grep -q 'CPUs 0-3 CPU 4'
	tail -n 2 golden/caps-lakefield | grep -q 'VMM bus-lock detection'
}

@test "caps: some of the CPUs that differ may be equal" {
	run -0 "$VMXPROBE" caps --cpu 0-2 --from reports/lakefield.json
	[ "${lines[0]}" = "CPUs 0-2: not known whether VMXON would work" ]
}

@test "caps --raw: one line for each MSR" {
	golden caps-raw-haswell-xeon "$VMXPROBE" caps --raw --from reports/haswell-xeon.json
	golden caps-raw-lakefield "$VMXPROBE" caps --raw --from reports/lakefield.json
}

@test "caps --raw is what the report holds" {
	jq -r '.profiles[0].msrs[] | "\(.index) \(.name) \(.value)"' reports/tiger-lake.json |
		while read -r index name value; do
			printf '%s %s 0x%016x\n' "$index" "$name" "$value"
		done >"$BATS_TEST_TMPDIR/expected"
	"$VMXPROBE" caps --raw --from reports/tiger-lake.json |
		diff "$BATS_TEST_TMPDIR/expected" -
}

@test "caps --json: bits have names, places and settings" {
	run -0 --separate-stderr "$VMXPROBE" caps --json --from reports/tiger-lake.json
	[ -z "$stderr" ]
	[ "$(jq -r .schema <<<"$output")" = vmxprobe-caps/1 ]
	[ "$(jq -c '.groups[0].cpus' <<<"$output")" = '[0,1,2,3,4,5,6,7]' ]
	[ "$(jq -c '.groups[0].msrs[0].bits[] | select(.low == 56)' <<<"$output")" = \
	  '{"low":56,"high":56,"name":"Hardware exceptions with or without error code, whatever the vector","known":true,"qemu":"vmx-any-errcode","value":"0x1"}' ]
	[ "$(jq -r '.groups[0].msrs[].bits[] | select(.name == "CR4.CET") | .setting' \
	     <<<"$output" | sort -u)" = either ]
	[ "$(jq -r '.differences | length' <<<"$output")" = 0 ]
}

@test "caps --json: differences between groups" {
	run -1 "$VMXPROBE" caps --json --from reports/lakefield.json
	[ "$(jq -c '.groups | map(.cpus)' <<<"$output")" = '[[0,1,2,3],[4]]' ]
	[ "$(jq -c '.differences[] | {msr, bits, groups}' <<<"$output")" = \
	  '{"msr":"IA32_VMX_PROCBASED_CTLS2","bits":"30","groups":["fixed 0","either"]}' ]
}

@test "caps: MSRs that are absent or faulted, CPUs that are offline or have no VMX" {
	golden caps-states "$VMXPROBE" caps --from reports/states.json
	golden caps-raw-states "$VMXPROBE" caps --raw --from reports/states.json
}

@test "caps: an offline CPU that was asked for by number is exit code 3" {
	run -3 "$VMXPROBE" caps --cpu 3 --from reports/states.json
	[ "$output" = "CPU 3: offline" ]
}

@test "caps: colour when it is asked for, and only then" {
	run -0 "$VMXPROBE" caps --color=always --from reports/tiger-lake.json
	[[ $output == *$'\033['* ]]
	run -0 "$VMXPROBE" caps --color=auto --from reports/tiger-lake.json
	[[ $output != *$'\033['* ]]
}
