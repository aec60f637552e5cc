#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory that is held is counted to the block; by this the cases that look for leaks (level.sh) are to
# be believed. No module is loaded.
. ./tap.sh
. ./level.sh

# more NAME: of it, than before
more() { awk -v name="$1" '$1 == name { n = $2 - n } END { print n }' before held; }

# about NUMBER WANTED LIMIT: but for less than LIMIT, as the kernel itself allocates meanwhile
about() { [ $(($1 - $2)) -lt "$3" ] && [ $(($2 - $1)) -lt "$3" ]; }

# counted BLOCKS: each of 4 KiB comes with the 192 bytes of a pipe. Half a block and a slab of eight
# pages are nothing.
counted() {
	lowest before
	lowest held "$1"
	bytes=$(more kmalloc) pages=$(more large-pages)
	about "$bytes" $((4288 * $1)) 2144 && about "$pages" $((4 * $1)) 9
}

for blocks in 1 2 5 8; do
	# What the kernel allocates for the first time and keeps comes once.
	if counted $blocks || counted $blocks || counted $blocks; then
		ok "$blocks blocks of 4 KiB and of 4 pages are held: $bytes bytes and $pages pages more"
	else
		not_ok "$blocks blocks of 4 KiB and of 4 pages are held, but $bytes bytes and $pages pages more"
	fi
done
check "8 are a leak" eval '! leaks before held'
lowest after
check "they are gone: $(leaks before after)" leaks before after

# What is wrong at times is too high, or the lowest of a few looks would be wrong.
i=0
while [ $i -lt 40 ]; do
	./attack level
	i=$((i + 1))
done >many
awk -v low="$(awk '$1 == "large-pages" { print $2 }' before)" \
	'$1 == "large-pages" && $2 < low - 9 { print $2 " is too low, to " low }' many >low
if [ ! -s low ]; then ok "none of $i looks sees less"; else not_ok "looks that see less" low; fi
end
