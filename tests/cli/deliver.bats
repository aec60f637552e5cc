#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# deliver over made-delivered.json, CPUs that no emulator has (tests/unit/test_fixtures.c), and over
# what the lab's did.
bats_require_minimum_version 1.5.0
load common

@test "deliver: a wrong command line is exit code 2 and one sentence" {
	deliver() {
		"$VMXPROBE" deliver "$@" --from reports/bochs-haswell.json
	}
	refused 2 'unknown mode "16": it is real, pm32 or long' deliver --mode 16
	refused 2 'unknown interruption type "8": it is 0 to 7, ext, reserved, nmi, hw, swint, priv, swexc, other' \
		deliver -t 8 -v 0
	refused 2 'unknown vector "256": it is 0 to 255 or an exception'\''s name such as GP or #CP' \
		deliver -t 3 -v 256
	for options in '--type hw' '--vector 3' '--error-code 0' '--ilen 2'; do
		# shellcheck disable=SC2086 # two words
		refused 2 'one event takes --type and --vector; without both, deliver takes no --error-code and no --ilen' \
			deliver $options
	done
	refused 2 '--error-code is a number up to 0xffffffff, not "x"' deliver -t 3 -v 3 --error-code x
	refused 2 '--max-window needs this machine, not the recorded report "reports/bochs-haswell.json"' \
		deliver --max-window 3
}

@test "deliver: every event in every mode, and what stands out" {
	golden deliver-made "$VMXPROBE" deliver --from reports/made-delivered.json
	tail -n 1 golden/deliver-made | grep -qx 'exit 1'
	grep -q '^  error code     eeeeeeeeeeeeeeeeeeeee-eeeeeeeeee$' golden/deliver-made
	grep -q '^  - hardware exception with error code, vector 21: delivered, but' golden/deliver-made
}

@test "deliver: the lab's Haswell and Tiger Lake, every event in every mode" {
	golden deliver-bochs-haswell "$VMXPROBE" deliver --from "$(unpacked bochs-enter-haswell)"
	golden deliver-bochs-tigerlake "$VMXPROBE" deliver --from "$(unpacked bochs-enter-tigerlake)"
	tail -n 1 golden/deliver-bochs-haswell | grep -qx 'exit 0'
	tail -n 1 golden/deliver-bochs-tigerlake | grep -qx 'exit 1'
	golden deliver-bochs-cp "$VMXPROBE" deliver -t hw -v CP --error-code 0x5a5a \
		--from "$(unpacked bochs-enter-tigerlake)"
}

@test "deliver: CPUs that do as they should are exit code 0, real mode or not" {
	run -0 "$VMXPROBE" deliver --cpu 0,1 --from reports/made-delivered.json
	[[ $output != *differ* ]]
	run -3 "$VMXPROBE" deliver --cpu 2 --mode real --from reports/made-delivered.json
	[ "${lines[1]}" = "  Not tested: the CPU has no unrestricted guest, which a guest in real mode needs." ]
	run -3 "$VMXPROBE" deliver --cpu 4 --from reports/made-delivered.json
}

@test "deliver: one event, with and without its error code" {
	golden deliver-cp-code "$VMXPROBE" deliver --type hw --vector CP --error-code 0x5a5a \
		--from reports/made-delivered.json
	tail -n 1 golden/deliver-cp-code | grep -qx 'exit 1'
	golden deliver-gp-code "$VMXPROBE" deliver -t hw -v GP --error-code 0x5a5a --cpu 0-2 \
		--mode long --from reports/made-delivered.json
	grep -q '^CPUs 0-2, 64-bit mode: Delivered: the handler of #GP (13) ran, with error code 0x5a5a' \
		golden/deliver-gp-code
	tail -n 1 golden/deliver-gp-code | grep -qx 'exit 0'
	golden deliver-swint "$VMXPROBE" deliver -t swint -v 30 --cpu 0 --from reports/made-delivered.json
	grep -q '^  6 bytes pushed: RIP 0x1001, CS 0x100, RFLAGS 0x202$' golden/deliver-swint
}

@test "deliver: an error code that the report does not hold is not guessed" {
	run -3 "$VMXPROBE" deliver -t hw -v GP --error-code 1 --cpu 0 --mode long \
		--from reports/made-delivered.json
	[[ $output == *"Not tested: the report does not hold this probe."* ]]
}

@test "deliver --json" {
	run -1 "$VMXPROBE" deliver --json --from reports/made-delivered.json
	[ "$(jq -c '.groups | map([.cpus, .complete, .findings])' <<<"$output")" = \
		'[["0-1",true,0],["2",true,2],["3",false,0],["4",false,0]]' ]
	[ "$(jq -c '[.differ, .windows.interrupted]' <<<"$output")" = '[true,0]' ]
	[ "$(jq -c '.groups[1].modes | map([.mode, .lacks, .answered])' <<<"$output")" = \
		'[["real","unrestricted guest",0],["pm32",null,4096],["long",null,4096]]' ]
	[ "$(jq -c '.groups[1].modes[2].findings | map([.kind, .types, .deliver_error_code, .vectors])' \
		<<<"$output")" = '[["code-dropped",[3],1,"21"]]' ]
	[ "$(jq -r '.groups[0].modes[2].rows[] | select(.type == 3 and .deliver_error_code == 1) |
		."delivered-code"' <<<"$output")" = 8,10-14,17 ]

	run -0 "$VMXPROBE" deliver -t hw -v GP --error-code 0x5a5a --cpu 0 --mode long --json \
		--from reports/made-delivered.json
	[ "$(jq -c '.event | [.vector, .error_code, .interruption_information]' <<<"$output")" = \
		'[13,"0x5a5a","0x80000b0d"]' ]
	[ "$(jq -c '.results[] | [.cpus, .mode, .delivered, .finding, .handler]' <<<"$output")" = \
		'["0","long","delivered-code",false,13]' ]
	[ "$(jq -c '.results[].frame' <<<"$output")" = \
		'{"bytes":48,"error_code":"0x5a5a","rip":"0x2000","cs":"0x40","rflags":"0x202","rsp":"0x3e28","ss":"0x10"}' ]
}

@test "summary: what was delivered is part of the answer about #CP" {
	run -3 "$VMXPROBE" summary --json --from reports/made-delivered.json
	[ "$(jq '.cpus | map(.cp.sentences | contains("Run in a 64-bit guest: "))' -c <<<"$output")" = \
		'[true,true,false,false]' ]
	[[ $output == *"where none was asked for, delivered without an error code; where one was, refused at VM entry."* ]]
	[[ $output == *"where one was, delivered, but the error code that was asked for was not pushed."* ]]
}

@test "deliver: no line is wider than 100 columns, none ends in a blank" {
	run -1 grep -E '.{101}|[[:blank:]]$' golden/deliver-*
}

@test "deliver: --help says that a guest runs" {
	run -0 "$VMXPROBE" deliver --help
	[[ $output == *"A guest runs."* ]]
}

@test "deliver: what the report does not hold is not guessed" {
	run -3 "$VMXPROBE" deliver --from reports/bochs-haswell.json
	[[ $output == *"Not tested: the report does not hold this probe."* ]]
	run -3 "$VMXPROBE" deliver --type hw --vector CP --mode long --from reports/bochs-haswell.json
	[[ $output == *"CPUs 0-1, 64-bit mode: Not tested: the report does not hold this probe."* ]]
}

@test "deliver: a CPU in use, or offline" {
	run -3 "$VMXPROBE" deliver --from reports/made-in-use.json
	[[ $output == *"Not run: in use by another hypervisor."* ]]
	run -3 "$VMXPROBE" deliver --cpu 5 --from reports/made-mixed.json
	[[ $output == *"Not run: offline."* ]]
}

@test "completion: modes are those the tool takes" {
	. ../../userspace/completion.bash
	COMP_WORDS=(vmxprobe deliver --mode '') COMP_CWORD=3
	_vmxprobe vmxprobe '' --mode
	[ ${#COMPREPLY[@]} -eq 3 ]
	for mode in "${COMPREPLY[@]}"; do
		run -3 "$VMXPROBE" deliver --mode "$mode" --from reports/bochs-haswell.json
	done
}
