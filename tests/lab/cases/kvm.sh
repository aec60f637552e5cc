#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Beside KVM: its CPUs are left alone, and its guest does not notice. Booted with kvm_intel.
. ./tap.sh

insmod ./vmxprobe.ko
check "the witness notices each register that changes" ./kvm_witness -s
./kvm_witness >kvm.out 2>&1 &
guest=$!
while ! grep -q running kvm.out; do
	kill -0 $guest 2>/dev/null || break
	sleep 0.02
done
gives 3 'in use by another hypervisor' "probes are refused while a guest runs" \
	$tool inject --type 3 --vector 13 --error-code 0
gives 3 'in use by another hypervisor' "experiments are refused as well" \
	$tool experiment --cpu 0 vmptrst
gives 3 'in use by another hypervisor' "no guest is entered beside" $tool probe --depth enter
gives 3 'in use by another hypervisor' "no event is delivered beside" $tool deliver
gives 0 '^64 times kind 1 ' "nor by the module" ./enter_many depth=3,guest=3,sweep=0x482e:64:64
gives 3 'in use by another hypervisor' "summary says it" $tool
gives 0 'IA32_VMX_BASIC' "capabilities are shown" $tool caps
check "the guest was still running" kill -0 $guest
kill -TERM $guest
if wait $guest; then ok "the guest's count is right: $(tail -n 1 kvm.out)"; else not_ok "the guest" kvm.out; fi
end
