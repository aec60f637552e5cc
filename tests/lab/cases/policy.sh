#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What a caller may write to a VMCS, and what the module says to the rest.
. ./tap.sh

insmod ./vmxprobe.ko

refused() { # refused WHAT TEXT FIELD=VALUE [OPTION...]
	what=$1 text=$2 set=$3
	shift 3
	gives 2 "$text" "$what" $tool probe --set "$set" "$@"
}

refused 'RFLAGS is planted at depth controls' 'plants its own value.*0x6820' GUEST_RFLAGS=2
refused 'the link pointer is planted at depth controls' 'plants its own value' VMCS_LINK_POINTER=0
refused 'the MSR-load list is planted at depth state' 'plants its own value' \
	VM_ENTRY_MSR_LOAD_COUNT=0 --depth state
refused 'the link pointer stays as it is at depth state' 'documented list' VMCS_LINK_POINTER=0 \
	--depth state
for field in HOST_CR0 HOST_CR3 HOST_RIP HOST_RSP HOST_IA32_EFER VM_EXIT_MSR_LOAD_COUNT \
	VM_EXIT_MSR_STORE_ADDR 0x4400 0xdead; do
	refused "$field cannot be set" 'documented list' $field=0
done
refused 'an address names no page of the caller' 'bits 11:0' MSR_BITMAP=0x1000
refused 'the guest page tables are the module'"'"'s' 'bits 11:0' GUEST_CR3=0x1000
for set in GUEST_IA32_EFER=1 GUEST_IA32_PAT=1 GUEST_IA32_DEBUGCTL=0x40 GUEST_S_CET=8; do
	refused "bits that would outlive the entry: $set" 'outlive the entry' $set --depth state
done
refused 'an exit to a 32-bit host is not risked' 'could not be undone' VM_EXIT_CONTROLS=0

gives 0 'Refused: VM-instruction error 7' 'an address that is not aligned is refused by the CPU' \
	$tool probe -s 'CPU_BASED_VM_EXEC_CONTROL=TP1.0 | 1 << 28' -s MSR_BITMAP=1
gives 0 'Accepted' 'the same control with a page of the module is accepted' \
	$tool probe -s 'CPU_BASED_VM_EXEC_CONTROL=TP1.0 | 1 << 28' --check-host
gives 0 'Accepted' 'entry and exit controls that write MSRs leave them as they were' \
	$tool probe -s 'VM_ENTRY_CONTROLS=TENTRY.0 | 1 << 9 | 7 << 13' \
	-s 'VM_EXIT_CONTROLS=TEXIT.0 | 1 << 9 | 1 << 12 | 1 << 19 | 1 << 21' --depth state --check-host
gives 0 'Accepted' 'guest MSRs that an entry loads do not outlive it' \
	$tool probe -s 'VM_ENTRY_CONTROLS=TENTRY.0 | 1 << 9 | 7 << 13' \
	-s 'GUEST_IA32_EFER=0x500' -s 'GUEST_IA32_PAT=6 << 56 | 4 << 48' --depth state --check-host
gives 0 'entry failure 33' 'reserved bits of a guest MSR that an entry loads are refused' \
	$tool probe -s 'VM_ENTRY_CONTROLS=TENTRY.0 | 1 << 9 | 1 << 15' \
	-s 'GUEST_IA32_EFER=0x502' --depth state --check-host

# Of the field whose encoding is 0 as well the swept values are what is written, not the baseline.
vpid() { ./enter_many -n 64 depth=1,set=0x4002:0x84006172,set=0x401e:0x20,sweep=0:"$1":64; }
gives 0 '^64 times kind 5 ' 'with VPIDs enabled, VPID 0 is refused when it is swept' vpid 0
gives 0 '^64 times kind 6 ' 'and VPID 1 accepted' vpid 1
end
