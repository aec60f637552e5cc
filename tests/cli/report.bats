#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
bats_require_minimum_version 1.5.0
load common

# report FILTER: Tiger Lake's with a jq filter applied, in $BATS_TEST_TMPDIR/r.json.
report() {
	jq "$1" reports/tiger-lake.json >"$BATS_TEST_TMPDIR/r.json"
}

# broken FILTER SENTENCE: such a report is refused with it, by every command.
broken() {
	report "$1"
	refused 2 "$BATS_TEST_TMPDIR/r.json: $2" \
		"$VMXPROBE" report --from "$BATS_TEST_TMPDIR/r.json"
	refused 2 "$BATS_TEST_TMPDIR/r.json: $2" \
		"$VMXPROBE" caps --json --from "$BATS_TEST_TMPDIR/r.json"
}

@test "report: a recorded one comes back byte for byte" {
	for file in reports/*.json "$(unpacked bochs-enter-haswell)" \
			"$(unpacked bochs-enter-tigerlake)"; do
		"$VMXPROBE" report --from "$file" | cmp - "$file"
	done
}

@test "report: the schema holds for all of them" {
	python3 -c 'import jsonschema' || skip "python3-jsonschema is not installed"
	python3 - ../../userspace/vmxprobe-report.schema.json reports/*.json \
		"$(unpacked bochs-enter-haswell)" <<-'EOF'
	import json, sys
	from jsonschema import Draft202012Validator as Validator
	schema = json.load(open(sys.argv[1]))
	Validator.check_schema(schema)
	for name in sys.argv[2:]:
	    Validator(schema).validate(json.load(open(name)))
	# and is no schema of everything
	report = json.load(open(sys.argv[2]))
	report["profiles"][0]["msrs"][0]["value"] = 5
	assert not Validator(schema).is_valid(report)
	EOF
}

@test "report: form and order do not matter, unknown keys are passed over" {
	jq -cS '. + {later: [1, {}]}' reports/lakefield.json >"$BATS_TEST_TMPDIR/r.json"
	"$VMXPROBE" report --from "$BATS_TEST_TMPDIR/r.json" | cmp - reports/lakefield.json
}

@test "report --cpu: only these CPUs, and only their profiles" {
	run -0 "$VMXPROBE" report --cpu 4 --from reports/lakefield.json
	[ "$(jq -c '[.cpus, (.profiles | length)]' <<<"$output")" = \
	  '[[{"cpu":4,"readiness":"unknown","profile":0}],1]' ]
}

@test "report -o: to a file" {
	"$VMXPROBE" report -o "$BATS_TEST_TMPDIR/o.json" --from reports/lakefield.json
	cmp "$BATS_TEST_TMPDIR/o.json" reports/lakefield.json
}

@test "report -o: a file that cannot be written" {
	refused 2 "/nonexistent/o.json: No such file or directory" \
		"$VMXPROBE" report --output /nonexistent/o.json --from reports/lakefield.json
	refused 3 "/dev/full: No space left on device" \
		"$VMXPROBE" report -o /dev/full --from reports/lakefield.json
}

@test "a full disk behind standard output is noticed" {
	ret=0
	"$VMXPROBE" report --from reports/lakefield.json >/dev/full \
		2>"$BATS_TEST_TMPDIR/err" || ret=$?
	[ "$ret" -eq 3 ]
	grep -q '^vmxprobe: standard output cannot be written' "$BATS_TEST_TMPDIR/err"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
}

@test "--from: no such file, a directory, an empty file" {
	refused 2 "reports/none.json: No such file or directory" \
		"$VMXPROBE" caps --from reports/none.json
	refused 2 "reports: Is a directory" "$VMXPROBE" caps --from reports
	refused 2 "/dev/null: line 1, column 0: not JSON: '[' or '{' expected near end of file" \
		"$VMXPROBE" caps --from /dev/null
}

@test "--from: truncated anywhere" {
	size=$(wc -c <reports/haswell-xeon.json)
	for ((length = 1; length < size - 1; length += 61)); do
		head -c "$length" reports/haswell-xeon.json >"$BATS_TEST_TMPDIR/t.json"
		run -2 --separate-stderr "$VMXPROBE" caps --from "$BATS_TEST_TMPDIR/t.json"
		[ -z "$output" ]
		[[ $stderr == "vmxprobe: $BATS_TEST_TMPDIR/t.json: line "*", column "*": not JSON: "* ]]
	done
}

@test "--from: JSON, but no report" {
	echo '[]' >"$BATS_TEST_TMPDIR/r.json"
	refused 2 "$BATS_TEST_TMPDIR/r.json: not a vmxprobe report; it must be a JSON object" \
		"$VMXPROBE" caps --from "$BATS_TEST_TMPDIR/r.json"
	broken 'del(.schema)' ".schema: missing; it must be a string"
	broken '.schema = "vmxprobe-report/2"' \
		'.schema: not a report this version can read; it must be "vmxprobe-report/1"'
}

@test "--from: terminal escapes in a broken report do not reach the terminal" {
	printf '{\033[31mred' >"$BATS_TEST_TMPDIR/r.json"
	run -2 "$VMXPROBE" caps --from "$BATS_TEST_TMPDIR/r.json"
	[[ $output != *$'\033'* ]]
}

@test "--from: values that are out of range or of the wrong kind" {
	broken '.profiles[0].msrs[2].value = 5' '.profiles[0].msrs[2].value: it must be a string of "0x" and lower-case hex digits, at most "0xffffffffffffffff"'
	broken '.profiles[0].msrs[2].value = "0x1FF"' '.profiles[0].msrs[2].value: it must be a string of "0x" and lower-case hex digits, at most "0xffffffffffffffff"'
	broken '.profiles[0].cpuid[1].ecx = "0x100000000"' '.profiles[0].cpuid[1].ecx: it must be a string of "0x" and lower-case hex digits, at most "0xffffffff"'
	broken '.profiles = {}' '.profiles: it must be a list'
	broken '.cpus = []' '.cpus: it has 0 elements; 1 to 65536 are allowed'
	broken '.cpus[2].cpu = 70000' '.cpus[2].cpu: it must be a whole number from 0 to 65535'
}

@test "--from: values that contradict each other" {
	broken '.cpus[2].cpu = 1' '.cpus[2].cpu: CPUs must be in ascending order, each once'
	broken '.cpus[2].profile = 1' '.cpus[2].profile: it must be a whole number from 0 to 0'
	broken '.profiles[0].msrs[3].index = "0x480"' \
		'.profiles[0].msrs[3].index: this MSR is in the list already; each may be there once'
	broken '.profiles[0].msrs[3].state = "absent"' \
		'.profiles[0].msrs[3].value: an MSR whose state is "absent" must not have a value'
}

@test "--from: runs that do not cover their probes, and runs that explode" {
	group='{depth: "state", set: [], sweep_field: "0x4016", sweep_values: [{first: "0x0", count: 4096}], outcomes: [{kind: "stopped"}], runs: [{outcome: 0, count: 4096}]}'
	report ".profiles[0].evidence = [$group]"
	"$VMXPROBE" caps --raw --from "$BATS_TEST_TMPDIR/r.json" >/dev/null
	broken ".profiles[0].evidence = [$group | .runs[0].count = 4095]" '.profiles[0].evidence[0].runs: the runs cover 4095 of the group'"'"'s 4096 probes; it must be all'
	broken ".profiles[0].evidence = [$group | .runs[0].count = 4097]" '.profiles[0].evidence[0].runs[0].count: it must be a whole number from 1 to 4096'
	broken ".profiles[0].evidence = [$group | .sweep_values += .sweep_values]" '.profiles[0].evidence[0].sweep_values: the counts sum up to 8192; at most 4096 are allowed'
	broken ".profiles[0].evidence = [$group | .runs[0].outcome = 1]" '.profiles[0].evidence[0].runs[0].outcome: it must be a whole number from 0 to 0'
	broken ".profiles[0].evidence = [range(4097) | $group]" '.profiles[0].evidence: it has 4097 elements; 0 to 4096 are allowed'
}
