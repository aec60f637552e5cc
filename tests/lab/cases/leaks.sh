#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# After other cases, on the debug kernel: nothing that was allocated is lost. With "some" as $1, something
# is, by a module that is there for it.
. ./tap.sh

leaks=/sys/kernel/debug/kmemleak

# An object counts as lost when it is five seconds old and two scans have not found it.
sleep 6
check "kmemleak is on" sh -c "echo scan >$leaks && echo scan >$leaks"
cat $leaks >leaks.out
lost=none
[ ! -s leaks.out ] || lost=some
if [ $lost = "${1:-none}" ]; then ok "memory is lost: $lost"; else not_ok "memory is lost: $lost" leaks.out; fi
end
