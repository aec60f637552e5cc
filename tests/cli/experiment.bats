#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bochs-experiments.json: CPU 0 of the lab's Haswell, without other evidence.
bats_require_minimum_version 1.5.0
load common

report=reports/bochs-experiments.json

# mixed FILTER: the report with a CPU 1 to 3: like CPU 0, with what the filter changes, offline
mixed() {
	jq '.profiles += [.profiles[0] | .experiments |= ('"$1"')] |
	    .cpus = [{cpu: 0, readiness: "ready", profile: 0}, {cpu: 1, readiness: "ready", profile: 0},
		     {cpu: 2, readiness: "ready", profile: 1},
		     {cpu: 3, readiness: "offline", profile: null}]' "$report" \
		>"$BATS_TEST_TMPDIR/mixed.json"
}

@test "experiment: all of them" {
	golden experiment "$VMXPROBE" experiment --from "$report"
	tail -n 1 golden/experiment | grep -qx 'exit 0'
}

@test "experiment: those in which a guest runs" {
	golden experiment-guests "$VMXPROBE" experiment launched ept-execute-only shadow-vmread \
		--from "$report"
	# Only by name, as on a machine.
	run -1 grep '^  launched: ' golden/experiment
}

@test "experiment NAME...: those, in the order of the list, each once" {
	run -0 "$VMXPROBE" experiment vmptrld-revision vmxon-misaligned vmptrld-revision --from "$report"
	[ "$output" = "CPU 0
  vmxon-misaligned: VMXON of the region's address with bit arg turned over
    bits 0-11  VMXON: VMfailInvalid
  vmptrld-revision: VMPTRLD of a region with bit arg (0 to 30) of its revision turned over;
    VMPTRST
    bits 0-30  VMPTRLD: VMfailValid 11, VMPTRLD with incorrect VMCS revision identifier
               VMPTRST: succeeded, 0x2 (the VMCS)" ]
}

@test "experiment: CPUs that differ, exit code 1; an offline one; one without it, exit code 3" {
	mixed 'map(if .name == "vmcall" then .runs[0].steps[0].error = 1 else . end)'
	run -1 "$VMXPROBE" experiment vmcall --from "$BATS_TEST_TMPDIR/mixed.json"
	[ "${lines[0]}" = "CPUs 0-1" ]
	[ "${lines[3]}" = "CPU 2" ]
	[ "${lines[5]}" = "    VMCALL: VMfailValid 1, VMCALL executed in VMX root operation" ]
	[ "${lines[6]}" = "CPU 3: offline" ]
	run -0 "$VMXPROBE" experiment vmxoff --from "$BATS_TEST_TMPDIR/mixed.json"
	[ "${lines[0]}" = "CPUs 0-2" ]

	mixed 'map(select(.name != "vmcall"))'
	run -3 "$VMXPROBE" experiment vmcall --cpu 0,2,3 --from "$BATS_TEST_TMPDIR/mixed.json"
	[ "${lines[3]}" = "CPU 2: not tested: the report does not hold this experiment" ]
	[ "${lines[4]}" = "CPU 3: not tested: offline" ]
}

@test "experiment: a step before it that failed, and a CPU that could not be asked" {
	mixed 'map(if .name == "vmclear-vmxon" then .runs[0].steps[0] |= . + {set_up: true}
		   elif .name == "vmcall" then {name, id, failed: {kind: "fault", insn: "vmxon",
								   vector: 13}}
		   else . end)'
	run -3 "$VMXPROBE" experiment vmclear-vmxon vmcall --cpu 2 --from "$BATS_TEST_TMPDIR/mixed.json"
	[ "${lines[2]}" = "    set-up failed, steps are missing: VMCLEAR: VMfailValid 3, VMCLEAR with VMXON pointer" ]
	[ "${lines[4]}" = "    not tested: fault, VMXON, vector 13" ]
}

@test "experiment: a CPU that cannot do it; without VMX nothing is missing" {
	run -3 "$VMXPROBE" experiment --cpu 0 --from reports/states.json
	[ "$output" = "CPU 0: not tested: VMX is locked off by firmware in IA32_FEATURE_CONTROL" ]
	run -0 "$VMXPROBE" experiment --cpu 1 --from reports/states.json
	[ "$output" = "CPU 1: not tested: no VMX: CPUID.01H:ECX.VMX[5] is 0" ]
}

@test "experiment --json" {
	run -0 --separate-stderr "$VMXPROBE" experiment vmptrld-revision vmcall --json --from "$report"
	[ "$(jq -r .schema <<<"$output")" = vmxprobe-experiment/1 ]
	[ "$(jq -c '.groups[0].cpus' <<<"$output")" = '[0]' ]
	[ "$(jq -c '.groups[0].experiments[0] | [.name, .id, .arg, .why, .runs[0].arg, .runs[0].count]' \
		<<<"$output")" = '["vmptrld-revision",21,"bit",null,"0x0",31]' ]
	[ "$(jq -c '.groups[0].experiments[0].runs[0].steps' <<<"$output")" = \
	  '[{"kind":"fail-valid","insn":"vmptrld","error":11},{"kind":"ok","insn":"vmptrst","value":"0x2"}]' ]
	[ "$(jq -c .host_changes <<<"$output")" = '[]' ]
	run -3 --separate-stderr "$VMXPROBE" experiment vmcall --json --from reports/bochs-haswell.json
	[ "$(jq -c '.groups[0].experiments[0] | [.why, has("runs")]' <<<"$output")" = \
	  '["the report does not hold this experiment",false]' ]
}

@test "experiment --list: what each does, without any CPU" {
	run -0 "$VMXPROBE" experiment --list vmxon-width vmcall
	[ "${lines[0]}" = "NAME        ARG WHAT IS DONE" ]
	[ "${lines[1]}" = "vmxon-width bit VMXON of the region's address with bit arg, beyond the physical-address width, set" ]
	[ "${lines[2]}" = "vmcall          VMCALL in VMX root operation" ]
	run -0 --separate-stderr "$VMXPROBE" experiment --list --json
	[ "$(jq -c '.experiments[0] | [.name, .id, .arg]' <<<"$output")" = '["vmxon-no-vmxe",1,"none"]' ]
	[ "$(jq '.experiments | length' <<<"$output")" -gt 100 ]
}

@test "experiment: names that are none, and options that need the machine" {
	refused 2 'there is no experiment "vmcal"; did you mean "vmcall"?' \
		"$VMXPROBE" experiment vmxoff vmcal --from "$report"
	refused 2 'there is no experiment "HLT"; "vmxprobe experiment --list" has all names' \
		"$VMXPROBE" experiment HLT
	for other in '--cpu 0' "--from $report" --check-host --borrow --stats; do
		# shellcheck disable=SC2086 # words on purpose
		refused 2 '--list looks at no CPU: it goes together with --json and --color only' \
			"$VMXPROBE" experiment --list vmcall $other
	done
	refused 2 "--check-host needs this machine, not the recorded report \"$report\"" \
		"$VMXPROBE" experiment --check-host --from "$report"
}

@test "report: experiments are read and written as they were" {
	"$VMXPROBE" report --from "$report" | cmp - "$report"
	# One of a later tool is kept.
	jq '.profiles[0].experiments += [{id: 999, runs: []}]' "$report" >"$BATS_TEST_TMPDIR/later.json"
	[ "$("$VMXPROBE" report --from "$BATS_TEST_TMPDIR/later.json" |
		jq -c '.profiles[0].experiments[-1]')" = '{"id":999,"runs":[]}' ]
}
