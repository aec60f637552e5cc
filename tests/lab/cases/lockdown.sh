#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A kernel that is locked down when the module is there already: it is read, and probed no more.
. ./tap.sh

insmod ./vmxprobe.ko
gives 0 'Refused|Accepted' "not locked down it probes" $tool inject --type 3 --vector 13
$tool caps --raw >caps.before 2>/dev/null
mount -t securityfs security /sys/kernel/security
check "the kernel can be locked down" sh -c 'echo integrity >/sys/kernel/security/lockdown'
for command in 'inject --type 3 --vector 13' 'probe --depth enter' matrix fields \
	'experiment vmptrld-revision' 'verify cp'; do
	# shellcheck disable=SC2086
	gives 4 'lock(ed|s)?[ -]?down' "locked down, refused: $command" $tool $command
done
check "capabilities are read all the same" sh -c "$tool caps --raw >caps.after"
check "they are the same" cmp caps.before caps.after
end
