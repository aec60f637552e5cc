#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# inject, matrix and summary over recorded evidence: bochs-*.json are runs in the lab, made-*.json
# are CPUs that no emulator has (tests/unit/test_fixtures.c).
bats_require_minimum_version 1.5.0
load common

# accepted REPORT MODE TYPE CODE: the vectors, MODE as "PE UG".
accepted() {
	"$VMXPROBE" matrix --json --from "reports/$1" | jq -r --argjson pe "${2% *}" --argjson ug "${2#* }" \
		--argjson type "$3" --argjson code "$4" '.groups[0].modes[] | select(.cr0_pe == $pe and
		.unrestricted == $ug) | .rows[] | select(.type == $type and .deliver_error_code == $code) |
		.accepted // "none"'
}

@test "matrix: what the lab's Haswell accepts" {
	golden matrix-bochs-haswell "$VMXPROBE" matrix --from reports/bochs-haswell.json
	for mode in "1 0" "1 1" "0 0"; do
		[ "$(accepted bochs-haswell.json "$mode" 3 0)" = 0-7,9,15-16,18-31 ]
		[ "$(accepted bochs-haswell.json "$mode" 3 1)" = 8,10-14,17 ]
	done
	[ "$(accepted bochs-haswell.json "0 1" 3 0)" = 0-31 ]
	[ "$(accepted bochs-haswell.json "0 1" 3 1)" = none ]
	[ "$(accepted bochs-haswell.json "1 0" 1 0)" = none ]
	[ "$(accepted bochs-haswell.json "1 0" 2 0)" = 2 ]
}

@test "matrix: the lab's Tiger Lake accepts every hardware exception in both forms" {
	golden matrix-bochs-tigerlake "$VMXPROBE" matrix --from reports/bochs-tigerlake.json
	[ "$(accepted bochs-tigerlake.json "1 0" 3 0)" = 0-31 ]
	[ "$(accepted bochs-tigerlake.json "1 0" 3 1)" = 0-31 ]
	[ "$(accepted bochs-tigerlake.json "1 0" 1 0)" = none ]
	[ "$(accepted bochs-tigerlake.json "1 0" 1 1)" = none ]
}

@test "matrix: CPUs that differ are named, and that is exit code 1" {
	golden matrix-mixed "$VMXPROBE" matrix --from reports/made-mixed.json
	tail -n 1 golden/matrix-mixed | grep -qx 'exit 1'
	grep -q '^  hardware exception with error code, vector 21: refused by CPUs 0-1,3, accepted by CPU 2$' \
		golden/matrix-mixed
	run -1 "$VMXPROBE" matrix --json --from reports/made-mixed.json
	[ "$(jq .differ <<<"$output")" = true ]
}

@test "matrix: equal CPUs of a mixed machine are exit code 0" {
	run -0 "$VMXPROBE" matrix --cpu 0,3 --from reports/made-mixed.json
	[[ ${lines[0]} == "CPUs 0,3: "* ]]
	[[ $output != *differ* ]]
}

@test "matrix: a CPU in use, offline or without evidence is exit code 3" {
	golden matrix-in-use "$VMXPROBE" matrix --from reports/made-in-use.json
	tail -n 1 golden/matrix-in-use | grep -qx 'exit 3'
	run -3 "$VMXPROBE" matrix --cpu 5 --from reports/made-mixed.json
	[[ $output == *"Not run: offline."* ]]
	run -3 "$VMXPROBE" matrix --from reports/haswell-xeon.json
	[[ $output == *"Not tested: the report does not hold this probe."* ]]
}

@test "matrix: offline CPUs count only if they were asked for" {
	run -0 "$VMXPROBE" matrix --from reports/made-footnote.json
	[ "${lines[-1]}" = "CPU 2: offline" ]
	run -3 "$VMXPROBE" matrix --cpu 0-2 --from reports/made-footnote.json
}

@test "matrix: a guest that was entered is shown as what it is" {
	golden matrix-entered "$VMXPROBE" matrix --from reports/made-entered.json
	tail -n 1 golden/matrix-entered | grep -qx 'exit 3'
	run -3 "$VMXPROBE" matrix --json --from reports/made-entered.json
	[ "$(jq -c '.groups[0] | [.answered, .unexpected, .first_unexpected.kind, .why.kind]' <<<"$output")" = \
		'[2,2,"entered","stopped"]' ]
}

@test "matrix --json: every probe of every guest is in it once" {
	run -0 "$VMXPROBE" matrix --json --from reports/bochs-haswell.json
	count() {
		jq -r '.groups[0].modes[].rows[] | .accepted // empty, .refused // empty' | tr , '\n' |
			awk -F- '{ n += NF > 1 ? $2 - $1 + 1 : $1 != "none" } END { print n }'
	}
	[ "$(count <<<"$output")" = 16384 ]
	[ "$(jq -c '.groups[0] | [.cpus, .complete, .probes, .answered]' <<<"$output")" = \
		'["0-1",true,16384,16384]' ]
}

@test "inject: #CP on Haswell, refused with and accepted without an error code" {
	golden inject-cp-code "$VMXPROBE" inject --type hw --vector CP --error-code 0 \
		--from reports/bochs-haswell.json
	grep -q '^CPUs 0-1: Refused: VM-instruction error 7, ' golden/inject-cp-code
	golden inject-cp "$VMXPROBE" inject -t 3 -v '#CP' --from reports/bochs-haswell.json
	grep -q '^CPUs 0-1: Accepted: ' golden/inject-cp
}

@test "inject: names and numbers are the same" {
	run -0 "$VMXPROBE" inject --type "hardware exception" --vector 0x15 --from reports/bochs-haswell.json
	[ "$output"$'\n'"exit 0" = "$(cat golden/inject-cp)" ]
}

@test "inject: the kind of guest matters" {
	run -0 "$VMXPROBE" inject -t 3 -v GP --cr0-pe 0 --unrestricted 1 --from reports/bochs-haswell.json
	[[ $output == *"CPUs 0-1: Accepted: "* ]]
	run -0 "$VMXPROBE" inject -t 3 -v GP --cr0-pe 0 --unrestricted 0 --from reports/bochs-haswell.json
	[[ $output == *"CPUs 0-1: Refused: "* ]]
}

@test "inject: CPUs with equal answers are folded, in the mixed machine as well" {
	golden inject-mixed "$VMXPROBE" inject -t 3 -v 21 --error-code 0 --unrestricted 1 \
		--from reports/made-mixed.json
	for line in 'CPUs 0-1,3: Refused: VM-instruction error 7, VM entry with invalid control field(s).' \
		'CPU 4: Not run: in use by another hypervisor.' \
		'CPU 6: Not tested: the CPU does not have the control that the probe needs.' 'exit 1'; do
		grep -qxF "$line" golden/inject-mixed
	done
}

@test "inject --json" {
	run -0 "$VMXPROBE" inject -t 3 -v 21 --error-code 0 --json --from reports/bochs-haswell.json
	[ "$(jq -c '.probe | [.type, .vector, .interruption_information]' <<<"$output")" = \
		'[3,21,"0x80000b15"]' ]
	[ "$(jq -c '.results | map([.cpus, .answer, .outcome.kind, .outcome.error])' <<<"$output")" = \
		'[["0-1","refused","fail-valid",7]]' ]
}

@test "inject --depth enter: what arrived in the guest" {
	golden inject-enter "$VMXPROBE" inject -d enter -t hw -v GP --error-code 5 \
		--from reports/made-enter.json
	for line in 'CPU 3: Not tested: the CPU does not have the control that the probe needs.' 'exit 1'; do
		grep -qxF "$line" golden/inject-enter
	done
	golden inject-enter-fault "$VMXPROBE" inject -d enter --guest long -t hw -v PF --error-code 5 \
		--cpu 0 --from reports/made-enter.json
	golden inject-enter-real "$VMXPROBE" inject -d enter --guest real -t hw -v GP --cpu 0 \
		--from reports/made-enter.json
	# In real mode the program is where RIP would name a handler.
	run -0 "$VMXPROBE" inject -d enter --guest real -t other -v 0 --cpu 0 \
		--from reports/made-enter.json
	[[ $output == *"CPU 0: Entered: the guest left with exit reason 37, Monitor trap flag, in its"* ]]
	run -0 "$VMXPROBE" inject -d enter -t hw -v BP --error-code 5 --cpu 0 \
		--from reports/made-enter.json
	[[ $output == *"CPU 0: Refused: VM-instruction error 7"* ]]
}

@test "inject --depth enter --json" {
	run -1 "$VMXPROBE" inject -d enter -t hw -v GP --error-code 5 --json \
		--from reports/made-enter.json
	[ "$(jq -c '.probe | [.guest, .cr0_pe, .depth]' <<<"$output")" = '["long",null,"enter"]' ]
	[ "$(jq -c '.results | map([.cpus, .answer, .handler, .stack[0]])' <<<"$output")" = \
		'[["0-1","accepted",13,"0x5"],["2","accepted",13,"0x2000"],["3","not-run",null,null]]' ]
}

@test "inject: what the report does not hold is not guessed" {
	for option in "--error-code 0x10" "--depth state" "--ilen 2"; do
		# shellcheck disable=SC2086 # two words
		run -3 "$VMXPROBE" inject -t 3 -v 13 $option --from reports/bochs-haswell.json
		[[ $output == *"Not tested: the report does not hold this probe."* ]]
	done
}

@test "inject: a wrong command line is exit code 2 and one sentence" {
	inject() {
		"$VMXPROBE" inject "$@" --from reports/bochs-haswell.json
	}
	refused 2 'unknown interruption type "8": it is 0 to 7, ext, reserved, nmi, hw, swint, priv, swexc, other' \
		inject -t 8 -v 0
	refused 2 'unknown vector "256": it is 0 to 255 or an exception'\''s name such as GP or #CP' \
		inject -t 3 -v 256
	refused 2 'inject needs --vector: 0 to 255 or the name of an exception' inject -t 3
	refused 2 '--cr0-pe is 0 or 1, not "2"' inject -t 3 -v 3 --cr0-pe 2
	refused 2 '--unrestricted is 0 or 1, not "yes"' inject -t 3 -v 3 --unrestricted yes
	refused 2 '--error-code is a number up to 0xffffffff, not "0x100000000"' \
		inject -t 3 -v 3 --error-code 0x100000000
	refused 2 '--ilen is a number up to 0xffffffff, not "-1"' inject -t 3 -v 3 --ilen -1
	refused 2 'unknown depth "deep": it is controls, state or enter' inject -t 3 -v 3 --depth deep
	refused 2 '--guest goes together with --depth enter only' inject -t 3 -v 3 --guest real
	for option in --cr0-pe --unrestricted; do
		refused 2 '--cr0-pe and --unrestricted do not go together with --depth enter, where --guest says what the guest is' \
			inject -t 3 -v 3 --depth enter $option 1
	done
	refused 2 'unknown guest "vm86": it is real, pm32 or long' inject -t 3 -v 3 -d enter --guest vm86
	refused 2 '--max-window takes 1 to 64, not "65"' inject -t 3 -v 3 --max-window 65
	refused 2 '--max-window takes 1 to 64, not "0"' inject -t 3 -v 3 --max-window 0
	refused 2 '--check-host needs this machine, not the recorded report "reports/bochs-haswell.json"' \
		inject -t 3 -v 3 --check-host
}

@test "summary: the #CP question answered for every kind of CPU" {
	golden summary-bochs-haswell "$VMXPROBE" --from reports/bochs-haswell.json
	golden summary-bochs-tigerlake "$VMXPROBE" --from reports/bochs-tigerlake.json
	golden summary-mixed "$VMXPROBE" --from reports/made-mixed.json
	run -1 "$VMXPROBE" --json --from reports/made-mixed.json
	[ "$(jq -c '.cpus | map([.cpus, .cp.reading])' <<<"$output")" = \
		'[["0-1","readings-agree"],["2","footnote"],["3","literal"],["4","not-tested"],["6","readings-agree"]]' ]
}

@test "summary: capabilities alone are exit code 3" {
	golden summary-haswell-xeon "$VMXPROBE" --from reports/haswell-xeon.json
	tail -n 1 golden/summary-haswell-xeon | grep -qx 'exit 3'
}

@test "no line is wider than 100 columns, none ends in a blank" {
	# But for the name of a source, which is the report's.
	lines=$(grep -v '^  source ' golden/matrix-* golden/inject-* golden/probe-* golden/summary-*)
	run -1 grep -E ':.{101}|[[:blank:]]$' <<<"$lines"
}
