#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# After other cases, on the debug kernel: nothing that was allocated is lost.
. ./tap.sh

leaks=/sys/kernel/debug/kmemleak

# An object counts as lost when it is five seconds old and two scans have not found it.
sleep 6
check "kmemleak is on" sh -c "echo scan >$leaks && echo scan >$leaks"
cat $leaks >leaks.out
if [ -s leaks.out ]; then not_ok "memory is lost" leaks.out; else ok "no memory is lost"; fi
end
