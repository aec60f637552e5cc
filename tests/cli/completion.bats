#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# userspace/completion.bash offers what the tool takes: all of it, and nothing else.
bats_require_minimum_version 1.5.0
load common

# completed WORD...: what is offered for the last word, sorted, one a line
completed() {
	# shellcheck source=userspace/completion.bash
	. ../../userspace/completion.bash
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_vmxprobe "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort
}

# long_options COMMAND: those of its --help, sorted, one a line
long_options() {
	"$VMXPROBE" "$1" --help | sed -n 's/^  \(-., \|    \)\(--[a-z0-9-]*\) .*/\2/p' | sort
}

@test "completion: the commands are those of --help" {
	known=$("$VMXPROBE" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort)
	[ -n "$known" ]
	[ "$(completed vmxprobe '' | grep -vx help)" = "$known" ]
	[ "$(completed vmxprobe m)" = matrix ]
	[ "$(completed vmxprobe help m)" = matrix ]
}

@test "completion: the options of each command are those of its --help" {
	for command in $(completed vmxprobe '' | grep -vx help); do
		[ "$(completed vmxprobe "$command" --)" = "$(long_options "$command")" ]
		[ "$(completed vmxprobe "$command" '')" = "$(long_options "$command")" ]
	done
	[ "$(completed vmxprobe inject --type hw --vec)" = --vector ]
}

@test "completion: without a command, the options of summary" {
	[ "$(completed vmxprobe -- | grep -vx -e --version)" = "$(long_options summary)" ]
	[ "$(completed vmxprobe --json --)" = "$(long_options summary)" ]
	[ "$(completed vmxprobe --v)" = --version ]
}

@test "completion: every option that takes a value offers values, and no options" {
	"$VMXPROBE" inject --help | sed -n 's/^  \(-., \|    \)\(--[a-z0-9-]*\) [A-Z0].*/\2/p' >"$BATS_TEST_TMPDIR/options"
	grep -qx -e --type "$BATS_TEST_TMPDIR/options"
	while read -r option; do
		[ -z "$(completed vmxprobe inject "$option" --)" ]
	done <"$BATS_TEST_TMPDIR/options"
}

@test "completion: types are those the tool names" {
	run -2 "$VMXPROBE" inject --vector 0 --type x
	known=$(tr -d , <<<"${output#*0 to 7, }" | tr ' ' '\n' | sort)
	[ "$(completed vmxprobe inject --type '')" = "$known" ]
	[ "$(completed vmxprobe inject -t h)" = hw ]
	[ "$(completed vmxprobe inject --type = s)" = "$(printf 'swexc\nswint')" ]
	[ "$(completed vmxprobe inject --type =)" = "$known" ]
}

@test "completion: vectors are those the tool names" {
	for vector in {0..31}; do
		"$VMXPROBE" inject --type hw --vector "$vector" --from reports/bochs-haswell.json |
			sed -n '1s/.*(#\?\(.*\)).*/\1/p'
	done | sort >"$BATS_TEST_TMPDIR/known"
	grep -qx CP "$BATS_TEST_TMPDIR/known"
	[ "$(completed vmxprobe inject --vector '')" = "$(cat "$BATS_TEST_TMPDIR/known")" ]
	[ "$(completed vmxprobe inject -v g)" = GP ]
}

@test "completion: depths, colours and bits are taken by the tool" {
	for option in --depth --color --cr0-pe --unrestricted; do
		[ "$(completed vmxprobe inject "$option" '' | wc -l)" -ge 2 ]
		for value in $(completed vmxprobe inject "$option" ''); do
			run "$VMXPROBE" inject --type hw --vector 0 "$option" "$value" \
				--from reports/bochs-haswell.json
			[ "$status" -ne 2 ]
		done
	done
}

@test "completion: CPUs of this machine, but not of a report" {
	cpus=$(cd /sys/devices/system/cpu && printf '%s\n' cpu[0-9]* | sed 's/^cpu//' | sort)
	[ "$(completed vmxprobe caps --cpu '')" = "$cpus" ]
	[ "$(completed vmxprobe caps --cpu = 0-)" = "$(sed 's/^/0-/' <<<"$cpus")" ]
	completed vmxprobe caps --cpu 0,0-0 | grep -qx 0,0-0
	[ -z "$(completed vmxprobe caps --from x.json --cpu '')" ]
}

@test "completion: files" {
	cd "$BATS_TEST_TMPDIR"
	touch 'a report.json' another.json
	mkdir a-folder
	# completed() finds the completion from where the tests are.
	. "$BATS_TEST_DIRNAME/../../userspace/completion.bash"
	for option in --from --output -o; do
		COMP_WORDS=(vmxprobe report "$option" a) COMP_CWORD=3
		_vmxprobe vmxprobe a "$option"
		[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = \
			"$(printf 'a report.json\na-folder\nanother.json' | sort)" ]
	done
}
