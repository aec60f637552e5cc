#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Without the module, without root, with the wrong words.
. ./tap.sh

gives 3 '[Nn]ot tested: module not loaded' "summary without the module" $tool
gives 3 'modprobe vmxprobe' "it says how to load the module" $tool
gives 4 'module' "inject without the module" $tool inject --type 3 --vector 13
gives 0 'IA32_VMX_BASIC' "capabilities through /dev/cpu/N/msr" $tool caps
$tool caps --raw >caps.msr 2>/dev/null

insmod ./vmxprobe.ko
$tool caps --raw >caps.module 2>/dev/null
check "the same capabilities with the module" cmp caps.msr caps.module
gives 2 '99.*0-1' "an unknown CPU number" $tool caps --cpu 99
gives 2 '99.*0-1' "an unknown CPU number to probe" $tool inject --cpu 99 --type 3 --vector 13
gives 4 'root|permission|privilege' "not root: probe" \
	su nobody -s /bin/sh -c 'cd /root; ./vmxprobe inject --type 3 --vector 13'
for command in 'deliver --type 3 --vector 13' 'probe --depth enter' 'verify --enter'; do
	gives 4 'root|permission|privilege' "not root: $command" \
		su nobody -s /bin/sh -c "cd /root; ./vmxprobe $command"
done
gives 4 'root|permission|privilege' "not root: capabilities" \
	su nobody -s /bin/sh -c 'cd /root; ./vmxprobe caps'
end
