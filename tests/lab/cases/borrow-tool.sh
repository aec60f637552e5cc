#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The tool beside KVM with --borrow: a guest does not notice. Booted with kvm_intel.
. ./tap.sh

insmod ./vmxprobe.ko
./kvm_witness >kvm.out 2>&1 &
guest=$!
while ! grep -q running kvm.out; do
	kill -0 $guest 2>/dev/null || break
	sleep 0.02
done
gives 3 'CPUs 0-1: in use by another hypervisor; --borrow probes beside it' 'summary says what would help' $tool
gives 3 'Not run: in use by another hypervisor\. .*CPUs 0-1: in .*; --borrow probes beside it' \
	'so does a refusal' $tool inject -t hw -v CP
gives 3 'CPUs 0-1: no VM entry was attempted: in use by another hypervisor' \
	'a report without what it is for is incomplete' $tool report -o used.json
gives 0 'VMX borrowed from another hypervisor' 'summary' $tool --borrow
gives 0 'Accepted: ' 'inject' $tool inject -t hw -v CP --borrow --check-host
gives 0 'Accepted: ' 'probe' $tool probe --depth state --borrow --check-host
gives 0 'of #UD' 'deliver' $tool deliver --mode long -t hw -v UD --borrow --check-host
gives 0 '([0-9]+) windows \(\1 of them borrowed\) of at most 64' 'matrix --stats' \
	$tool matrix --borrow --stats
gives 0 'of the [0-9]+ documented fields' 'fields' $tool fields --cpu 0 --borrow
gives 0 'VMPTRLD with incorrect' 'experiment' $tool experiment vmptrld-revision --borrow --check-host
gives 3 "not tested: takes VMX operation of its own, where another owner's was borrowed" \
	'an experiment with VMXON' $tool experiment vmxon-revision --borrow

# Of the CPU where the guest is not, see borrow-verify.sh.
$tool report --borrow --cpu 1 -o borrowed.json
gives 0 '"readiness": "in-use", "borrowed": true' 'report' cat borrowed.json
# What a report says of other CPUs it can say of those alone that are in it.
$tool verify --borrow --cpu 1 --tap 2>&1 | grep -v '(C-SAME-ALL-CPUS)' >live.verdicts
$tool verify --from borrowed.json --tap 2>&1 | grep -v '(C-SAME-ALL-CPUS)' >recorded.verdicts
check 'the report is judged as the CPU is' diff live.verdicts recorded.verdicts
n=$(grep '^ok' live.verdicts | grep -vc '# SKIP')
if [ "$n" -gt 300 ] && ! grep -q 'in use by' live.verdicts; then
	ok "$n claims hold, none is left for that the CPU is in use"
else
	not_ok "$n claims hold" live.verdicts
fi
check 'the guest was still running' kill -0 $guest
kill -TERM $guest
if wait $guest; then ok "and noticed nothing: $(tail -n 1 kvm.out)"; else not_ok 'the guest' kvm.out; fi
end
