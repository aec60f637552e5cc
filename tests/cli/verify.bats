#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# verify and claims over recorded evidence: bochs-* are runs in the lab, those with "enter" in their
# name with all that "report --enter" has; made-* are CPUs that no emulator has.
bats_require_minimum_version 1.5.0
load common

# path REPORT: of one that lies in reports/, packed or not
path() {
	if [ -e "reports/$1.json" ]; then echo "reports/$1.json"; else unpacked "$1"; fi
}

# verdict REPORT CPUS ID [OPTION]...: the verdict on one claim
verdict() {
	"$VMXPROBE" verify --json "$3" --from "$(path "$1")" "${@:4}" |
		jq -r --arg cpus "$2" '.claims[0].verdicts[] | select(.cpus == $cpus) | .verdict'
}

@test "verify: what the lab's Haswell and Tiger Lake do otherwise" {
	golden verify-bochs-haswell "$VMXPROBE" verify --from "$(path bochs-enter-haswell)"
	golden verify-bochs-tigerlake "$VMXPROBE" verify --from "$(path bochs-enter-tigerlake)"
	[ "$(verdict bochs-enter-tigerlake 0 inject.errcode.non-hw)" = violated ]
	[ "$(verdict bochs-enter-tigerlake 0 inject.errcode.pe0)" = violated ]
	[ "$(verdict bochs-enter-tigerlake 0 inject.errcode.any-vector)" = holds ]
	[ "$(verdict bochs-enter-haswell 0 inject.errcode.non-hw)" = holds ]
	[ "$(verdict bochs-enter-haswell 0 inject.hw.errcode.required)" = holds ]
}

@test "verify --enter: what they do otherwise in guests that run" {
	for model in haswell tigerlake; do
		golden "verify-enter-$model" "$VMXPROBE" verify B F-LAUNCH F-SH H --enter \
			--from "$(path bochs-enter-$model)"
	done
	# A guest runs only if it is asked for, and what was recorded of it counts only then.
	[ "$(verdict bochs-enter-haswell 0 deliver.long.frame)" = not-tested ]
	[ "$(verdict bochs-enter-haswell 0 deliver.long.frame --enter)" = holds ]
	[ "$(verdict bochs-enter-haswell 0 insn.vmlaunch.sets)" = not-tested ]
	[ "$(verdict bochs-enter-haswell 0 insn.vmlaunch.sets --enter)" = violated ]
	run -1 "$VMXPROBE" verify --from "$(path bochs-enter-haswell)"
	[[ $output == *$'\n''64 more claims let a guest run: verify --enter'* ]]
	run -1 "$VMXPROBE" verify --enter --from "$(path bochs-enter-haswell)"
	[[ $output != *"let a guest run"* ]]
	[[ $output != *$'\n''Not tested'$'\n'* ]]
}

@test "verify --enter: what shows a violation again is a probe that the report has" {
	report=$(path bochs-enter-haswell)
	command=$("$VMXPROBE" verify deliver.vectoring.real --enter --json --from "$report" |
		jq -r '.claims[0].verdicts[0].reproduce')
	[[ $command == "vmxprobe probe --depth enter --guest real --set "*" --cpu 0" ]]
	# shellcheck disable=SC2086
	run -0 "$VMXPROBE" ${command#vmxprobe } --from "$report"
	[[ $output == *"vector 13 (#GP), error code 0x1"* ]]
}

@test "verify: the violated come first, with what shows them again" {
	run -1 "$VMXPROBE" verify A --from "$(path bochs-enter-tigerlake)"
	[ "${lines[0]}" = Violated ]
	command=$(sed -n 's/^ *reproduce vmxprobe \(inject --type ext .*\) --cpu 0$/\1/p' <<<"$output" | head -n 1)
	[ "$command" = "inject --type ext --vector 0 --error-code 0x0 --depth controls" ]
	# shellcheck disable=SC2086
	run -0 "$VMXPROBE" $command --from "$(path bochs-enter-tigerlake)"
	[[ $output == *"Accepted: "* ]]
}

@test "verify: claims about instructions and host state, by recorded experiments" {
	golden verify-experiments "$VMXPROBE" verify F E-H E-G-LINK E-M H-MSR --from reports/bochs-experiments.json
	[ "$(verdict bochs-experiments 0 insn.vmptrld.revision)" = holds ]
	[ "$(verdict bochs-experiments 0 insn.vmcall.root)" = violated ]
	[ "$(verdict bochs-experiments 0 insn.error.14)" = holds ]
	[ "$(verdict bochs-experiments 0 insn.cpl)" = not-tested ]
	# What shows it again is a command that does.
	run -1 "$VMXPROBE" verify insn.invept.type --from reports/bochs-experiments.json
	command=$(sed -n 's/^ *reproduce vmxprobe \(experiment .*\) --cpu 0$/\1/p' <<<"$output")
	[ "$command" = "experiment invept-type" ]
	# shellcheck disable=SC2086
	run -0 "$VMXPROBE" $command --from reports/bochs-experiments.json
	run -3 "$VMXPROBE" verify insn.vmptrld --from reports/haswell-xeon.json
	[[ $output == *"Not tested"*"the report does not hold this probe: insn.vmptrld.address"* ]]
}

@test "verify cp: the question, and which reading the CPU follows" {
	golden verify-cp-haswell "$VMXPROBE" verify cp --from reports/bochs-haswell.json
	golden verify-cp-footnote "$VMXPROBE" verify cp --from reports/made-footnote.json
	[ "$(verdict made-footnote 0-1 cp.literal)" = violated ]
	[ "$(verdict made-footnote 0-1 cp.footnote)" = holds ]
	# A reading that is not followed breaks nothing.
	run "$VMXPROBE" verify cp.literal --from reports/made-footnote.json
	[ "$status" -ne 1 ]
}

@test "verify: CPUs that differ are named" {
	run -1 "$VMXPROBE" verify inject cp --from reports/made-mixed.json
	[[ $output == *"CPUs that differ"* ]]
	[[ $output == *"inject.hw.errcode.required: "* ]]
}

@test "verify: without evidence a claim is not tested, and that is exit code 3" {
	run -3 "$VMXPROBE" verify inject.type.reserved --from reports/haswell-xeon.json
	[[ $output == *"Not tested"*"the report does not hold this probe: inject.type.reserved"* ]]
	run -3 "$VMXPROBE" verify inject.type.reserved --from reports/made-in-use.json
	[[ $output == *"in use by another hypervisor"* ]]
}

@test "verify: what this version cannot probe is said, and does not count" {
	run -0 "$VMXPROBE" verify guest.smm.sipi --from reports/bochs-haswell.json
	[[ $output == *"Beyond this version"* ]]
}

@test "verify --tap: version 14, a plan that fits, and directives" {
	run -1 "$VMXPROBE" verify N A --tap --from "$(path bochs-enter-haswell)"
	[ "${lines[0]}" = "TAP version 14" ]
	[ "${lines[1]}" = "1..$(grep -Ec '^(not )?ok ' <<<"$output")" ]
	[[ $output == *$'\n''not ok '*' - inject.guest.virtual-nmi (A-GS-VNMI), CPU 0'$'\n''  ---'* ]]
	[[ $output == *'(A-EC-15-OLD), CPU 0 # TODO '* ]]
	[[ $output == *'(A-DEC-FREE), CPU 0 # SKIP not applicable: BASIC[56] = 0'* ]]
	# What is neither a line of TAP nor of its YAML is nothing.
	[ -z "$(grep -Ev '^(TAP version 14|1\.\.|ok |not ok |  (---|\.\.\.|[a-z]+: .*))' <<<"$output")" ]
}

@test "verify --junit: well-formed, with all claims" {
	run -1 "$VMXPROBE" verify N A --junit --from "$(path bochs-enter-tigerlake)"
	xmllint --noout - <<<"$output"
	[ "$(xmllint --xpath 'string(//testsuite/@tests)' - <<<"$output")" = 86 ]
	[ "$(xmllint --xpath 'count(//testcase)' - <<<"$output")" = 86 ]
	[ "$(xmllint --xpath 'string(//testsuite/@failures)' - <<<"$output")" = \
		"$(xmllint --xpath 'count(//failure)' - <<<"$output")" ]
	[ "$(xmllint --xpath 'string(//testsuite/@skipped)' - <<<"$output")" = \
		"$(xmllint --xpath 'count(//skipped)' - <<<"$output")" ]
}

@test "verify --json: each claim once" {
	run -1 "$VMXPROBE" verify N A --json --from "$(path bochs-enter-tigerlake)"
	[ "$(jq '.claims | length' <<<"$output")" = 86 ]
	[ "$(jq '[.claims[].id] | unique | length' <<<"$output")" = 86 ]
	[ "$(jq '[.claims[].verdicts[] | select(.verdict == "violated") | has("reproduce")] | all' \
		<<<"$output")" = true ]
}

@test "verify: one format at a time, and claims that exist" {
	refused 2 "give only one of --json, --tap and --junit" "$VMXPROBE" verify --tap --json
	refused 2 "give only one of --json, --tap and --junit" "$VMXPROBE" verify --tap --junit
	refused 2 'there is no claim "nonsense"; "vmxprobe claims" lists them all' \
		"$VMXPROBE" verify A nonsense --from reports/bochs-haswell.json
}

@test "claims: all of them, a selection, one" {
	run -0 "$VMXPROBE" claims N A
	[ "${#lines[@]}" = 87 ]
	run -0 "$VMXPROBE" claims cp --json
	[ "$(jq -r '.claims[0].id' <<<"$output")" = cp.literal ]
	golden claims-footnote "$VMXPROBE" claims A-CP-SEAN-ERRCODE
	golden claims-trials "$VMXPROBE" claims N-LAUNCH-STATE
	golden claims-error "$VMXPROBE" claims F-ERR-6
	"$VMXPROBE" claims insn.vmptrld.revision --json |
		jq -e '.claims[0].trials == [{experiment: "vmptrld-revision", expect: "F11; ok=2"}]'
}
