#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
bats_require_minimum_version 1.5.0
load common

@test "--help lists every command, each of which has its own" {
	run -0 "$VMXPROBE" --help
	for command in summary caps inject probe matrix deliver fields experiment verify claims import report; do
		[[ $output == *$'\n'"  $command "* ]]
		run -0 --separate-stderr "$VMXPROBE" "$command" --help
		[[ ${lines[0]} == "Usage: vmxprobe $command [OPTION]..."* ]]
		case $command in
		import | claims) [[ $output != *"--from FILE"* && $output != *--cpu* ]] ;;
		*) [[ $output == *"--from FILE"* && $output == *"--cpu LIST"* ]] ;;
		esac
		[ -z "$stderr" ]
		own=$output
		run -0 "$VMXPROBE" help "$command"
		[ "$output" = "$own" ]
		run -0 "$VMXPROBE" --help
	done
}

@test "--version" {
	run -0 "$VMXPROBE" --version
	[[ $output == "vmxprobe "?* ]]
}

@test "without a command the summary runs, options included" {
	run "$VMXPROBE" --from reports/tiger-lake.json
	bare=$status:$output
	run "$VMXPROBE" summary --from reports/tiger-lake.json
	[ "$bare" = "$status:$output" ]
}

@test "slips are refused with what was meant" {
	refused 2 'there is no command "cpas"; did you mean "caps"?' "$VMXPROBE" cpas
	refused 2 'there is no command "frobnicate"; see "vmxprobe --help"' "$VMXPROBE" frobnicate
	refused 2 'caps has no option --rwa; did you mean --raw?' "$VMXPROBE" caps --rwa
	refused 2 'caps takes no argument "7"; see "vmxprobe caps --help"' "$VMXPROBE" caps 7
	refused 2 'there is no command "cpas"; did you mean "caps"?' "$VMXPROBE" help cpas
	refused 2 'claims has no option --cpu; see "vmxprobe claims --help"' "$VMXPROBE" claims --cpu 0
	refused 2 '--from names no file' "$VMXPROBE" caps --from ''
	refused 2 '--color: "red" is none of auto, always, never' "$VMXPROBE" caps --color red
}

@test "--cpu: what is no list, and CPUs that are not there" {
	for list in "" , 1- 2-1 x 0x1; do
		refused 2 "--cpu: \"$list\" is no list of CPUs; give numbers and ranges, such as 0-3,7" \
			"$VMXPROBE" caps --cpu "$list" --from reports/lakefield.json
	done
	refused 2 "--cpu: there is no CPU 9; the report has CPUs 0-4 only" \
		"$VMXPROBE" caps --cpu 0,9 --from reports/lakefield.json
	refused 2 '--cpu: "0-70000" names a CPU above 65535' \
		"$VMXPROBE" caps --cpu 0-70000 --from reports/lakefield.json
}

@test "NO_COLOR and --color" {
	NO_COLOR=1 run -0 "$VMXPROBE" caps --color=always --from reports/tiger-lake.json
	[[ $output == *$'\033['* ]]
}
