#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The oracle, verdict by verdict. $1: the CPU model, whose file of known deviations lies beside.
. ./tap.sh

claims='N A C D E F H'

insmod ./vmxprobe.ko
# shellcheck disable=SC2086 # several selections
$tool verify --check-host --tap $claims >verify.tap 2>verify.err
status=$?

# Readings that are not followed are marked TODO.
sed -n -e 's/^not ok [0-9]* - [^(]*(\([^)]*\)), CPUs 0-1 # TODO .*/\1 not-followed/p' \
	-e 's/^not ok [0-9]* - [^(]*(\([^)]*\)), CPUs 0-1$/\1 violated/p' verify.tap | sort >seen
sed -e '/^#/d' "./$1" | cut -d ' ' -f 1,2 | sort >known
while read -r id verdict; do
	if grep -qx "$id $verdict" seen; then
		ok "verify: $id is $verdict, as known"
	else
		not_ok "verify: $id is not $verdict" seen
	fi
done <known
grep -vxFf known seen >unknown
check_file() {
	if [ -s "$1" ]; then not_ok "verify: $2" "$1"; else ok "verify: $2"; fi
}
check_file unknown "no deviation that nobody knows"
check_file verify.err "no complaint, and host state as it was"
check "verify: exit code 1" [ $status -eq 1 ]
# shellcheck disable=SC2086
$tool verify $claims | sed -n '/^Not tested$/,/^$/p' >untested
check_file untested "all that this version can test was tested"

# Three simulated seconds of 50 M ticks for each CPU, at most.
ticks=$($tool verify --json --cpu 0 | sed -n 's/.*"ticks": \([0-9]*\).*/\1/p')
check "verify: $ticks ticks a CPU" [ "$ticks" -lt 150000000 ]

check "report: written with the evidence of the claims" $tool report -o verify.json
# shellcheck disable=SC2086
$tool verify --from verify.json --tap $claims >recorded.tap
check "verify --from: the report has the same verdicts" cmp verify.tap recorded.tap
