#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A module of build/mutants/complaint, $1, does what the kernel must complain of: the boot's --splat sees it.
. ./tap.sh
. ./kvm-guests.sh

insmod mutants/complaint/"$1".ko
case $1 in
owner)
	# Whose VMCS is not current again after a window.
	kvm_start one -c 0
	./enter_many -b -c 0 -w 1 -n 64 depth=1,sweep=0x4016:0x80000b0d:64
	kill -TERM "$(kvm_pid one)" 2>/dev/null
	if wait "$(kvm_pid one)"; then
		not_ok "KVM's guest notices" kvm.one.out
	else
		ok "KVM's guest notices: $(tail -n 1 kvm.one.out)"
	fi
	;;
leak)
	./enter_many -n 64 depth=1,sweep=0x4016:0x80000b0d:64
	rmmod vmxprobe
	sh ./leaks.sh some
	;;
*) ./enter_many -n 64 depth=1,sweep=0x4016:0x80000b0d:64 ;;
esac
end
