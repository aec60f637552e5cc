#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Files that -o names: opened before privileges are dropped, and touched only by what there is to say.
bats_require_minimum_version 1.5.0
load common

report=reports/made-in-use.json

@test "output: a report, and the same again over a longer one" {
	file=$BATS_TEST_TMPDIR/out.json
	cp reports/bochs-haswell.json "$file"
	"$VMXPROBE" report --from $report -o "$file"
	cmp "$file" $report
}

@test "output: a command that fails leaves no file, and an old one as it was" {
	file=$BATS_TEST_TMPDIR/out.json
	refused 2 'no: No such file or directory' "$VMXPROBE" report --from no -o "$file"
	[ ! -e "$file" ]
	run -2 "$VMXPROBE" import msrs reports/README -o "$file"
	[ ! -e "$file" ]
	echo old >"$file"
	run -2 "$VMXPROBE" report --from no -o "$file"
	[ "$(cat "$file")" = old ]
}

@test "output: what cannot be opened or written" {
	refused 2 '/nonexistent/x: No such file or directory' \
		"$VMXPROBE" report --from $report -o /nonexistent/x
	refused 3 '/dev/full: No space left on device' "$VMXPROBE" report --from $report -o /dev/full
}

@test "output: root writes where only its capabilities let it" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	dir=$BATS_TEST_TMPDIR/other
	mkdir -m 755 "$dir"
	chown 65534 "$dir"
	"$VMXPROBE" report --from $report -o "$dir/out.json"
	cmp "$dir/out.json" $report
	"$VMXPROBE" import msrs dumps/list.msrs -o "$dir/list.json"
	[ -s "$dir/list.json" ]
}
