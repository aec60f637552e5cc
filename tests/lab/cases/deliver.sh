#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What is delivered to a guest: 3 modes, 8 types, 256 vectors, with and without an error code, each
# against the SDM. $1: the CPU model, whose file of known deviations (deliver.MODEL) lies beside;
# $2: IA32_VMX_BASIC[56]; $3: whether it has the monitor trap flag.
. ./tap.sh

insmod ./vmxprobe.ko
$tool deliver --check-host --json >deliver.json 2>deliver.err
if [ -s deliver.err ]; then not_ok "deliver: no complaint, and host state as it was" deliver.err; else
	ok "deliver: no complaint, and host state as it was"
fi
check "deliver: both CPUs answer alike" [ "$(grep -c '"cpus": "0-1"' deliver.json)" = 1 ]

# MODE TYPE DELIVER-ERROR-CODE WHAT=VECTORS..., without what is refused
awk -F '"' '/^ *"mode":/ { mode = $4 }
	$2 == "type" {
		line = mode " " substr($3, 3, 1) " " substr($9, 3, 1)
		for (i = 10; i < NF; i += 4)
			if ($i != "refused")
				line = line " " $i "=" $(i + 2)
		print line
	}' deliver.json | sort >seen.rows

# "VM-Entry Control Fields", "Details of Vectored-Event Injection"
for mode in real pm32 long; do
	for type in 0 4 5 6; do
		echo "$mode $type 0 delivered=0-255"
		echo "$mode $type 1"
	done
	printf '%s\n' "$mode 1 0" "$mode 1 1" "$mode 2 0 delivered=2" "$mode 2 1" "$mode 7 1"
	if [ "$3" = 1 ]; then echo "$mode 7 0 mtf=0"; else echo "$mode 7 0"; fi
	case $mode.$2 in
	real.*) printf '%s\n' "real 3 0 delivered=0-31" "real 3 1" ;;
	*.0) printf '%s\n' "$mode 3 0 delivered=0-7,9,15-16,18-31" \
		"$mode 3 1 delivered-code=8,10-14,17" ;;
	*.1) printf '%s\n' "$mode 3 0 delivered=0-31" "$mode 3 1 delivered-code=0-31" ;;
	esac
done | sort >sdm.rows

grep -vxFf sdm.rows seen.rows >seen.odd
sed -e '/^#/d' "./deliver.$1" | sort >known.odd
check "deliver: 48 rows of 256 events" [ "$(wc -l <seen.rows)" = 48 ]
check "deliver: $(grep -cxFf sdm.rows seen.rows) rows are as the SDM says, the others known" \
	diff known.odd seen.odd

gives 0 'Delivered: the handler of #GP \(13\) ran, with error code 0x5 on the stack' \
	"deliver: an error code is on the stack" \
	$tool deliver --mode long --type 3 --vector GP --error-code 5
gives 0 'Delivered: the handler of #GP \(13\) ran, without an error code' \
	"deliver: real mode pushes none" $tool deliver --mode real --type 3 --vector GP
rmmod vmxprobe
end
