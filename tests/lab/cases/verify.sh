#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The oracle, verdict by verdict, with guests that run. $1: the CPU model, whose file of known
# deviations lies beside.
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

# Without --enter nothing runs in a guest: the claims that take one say so, and are counted apart. On
# both CPUs, as what this leaves behind in the emulator shows with --enter (F-LAUNCH-SETS).
guests='not tested: a guest runs: verify --enter$'
for cpu in 0 1; do
	$tool verify --tap --cpu $cpu >plain.$cpu.tap 2>verify.err
	check "verify: exit code 1, without --enter" [ $? -eq 1 ]
	check_empty verify.err "no complaint about CPU $cpu, without --enter"
done
$tool verify --cpu 0 --stats >plain.txt
left=$(sed -n 's/^\([0-9]*\) more claims let a guest run: verify --enter$/\1/p' plain.txt)
check "verify: ${left:-0} claims that take --enter are counted apart" \
	[ "${left:-0}" -eq "$(grep -c "$guests" plain.0.tap)" ]
seconds=$(sed -n 's/^\([0-9]*\)\.[0-9]* seconds, .*/\1/p' plain.txt)
check "verify: a CPU took less than 3 simulated seconds" [ "${seconds:-3}" -lt 3 ]

sed -e '/^#/d' "./$1" | cut -d ' ' -f 1,2 | sort >known
for cpu in 0 1; do
	$tool verify --enter --check-host --tap --cpu $cpu >verify.$cpu.tap 2>verify.err
	check "verify --enter: exit code 1" [ $? -eq 1 ]
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

# What is judged without --enter is judged alike with it.
for cpu in 0 1; do
	grep -E '^(not )?ok' plain.$cpu.tap | grep -v "$guests" >plain
	grep -E '^(not )?ok' verify.$cpu.tap | grep -vxFf - plain >changed
	check_empty changed "the same verdicts without --enter, CPU $cpu"
done

$tool verify --enter --cpu 0 --stats >enter.txt
sed -n '/^Not tested$/,/^$/p' enter.txt >untested
check_empty untested "all that this version can test was tested"
entries=$(sed -n 's/.* windows of at most \([0-9]*\) VM entries, .*/\1/p' enter.txt)
check "verify --enter: windows of at most ${entries:-no} entries" [ "${entries:-65}" -le 64 ]
sed -n 's/^[0-9.]* seconds, /# verify --enter, a CPU: &/p' enter.txt

# What a report says of other CPUs it can say of those alone that are in it.
same() { grep -v '(C-SAME-ALL-CPUS)' "$1"; }

check "report: written with the evidence of the claims" $tool report --cpu 0 -o report.json
$tool verify --from report.json --tap | same - >recorded
same plain.0.tap >live
check "verify --from: the report has the same verdicts" diff live recorded

# 3 to 6 MB, whose writing and reading takes the emulator minutes: on one model.
if [ "$1" = corei7_skylake_x ]; then
	check "report --enter: written" $tool report --enter --cpu 0 -o report.json
	$tool verify --enter --from report.json --tap | same - >recorded
	same verify.0.tap >live
	check "verify --enter --from: the report has the same verdicts" diff live recorded
fi
end
