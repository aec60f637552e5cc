#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory that is held is counted to the block; by this the cases that look for leaks (level.sh) are to
# be believed. No module is loaded.
. ./tap.sh
. ./level.sh

kmalloc() { awk '$1 == "kmalloc" { print $2 }' "$1"; }

lowest before
for blocks in 1 2 5 8; do
	lowest held $blocks
	more=$(($(kmalloc held) - $(kmalloc before)))
	what="$blocks blocks of 4 KiB that are held are $more bytes more"
	# Half a block for what the kernel itself allocates meanwhile.
	check "$what" [ $((more - 4096 * blocks)) -gt -2048 -a $((more - 4096 * blocks)) -lt 2048 ]
done
check "8 are a leak" eval '! leaks before held'
lowest after
check "they are gone: $(leaks before after)" leaks before after
end
