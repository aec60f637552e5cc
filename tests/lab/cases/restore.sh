#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The CPU is left as found: the module reads the host state before and after each window, and
# tasks that would notice run meanwhile. Windows come both in the tool's own context and by
# interrupt from the other CPU, on top of whatever task has the probed one.
. ./tap.sh

insmod ./vmxprobe.ko
. ./witnesses.sh
witnesses_start

gives 0 '(4096|8192|16384) windows of at most 4 ' "windows in the tool's own context change nothing" \
	$tool matrix --max-window 4 --check-host --stats
for cpu in 0 1; do
	gives 0 '(2048|4096) windows of at most 4 ' "windows on top of a task of CPU $cpu change nothing" \
		from_cpu $((1 - cpu)) $tool matrix --cpu $cpu --max-window 4 --check-host --stats
	gives 0 'host-base' "experiments on top of a task of CPU $cpu change nothing" \
		from_cpu $((1 - cpu)) $tool experiment --cpu $cpu --check-host
done
witnesses_stop
end
