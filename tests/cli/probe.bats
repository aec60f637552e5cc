#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The command probe over recorded reports; tests/lab has it on CPUs.

bats_require_minimum_version 1.5.0
load common

@test "probe: a probe of the matrix is answered by a report" {
	run -0 "$VMXPROBE" probe -s VM_ENTRY_EXCEPTION_ERROR_CODE=0 -s VM_ENTRY_INSTRUCTION_LEN=1 \
		-s 'GUEST_CR0=CR0_FIXED0 | 1' -s VM_ENTRY_INTR_INFO_FIELD=0x80000b15 \
		--from reports/bochs-haswell.json
	[[ $output == *"CPUs 0-1: Refused: VM-instruction error 7"* ]]
}

@test "probe: what a report does not hold is not guessed" {
	run -3 "$VMXPROBE" probe -s GUEST_CR4=0 --from reports/bochs-haswell.json
	[[ $output == *"Not tested: the report does not hold this probe."* ]]
}

@test "probe: a wrong command line is exit code 2 and one sentence" {
	for set in FOO=1 GUEST_CR0 =1 GUEST_CR0= GUEST_CR0=x 'GUEST_CR0=1 +'; do
		run -2 "$VMXPROBE" probe --set "$set" --from reports/bochs-haswell.json
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == "vmxprobe: "* ]]
	done
	run -2 "$VMXPROBE" probe --depth deep
	[[ $output == *'it is controls, state or enter'* ]]
}

@test "probe --depth enter: what a guest came to is answered by a report" {
	golden probe-enter "$VMXPROBE" probe --depth enter --guest pm32 \
		-s VM_ENTRY_EXCEPTION_ERROR_CODE=5 -s VM_ENTRY_INSTRUCTION_LEN=1 \
		-s VM_ENTRY_INTR_INFO_FIELD=0x80000b0d --read 'GUEST_RFLAGS,0x681c' \
		--from reports/made-enter.json
	grep -qx 'exit 1' golden/probe-enter
}

@test "probe --depth enter: another guest, program or register is another probe" {
	probe() {
		"$VMXPROBE" probe --depth enter -s VM_ENTRY_EXCEPTION_ERROR_CODE=5 \
			-s VM_ENTRY_INSTRUCTION_LEN=1 -s VM_ENTRY_INTR_INFO_FIELD=0x80000b0d \
			--cpu 0 --from reports/made-enter.json "$@"
	}
	run -0 probe
	[[ $output == *'at the handler of vector 13 (#GP).'* ]]
	for other in '--guest real' '--program nop' '--rcx 1' '--read GUEST_CR0' --time; do
		# shellcheck disable=SC2086 # two words
		run -3 probe $other
		[[ $output == *"Not tested: the report does not hold this probe."* ]]
	done
}

@test "probe --depth enter --json" {
	run -0 "$VMXPROBE" probe --depth enter -s VM_ENTRY_EXCEPTION_ERROR_CODE=5 \
		-s VM_ENTRY_INSTRUCTION_LEN=1 -s VM_ENTRY_INTR_INFO_FIELD=0x80000b0e --json \
		--cpu 0 --read VM_EXIT_INSTRUCTION_LEN --from reports/made-enter.json
	[ "$(jq -c '.probe | [.depth, .guest, .program, .rcx, .read, .time]' <<<"$output")" = \
		'["enter","long","vmcall","0x0",["0x440c"],false]' ]
	[ "$(jq -c '.results[0] | [.handler, .interruption.vector, .idt_vectoring.error_code, .stack]' \
		<<<"$output")" = '[null,8,"0x5",[]]' ]
	[ "$(jq -c '.results[0] | [.read, .outcome.arrival.cr2]' <<<"$output")" = \
		'[[{"name":"VM_EXIT_INSTRUCTION_LEN","field":"0x440c","value":"0x3"}],"0xc2000"]' ]
}

@test "probe: what is for depth enter is refused at another" {
	probe() {
		"$VMXPROBE" probe "$@" --from reports/made-enter.json
	}
	refused 2 '--guest goes together with --depth enter only' probe --guest real
	refused 2 '--program goes together with --depth enter only' probe --program nop -d state
	refused 2 '--rcx goes together with --depth enter only' probe --rcx 0
	refused 2 '--read goes together with --depth enter only' probe --read GUEST_CR0
	refused 2 '--time goes together with --depth enter only' probe --time
	refused 2 'unknown guest "vm86": it is real, pm32 or long' probe -d enter --guest vm86
	refused 2 'unknown program "fly": it is vmcall, nop, loop, touch, jump, write, hlt, rdmsr or mov-cr3' \
		probe -d enter --program fly
	refused 2 '--rcx is a number of 64 bits, not "x"' probe -d enter --rcx x
	refused 2 'unknown VMCS field "CR0": it is a name such as GUEST_RSP or an encoding' \
		probe -d enter --read GUEST_RSP,CR0
	refused 2 '--read takes at most 24 fields' \
		probe -d enter --read "$(seq -s, 1 24),25"
}
