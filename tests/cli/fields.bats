#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# fields.json: CPUs 0-1 have the map of the lab's Haswell; CPU 2 lacks one field and has others.
bats_require_minimum_version 1.5.0
load common

@test "fields: documented ones, missing ones, and what differs" {
	golden fields "$VMXPROBE" fields --from reports/fields.json
	tail -n 1 golden/fields | grep -qx 'exit 1'
}

@test "fields --all: ranges of what nobody documents" {
	run -0 "$VMXPROBE" fields --all --cpu 2 --from reports/fields.json
	[ "${lines[-2]}" = "  0x0001-0x0003  16-bit control, read, write, every other one" ]
	[ "${lines[-1]}" = "  0x0400-0x0403  16-bit read-only, read, write" ]
}

@test "fields --json: each documented field, and the others in ranges" {
	run -1 --separate-stderr "$VMXPROBE" fields --json --from reports/fields.json
	[ "$(jq -r .schema <<<"$output")" = vmxprobe-fields/1 ]
	[ "$(jq -c '[.groups[].cpus]' <<<"$output")" = '[[0,1],[2]]' ]
	[ "$(jq -c '.skipped' <<<"$output")" = '[{"cpus":"3","readiness":"offline"}]' ]
	[ "$(jq -c '.groups[0].fields[0] | [.token, .exists, .should_exist, .ones]' <<<"$output")" = \
	  '["VIRTUAL_PROCESSOR_ID",true,"yes","0xffff"]' ]
	[ "$(jq -c '.groups[1].undocumented[] | [.first, .count, .step]' <<<"$output")" = \
	  '["0x1",2,2]
["0x400",4,1]' ]
}

@test "fields --stats: a report does not tell what its map cost" {
	run -0 "$VMXPROBE" fields --stats --cpu 0 --from reports/fields.json
	[ "${lines[-1]}" = "no window was opened" ]
	run -0 "$VMXPROBE" fields --json --cpu 0 --from reports/fields.json
	[ "$(jq -c '.windows | [.windows, .max_ticks, .untold]' <<<"$output")" = '[0,0,false]' ]
}

@test "fields: a report without a map is not tested, exit code 3" {
	run -3 "$VMXPROBE" fields --from reports/bochs-haswell.json
	[ "$output" = "CPUs 0-1: not tested: the report has no map of VMCS fields" ]
	run -3 "$VMXPROBE" verify fields.documented --from reports/bochs-haswell.json
	[[ $output == *"the report has no map of VMCS fields"* ]]
}

@test "verify: claims about fields, over a recorded map" {
	golden verify-fields "$VMXPROBE" verify G --from reports/fields.json
}

@test "report: a map of fields is read and written as it was" {
	"$VMXPROBE" report --from reports/fields.json | cmp - reports/fields.json
}
