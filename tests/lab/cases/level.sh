# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Sourced by the cases that look for leaks. Memory that the kernel holds, and what it may differ by:
#
# kmalloc     bytes of objects in use, of caches that were shrunk before they are counted. The kernel
#             itself allocates a few now and then. 16 KiB are less than one object for 100 of the
#             requests that a case makes.
# skbuff      the same of heads of messages. Nothing else here sends any.
# large-pages of the blocks that are too large for any cache of kmalloc's. A request has 16 and
#             more; 64 are four of them.
# pages       what is not free, in pages. The page cache is dropped; the kernel log, page tables and
#             per-CPU lists of stacks come and go. 512 pages are 2 MiB.
# vmalloc     kiB; stacks of tasks are kept for the next two of a CPU.
# sockets     of generic netlink. There is one for each network namespace.
# users       of the module.

# lowest FILE [HELD]: each at its lowest of a few times, as what is freed late or held for a moment is
# no leak; while so many blocks of 4 KiB and of 4 pages are held
lowest() {
	for _ in 1 2 3 4 5 6; do
		sleep 0.3
		./attack level "${2:-0}"
	done | awk '!($1 in low) || $2 < low[$1] { low[$1] = $2 }
		END { for (name in low) print name, low[name] }' | sort >"$1"
}

# leaks BEFORE AFTER: says what is more, and fails if anything is by more than it may
leaks() {
	awk 'BEGIN { may["kmalloc"] = 16384; may["large-pages"] = 64; may["pages"] = 512
			may["vmalloc"] = 256 }
		NR == FNR { before[$1] = $2; next }
		{ printf "%s%s %d to %d", n++ ? ", " : "", $1, before[$1], $2
			bad = bad || $2 - before[$1] > may[$1] || !($1 in before) }
		END { print ""; exit bad || !n }' "$1" "$2"
}
