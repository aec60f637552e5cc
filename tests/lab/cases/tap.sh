# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the cases. They run inside a boot, in /root, by busybox' sh; what they find they
# print as TAP lines, whose numbers the suite on the outside does not look at.

# shellcheck disable=SC2034 # for the cases
tool=./vmxprobe

# The last that a case says; the suite wants to hear it.
end() { echo "# end of ${0##*/}"; }

ok() { echo "ok - $*"; }

# not_ok WHAT [FILE...]: the files show why
not_ok() {
	echo "not ok - $1"
	shift
	[ $# -eq 0 ] || sed 's/^/#   /' "$@"
}

# check WHAT COMMAND...: the command succeeds
check() {
	what=$1
	shift
	if "$@" >check.out 2>&1; then ok "$what"; else not_ok "$what" check.out; fi
}

# gives STATUS TEXT WHAT COMMAND...: it ends with this status, and some line of its output, white
# space folded, matches the extended regular expression
gives() {
	status=$1 text=$2 what=$3
	shift 3
	"$@" >gives.out 2>&1
	got=$?
	# Sentences are wrapped to the width of the output: look at them as one line as well.
	{ tr -s ' \t' '  ' <gives.out; tr -s ' \t\n' '   ' <gives.out; } >gives.flat
	if [ $got -eq "$status" ] && grep -Eq -- "$text" gives.flat; then
		ok "$what"
	else
		not_ok "$what: exit code $got, wanted $status and a line like: $text" gives.out
	fi
}
