#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# CPU 1 was in use, and its owner's VMX operation was borrowed (tests/unit/test_fixtures.c). What a
# live KVM lends is in tests/lab/cases/borrow.sh.
bats_require_minimum_version 1.5.0
load common

report=reports/made-borrowed.json

@test "borrow: the summary says whose VMX operation it was" {
	golden summary-borrowed "$VMXPROBE" --from $report
	grep -qx '  VMX                   borrowed from another hypervisor' golden/summary-borrowed
	run -0 "$VMXPROBE" --json --from $report
	[ "$(jq -c '.cpus | map([.cpus, .readiness, .borrowed])' <<<"$output")" = \
		'[["0","ready",false],["1","in-use",true]]' ]
}

@test "borrow: what takes VMX operation of its own is not tested, and the rest is" {
	run -3 "$VMXPROBE" experiment vmxon-revision --cpu 1 --from $report
	[ "${lines[0]}" = "CPU 1: not tested: takes VMX operation of its own, where another owner's was borrowed" ]
	run -3 "$VMXPROBE" verify insn.vmxon.revision --json --cpu 1 --from $report
	[ "$(jq -r '.claims[].verdicts[] | "\(.verdict): \(.reason)"' <<<"$output")" = \
		"not-tested: takes VMX operation of its own, where another owner's was borrowed" ]
	run -0 "$VMXPROBE" verify inject.type.reserved --json --cpu 1 --from $report
	[ "$(jq -r '.claims[].verdicts[].verdict' <<<"$output")" = holds ]
	run -0 "$VMXPROBE" experiment vmclear-width --cpu 1 --from $report
}

@test "borrow: what is missing is not in use" {
	run -3 "$VMXPROBE" experiment vmptrst --cpu 1 --from $report
	[ "${lines[0]}" = 'CPU 1: not tested: the report does not hold this experiment' ]
}

@test "borrow: a violated claim is shown again by borrowing" {
	run -1 "$VMXPROBE" verify insn.vmclear.address --json --cpu 1 --from $report
	[ "$(jq -r '.claims[].verdicts[] | select(.verdict == "violated") | .reproduce' <<<"$output")" = \
		'vmxprobe experiment vmclear-width --cpu 1 --borrow' ]
}

@test "borrow: a report passes it on" {
	run -0 "$VMXPROBE" report --from $report
	[ "$output" = "$(cat $report)" ]
}

@test "borrow: not of a report" {
	for command in summary matrix deliver fields 'experiment vmptrst' 'verify cp' report \
		'inject -t hw -v CP' probe; do
		# shellcheck disable=SC2086 # words on purpose
		refused 2 "--borrow needs this machine, not the recorded report \"$report\"" \
			"$VMXPROBE" $command --borrow --from $report
	done
}
