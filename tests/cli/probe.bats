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
	run -2 "$VMXPROBE" probe --depth enter
	[[ $output == *'it is controls or state'* ]]
}
