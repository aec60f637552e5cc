#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A machine check that comes while an entry is attempted is the host's, whoever attempts it ($1): the
# kernel panics for one that nobody sent, which the boot's --splat sees.
. ./tap.sh

insmod mutants/mc/msrs.ko
case $1 in
probe) ./enter_many -n 64 depth=2,sweep=0x4016:0x80000b0d:64 ;;
experiment) $tool experiment --cpu 0 msr-list-reserved ;;
esac
not_ok "the kernel got no machine check"
end
