#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory that runs out, wherever the module asks for some. $1: walk, for requests alone. For the debug kernel: it makes them,
# and says what is used after it was freed; cases/leaks.sh says what is lost.
. ./tap.sh

# all WHAT COMMAND...: what it prints, and that it ended well
all() {
	what=$1
	shift
	"$@" >all.out 2>&1
	rc=$?
	cat all.out
	if [ $rc -eq 0 ]; then ok "$what"; else not_ok "$what: exit code $rc"; fi
}

[ "$1" = walk ] || all "the module's load, wherever memory runs out" ./fault_load vmxprobe.ko vmxprobe
insmod ./vmxprobe.ko
all "requests, wherever memory runs out" ./faults walk
if [ "$1" != walk ]; then
	all "requests for another CPU, wherever memory runs out" ./faults -c 1 walk
	all "each call of an allocator in the module has failed" \
		./faults sites alloc-sites.txt
fi
gives 0 'the handler of #UD' "after that guests are entered" \
	$tool deliver --mode long --type 3 --vector UD --check-host
check "the module can be unloaded" rmmod vmxprobe
end
