#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Beside a guest of KVM's the verdicts are those without KVM, but for those in known-deviations/borrowed.
# Booted with kvm_intel. The guest is on the other CPU than the one that is judged: the emulator has SMIs
# blocked for good on a CPU where an entry to wait-for-SIPI failed (F-LAUNCH-SETS), and KVM cannot enter a
# guest there any more.
. ./tap.sh
. ./kvm-guests.sh

reason="not tested: takes VMX operation of its own, where another owner's was borrowed"
kvm_file=/lab/modules/$(sed -n 's/^\([^ ]*kvm[-_]intel[^ ]*\).*/\1/p' /lab/load)

# verdicts FILE [OPTION...]
verdicts() {
	file=$1
	shift
	$tool verify --enter --check-host --tap --cpu 1 "$@" 2>verify.err | grep -E '^(not )?ok' >"$file"
	check "verify $*: no complaint, and host state as it was" [ ! -s verify.err ]
}

insmod ./vmxprobe.ko
rmmod kvm_intel
verdicts alone.tap
insmod "$kvm_file"
kvm_start beside -c 0 -v 2 -t
verdicts borrowed.tap --borrow
kvm_stop beside

sed '/^#/d' ./borrowed | sort >known
grep "$reason" borrowed.tap | sed 's/^[^(]*(\([^)]*\)).*/\1/' | sort >taken
check "what takes VMX operation of its own is what is known to" diff known taken
grep -v "$reason" borrowed.tap >rest
sed 's/.*/(&)/' known | grep -vFf - alone.tap >want
check "the verdicts of $(wc -l <rest) claims are those without KVM" diff want rest
end
