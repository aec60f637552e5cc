#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The oracle, verdict by verdict. $1: the CPU model, whose file of known deviations lies beside.
. ./tap.sh

insmod ./vmxprobe.ko
check_empty() {
	if [ -s "$1" ]; then not_ok "verify: $2" "$1"; else ok "verify: $2"; fi
}

# deviations CPU: the claims that do not hold, from verify.CPU.tap; readings not followed are TODO
deviations() {
	sed -n -e "s/^not ok [0-9]* - [^(]*(\\([^)]*\\)), CPU $1 # TODO .*/\\1 not-followed/p" \
		-e "s/^not ok [0-9]* - [^(]*(\\([^)]*\\)), CPU $1\$/\\1 violated/p" "verify.$1.tap" | sort
}

sed -e '/^#/d' "./$1" | cut -d ' ' -f 1,2 | sort >known
for cpu in 0 1; do
	$tool verify --check-host --tap --cpu $cpu >verify.$cpu.tap 2>verify.err
	check "verify: exit code 1" [ $? -eq 1 ]
	check_empty verify.err "no complaint about CPU $cpu, and host state as it was"
	deviations $cpu >seen.$cpu
	check "verify: each line that is not ok was understood" \
		[ "$(grep -c '^not ok' verify.$cpu.tap)" = "$(wc -l <seen.$cpu)" ]
done
while read -r id verdict; do
	if grep -qx "$id $verdict" seen.0; then
		ok "verify: $id is $verdict, as known"
	else
		not_ok "verify: $id is not $verdict" seen.0
	fi
done <known
grep -vxFf known seen.0 >unknown
check_empty unknown "no deviation that nobody knows"

# Bochs sets up its table of VMCS fields on the first CPU only; on the others VMREAD takes encodings
# that are none (cases/fields.sh). All else is the same.
table='^G-|^F-VMREAD-HIGH-NON64 '
grep -Ev "$table" seen.0 >seen.0.rest
grep -Ev "$table" seen.1 >seen.1.rest
check "verify: CPU 1 deviates as CPU 0 does" diff seen.0.rest seen.1.rest

$tool verify --cpu 0 | sed -n '/^Not tested$/,/^$/p' >untested
check_empty untested "all that this version can test was tested"

# Three simulated seconds of 50 M ticks for each CPU, at most.
$tool verify --json --cpu 0 >verify.json
ticks=$(sed -n 's/.*"ticks": \([0-9]*\).*/\1/p' verify.json)
entries=$(sed -n 's/.*"max_entries": \([0-9]*\).*/\1/p' verify.json)
check "verify: $ticks ticks a CPU" [ "$ticks" -lt 150000000 ]
check "verify: windows of at most $entries entries" [ "$entries" -le 64 ]

check "report: written with the evidence of the claims" $tool report -o report.json
$tool verify --from report.json --tap --cpu 0 >recorded.tap
check "verify --from: the report has the same verdicts" diff verify.0.tap recorded.tap
