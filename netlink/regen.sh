#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Regenerate vmxprobe.h and vmxprobe_nl.[ch] from vmxprobe.yaml with the kernel's own
# YNL generator, which Debian ships in linux-source-6.12.
#
# usage: netlink/regen.sh [--check|--fetch]
#   --check   change nothing; fail if the files in the tree are not what the spec gives
#   --fetch   only get the generator
#
# YNL_TREE may name an unpacked kernel source; otherwise the package is fetched into .cache.
set -eu

cd "$(dirname "$0")/.."
tree=${YNL_TREE:-.cache/ynl}

if [ ! -e "$tree/tools/net/ynl/ynl-gen-c.py" ]; then
	mkdir -p .cache
	part=$(mktemp -d .cache/ynl.XXXXXX)
	trap 'rm -rf "$part"' EXIT
	(cd "$part" && apt-get download -q linux-source-6.12 >&2 &&
	 dpkg-deb --fsys-tarfile linux-source-6.12_*.deb |
	 tar -xO ./usr/src/linux-source-6.12.tar.xz |
	 tar -xJ --strip-components=1 linux-source-6.12/tools/net/ynl \
		linux-source-6.12/Documentation/netlink linux-source-6.12/scripts \
		linux-source-6.12/MAINTAINERS)
	rm -f "$part"/*.deb
	chmod 755 "$part"
	rm -rf "$tree"
	mv "$part" "$tree"
	trap - EXIT
fi

[ "${1:-}" != --fetch ] || exit 0

# The generator names the spec by its path below the kernel tree, and never ends if no
# folder above the spec holds MAINTAINERS: give it the place it expects.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/Documentation/netlink/specs"
touch "$work/MAINTAINERS"
cp "$tree"/Documentation/netlink/*.yaml "$work/Documentation/netlink/"
cp netlink/vmxprobe.yaml "$work/Documentation/netlink/specs/"

gen() {
	out=$1
	shift
	/usr/bin/python3 "$tree/tools/net/ynl/ynl-gen-c.py" \
		--spec "$work/Documentation/netlink/specs/vmxprobe.yaml" -o "$work/$out" "$@"
	sed -i -e 's,Documentation/netlink/specs/,netlink/,' \
	       -e 's,#include <\(uapi/\)*vmxprobe.h>,#include "vmxprobe.h",' \
	       -e 's,^\(/\* YNL-GEN .*\) \*/$,\1 (netlink/regen.sh) */,' "$work/$out"
}

gen vmxprobe.h --mode uapi --header
gen vmxprobe_nl.h --mode kernel --header
gen vmxprobe_nl.c --mode kernel --source

for f in vmxprobe.h vmxprobe_nl.h vmxprobe_nl.c; do
	if [ "${1:-}" = --check ]; then
		diff -u "netlink/$f" "$work/$f"
	else
		cp "$work/$f" "netlink/$f"
	fi
done
