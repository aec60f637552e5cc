# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# KVM guests that look at all of their registers, by name, and what enter_many borrowed beside.

# Linux 6.12's KVM has the CPUs in VMX operation as long as it is loaded, 6.1's while it has guests.
kvm_stays() {
	case $(uname -r) in
	6.1.*) false ;;
	*) true ;;
	esac
}

# Of the runs of enter_many whose output is in many.*: their borrowed windows, and all windows.
borrowed() { cat many.* | awk '/ windows borrowed$/ { n += $1 } END { print n + 0 }'; }
windows() { cat many.* | awk '/ windows of at most / { n += $10 } END { print n + 0 }'; }

# kvm_start NAME OPTION...: returns when they have run
kvm_start() {
	name=$1
	shift
	./kvm_witness "$@" >"kvm.$name.out" 2>&1 &
	eval "kvm_$name=$!"
	while ! grep -q running "kvm.$name.out"; do
		kill -0 $! 2>/dev/null || break
		sleep 0.02
	done
}

kvm_pid() { eval "echo \$kvm_$1"; }

kvm_stop() {
	for name in "$@"; do
		if kill -TERM "$(kvm_pid "$name")" && wait "$(kvm_pid "$name")"; then
			ok "$(tail -n 1 "kvm.$name.out")"
		else
			not_ok "the guests of KVM's: $name" "kvm.$name.out"
		fi
	done
}
