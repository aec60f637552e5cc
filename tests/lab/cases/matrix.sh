#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What VM entries on this CPU model accept. $1: cet or no-cet. The expectations are the SDM's,
# but where a comment says that the emulator deviates.
. ./tap.sh

insmod ./vmxprobe.ko
gives 0 'CPUs 0-1 .*VMX ready' "summary: both CPUs are ready" $tool
gives 0 'IA32_VMX_BASIC 0x' "summary: IA32_VMX_BASIC is decoded" $tool
gives 0 '^1 reserved none none$' "interruption type 1 is refused everywhere" $tool matrix
gives 0 '^2 non-maskable interrupt 2 ' "an NMI has vector 2" $tool matrix

case $1 in
no-cet)
	gives 0 '^3 hardware exception 0-7,9,15-16,18-31 8,10-14,17$' \
		"hardware exceptions carry an error code for exactly 8, 10-14 and 17" \
		$tool matrix
	gives 0 'Refused: VM-instruction error 7' "#CP with an error code is refused" \
		$tool inject --type 3 --vector CP --error-code 0
	gives 0 'follows both' "summary: both readings agree where there is no CET" $tool
	;;
cet)
	gives 0 '^3 hardware exception 0-31 0-31$' \
		"BASIC[56] = 1: every hardware exception goes with and without an error code" \
		$tool matrix
	gives 0 'Accepted' "#CP with an error code is accepted" \
		$tool inject --type 3 --vector CP --error-code 0
	;;
esac
gives 0 'Accepted' "#CP without an error code is accepted" $tool inject --type 3 --vector 21

if $tool caps | tr -s ' ' | grep -Eiq '(either|fixed 1) unrestricted guest'; then
	# The emulator looks at CR0.PE only in an unrestricted guest without BASIC[56].
	[ "$1" = cet ] || gives 0 '^3 hardware exception 0-31 none$' \
		"no error code goes into real mode" $tool matrix
	gives 0 'Accepted: .*34' "a real-mode guest is legal at depth state" $tool inject --type 3 \
		--vector 13 --cr0-pe 0 --unrestricted 1 --depth state
else
	gives 3 'unrestricted' "no unrestricted guest: said so" $tool inject --type 3 \
		--vector 13 --cr0-pe 0 --unrestricted 1
fi
gives 0 'Accepted: .*34' "a 64-bit guest is legal at depth state" \
	$tool inject --type 3 --vector 13 --error-code 0 --depth state
gives 0 'Accepted: .*34' "an external interrupt with RFLAGS.IF = 1 is legal at depth state" \
	$tool inject --type 0 --vector 32 --depth state
check "reports of both CPUs are written" $tool report -o report.json
gives 0 'hardware exception' "a written report answers matrix" $tool matrix --from report.json
end
