#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A CPU that cannot: $1 is what is said of it, $2 the exit code of caps, $3 that of a report.
. ./tap.sh

insmod ./vmxprobe.ko
gives 3 "$1" "summary names the reason" $tool
gives 3 "$1" "a probe names the reason" $tool inject --cpu 0 --type 3 --vector 13
gives "$2" "IA32_FEATURE_CONTROL|no VMX" "caps has something to say" $tool caps
case $3 in
0) said='"readiness": "no-vmx"' ;;
*) said="CPU 0: no VM entry was attempted: .*$1" ;;
esac
gives "$3" "$said" "a report is as complete as it can be" $tool report --cpu 0
end
