#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# CPUs that were left alone, in a report: CPU 2 is isolated, CPUs 3-4 nohz_full, CPU 5 not among those
# that vmxprobe was allowed to run on, CPU 6 is offline (tests/unit/test_fixtures.c). What is asked of a
# live machine is in tests/lab/cases/alone.sh.
bats_require_minimum_version 1.5.0
load common

report=reports/made-alone.json

@test "left alone: the summary says it, and nothing is missing" {
	golden summary-alone "$VMXPROBE" --from $report
	for line in 'CPU 6: offline' 'CPU 2 left alone: isolated' 'CPUs 3-4 left alone: nohz_full' \
		'CPU 5 left alone: not among the CPUs that vmxprobe may run on' 'exit 0'; do
		grep -qxF "$line" golden/summary-alone
	done
}

@test "left alone: so do the other commands that probe" {
	for command in matrix 'inject -t hw -v CP' 'verify cp' fields 'experiment vmptrst'; do
		# shellcheck disable=SC2086 # words on purpose
		run "$VMXPROBE" $command --from $report
		[[ $output == *$'\n''CPU 2 left alone: isolated'$'\n''CPUs 3-4 left alone: nohz_full'* ]]
		# shellcheck disable=SC2086
		run "$VMXPROBE" $command --json --from $report
		[ "$(jq -c '.skipped | map([.cpus, .readiness])' <<<"$output")" = \
			'[["6","offline"],["2","isolated"],["3-4","nohz-full"],["5","not-allowed"]]' ]
	done
	run -0 "$VMXPROBE" matrix --from $report
	run -0 "$VMXPROBE" verify cp --tap --from $report
	[[ $output == *$'\n''# CPU 2 left alone: isolated'$'\n'* ]]
}

@test "left alone: a CPU that is named is shown with the reason, and missing" {
	run -3 "$VMXPROBE" inject -t hw -v CP --cpu 2 --from $report
	[[ $output == *'CPU 2: Not run: left alone: isolated.'* ]]
	for claim in inject.type.reserved insn.vmxon.revision cr4.fixed1.umip fields.exists.EPTP_INDEX; do
		run -3 "$VMXPROBE" verify $claim --json --cpu 3 --from $report
		[ "$(jq -r '[.claims[].verdicts[] |
			"\(.verdict): \(.reason)"] | unique[]' <<<"$output")" = \
			'not-tested: left alone: nohz_full' ]
	done
	run -3 "$VMXPROBE" fields --cpu 2 --from $report
	[ "${lines[0]}" = 'CPU 2: not tested: left alone: isolated' ]
	run -3 "$VMXPROBE" experiment vmptrst --cpu 2 --from $report
	[ "${lines[0]}" = 'CPU 2: not tested: left alone: isolated' ]
}

@test "left alone: capabilities are not known" {
	run -0 "$VMXPROBE" caps --raw --from $report
	[[ $output == *$'\n''# CPU 2: left alone: isolated'$'\n''# CPUs 3-4: left alone: nohz_full'$'\n'* ]]
}

@test "left alone: a report passes it on" {
	run -0 "$VMXPROBE" report --from $report
	[ "$(jq -c '.cpus | map([.cpu, .readiness, .profile])[2:]' <<<"$output")" = \
		'[[2,"isolated",null],[3,"nohz-full",null],[4,"nohz-full",null],[5,"not-allowed",null],[6,"offline",null]]' ]
}
