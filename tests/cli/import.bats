#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
bats_require_minimum_version 1.5.0
load common

# broken FORMAT SENTENCE: the dump on standard input is refused with it.
broken() {
	cat >"$BATS_TEST_TMPDIR/dump"
	refused 2 "$BATS_TEST_TMPDIR/dump: $2" "$VMXPROBE" import "$1" "$BATS_TEST_TMPDIR/dump"
}

silicon() {
	raw=${VMXPROBE_SILICON-../../../shared/silicon}/raw
	[ -d "$raw" ] || skip "the dumps of real CPUs are not there: $raw"
}

@test "import instlatx64: CPUs that differ, lines that matter to nobody" {
	golden import-hybrid "$VMXPROBE" import instlatx64 dumps/hybrid.instlatx64
}

@test "import instlatx64: MSRs of all CPUs at once" {
	golden import-all "$VMXPROBE" import instlatx64 dumps/all.instlatx64
}

@test "import msrs: every form" {
	golden import-list "$VMXPROBE" import msrs dumps/list.msrs
}

@test "import msrs: what caps --raw prints comes back" {
	"$VMXPROBE" caps --raw --from reports/tiger-lake.json >"$BATS_TEST_TMPDIR/raw"
	"$VMXPROBE" import msrs "$BATS_TEST_TMPDIR/raw" -o "$BATS_TEST_TMPDIR/r.json"
	"$VMXPROBE" caps --raw --from "$BATS_TEST_TMPDIR/r.json" >"$BATS_TEST_TMPDIR/back"
	cmp "$BATS_TEST_TMPDIR/raw" "$BATS_TEST_TMPDIR/back"
}

@test "import: the report is one, from standard input as well, ends of lines do not matter" {
	"$VMXPROBE" import instlatx64 dumps/hybrid.instlatx64 -o "$BATS_TEST_TMPDIR/a.json"
	"$VMXPROBE" report --from "$BATS_TEST_TMPDIR/a.json" | cmp - "$BATS_TEST_TMPDIR/a.json"
	sed 's/$/\r/' dumps/hybrid.instlatx64 | "$VMXPROBE" import -o "$BATS_TEST_TMPDIR/b.json" instlatx64 -
	diff <(jq -S 'del(.hostname)' "$BATS_TEST_TMPDIR/a.json") \
		<(jq -S 'del(.hostname)' "$BATS_TEST_TMPDIR/b.json")
	run -1 "$VMXPROBE" caps --from "$BATS_TEST_TMPDIR/a.json"
	[[ $output == *"Differences between CPUs"* ]]
}

@test "import: real dumps have the MSRs of the recorded reports" {
	silicon
	for pair in 00306C3_HaswellXeon:haswell-xeon 00806A1_Lakefield:lakefield \
		00806C1_TigerLake_01:tiger-lake; do
		"$VMXPROBE" import instlatx64 "$raw/GenuineIntel${pair%:*}_CPUID.txt" \
			-o "$BATS_TEST_TMPDIR/r.json"
		"$VMXPROBE" caps --raw --cpu 0 --from "$BATS_TEST_TMPDIR/r.json" >"$BATS_TEST_TMPDIR/is"
		"$VMXPROBE" caps --raw --cpu 0 --from "reports/${pair#*:}.json" >"$BATS_TEST_TMPDIR/want"
		diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/is"
	done
	"$VMXPROBE" import instlatx64 "$raw/GenuineIntel00806A1_Lakefield_CPUID.txt" \
		-o "$BATS_TEST_TMPDIR/r.json"
	[ "$(jq '.cpus | length' "$BATS_TEST_TMPDIR/r.json")" = 5 ]
	run -1 "$VMXPROBE" caps --from "$BATS_TEST_TMPDIR/r.json"
	[[ $output == *IA32_VMX_PROCBASED_CTLS2*30*"VMM bus-lock detection"* ]]
}

@test "import: every published dump gives a report" {
	silicon
	for file in "$raw"/*; do
		"$VMXPROBE" import instlatx64 "$file" -o "$BATS_TEST_TMPDIR/r.json"
		"$VMXPROBE" report --from "$BATS_TEST_TMPDIR/r.json" >/dev/null
	done
}

@test "import instlatx64: lines that cannot be read" {
	broken instlatx64 'line 2: not "CPUID LLLLLLLL: AAAAAAAA-BBBBBBBB-CCCCCCCC-DDDDDDDD"' <<-'EOF'
	------[ Logical CPU #0 ]------
	CPUID 00000000: 0000000D-756E6547-6C65746E
	EOF
	broken instlatx64 'line 3: MSR 0x480: neither VVVV-VVVV-VVVV-VVVV nor < FAILED >' <<-'EOF'
	------[ MSR Registers ]------

	MSR 00000480: 00DA-0400-0000-001
	EOF
	broken instlatx64 'line 2: not "MSR IIIIIIII: VVVV-VVVV-VVVV-VVVV"' <<-'EOF'
	------[ MSR Registers ]------
	MSR 480: 00DA-0400-0000-0012
	EOF
	broken instlatx64 'line 1: "Logical CPU #" without a number' <<-'EOF'
	------[ Logical CPU #x ]------
	EOF
	broken instlatx64 'line 1: CPU 65536: at most 65535 is allowed' <<-'EOF'
	------[ Logical CPU #65536 ]------
	EOF
	broken instlatx64 'no line of it holds a capability MSR or a CPUID leaf' </dev/null
	broken instlatx64 'no line of it holds a capability MSR or a CPUID leaf' <dumps/list.msrs
	broken instlatx64 'line 1: a NUL byte: not a text' < <(printf 'a\0b\n')
}

@test "import msrs: lines that cannot be read" {
	broken msrs 'line 1: "BASIC" is no MSR: give a number such as 0x480, or a name such as IA32_VMX_BASIC' <<<'BASIC 1'
	broken msrs 'line 1: "12345678123456781" is no value: give up to 16 hex digits, faulted or absent' <<<'0x480 12345678123456781'
	broken msrs 'line 1: "xyz" is no value: give up to 16 hex digits, faulted or absent' <<<'0x480 xyz'
	broken msrs 'line 1: "480" alone: write 0x480 if it is an MSR' <<<'480'
	broken msrs 'line 1: IA32_VMX_MISC is not MSR 0x480' <<<'0x480 IA32_VMX_MISC 1'
	broken msrs 'line 2: MSR 0x480 is given a second time' <<<$'0x480 1\n0x480 2'
	broken msrs 'line 2: MSR 0x480 has no value before this line' <<<$'0x480\n0x481 2'
	broken msrs 'line 1: MSR 0x480 has no value before this line' <<<'0x480'
	broken msrs 'line 3: 2 values up to here, but 3 up to line 1: give one, or one a CPU' <<<$'0x480 1 2 3\n0x482 7\n0x481 1 2'
	broken msrs 'line 1: not "LEAF SUBLEAF: eax=... ebx=... ecx=... edx=..."' <<<'0x1 0x0: eax=0x1 ebx=0x2'
	broken msrs 'line 1: not "CPU N:"' <<<'CPU x:'
	broken msrs 'no line of it holds a capability MSR or a CPUID leaf' <<<'0x17 1'
}

@test "import: slips on the command line" {
	refused 2 'import needs a format and a file, such as "vmxprobe import instlatx64 DUMP.txt"' \
		"$VMXPROBE" import msrs
	refused 2 'import: there is no format "instlat64"; did you mean "instlatx64"?' \
		"$VMXPROBE" import instlat64 dumps/list.msrs
	refused 2 'import: there is no format "json"; there are: instlatx64, msrs' \
		"$VMXPROBE" import json dumps/list.msrs
	refused 2 'dumps/none: No such file or directory' "$VMXPROBE" import msrs dumps/none
	refused 2 'dumps: Is a directory' "$VMXPROBE" import msrs dumps
	refused 2 'import has no option --cpu; see "vmxprobe import --help"' \
		"$VMXPROBE" import msrs dumps/list.msrs --cpu 0
	refused 2 '/nonexistent/r: No such file or directory' \
		"$VMXPROBE" import msrs dumps/list.msrs -o /nonexistent/r
}
