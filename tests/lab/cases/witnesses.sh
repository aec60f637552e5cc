# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Tasks on both CPUs that notice when a window leaves something behind: one with an LDT and
# segments in it, one with a hardware breakpoint, one that may use an I/O port.

witnesses_start() {
	pids=
	for cpu in 0 1; do
		for witness in ldt_task hwbp_task ioport_task; do
			./$witness $cpu >$witness.$cpu.out 2>&1 &
			pids="$pids $witness.$cpu:$!"
		done
	done
	sleep 0.2
}

witnesses_stop() {
	for entry in $pids; do
		kill -TERM "${entry#*:}" 2>/dev/null
		if wait "${entry#*:}"; then
			ok "${entry%:*} saw nothing"
		else
			not_ok "${entry%:*} noticed" "${entry%:*}.out"
		fi
	done
}

# from_cpu N COMMAND...: where it cannot run but on CPU N, whatever affinity it asks for
from_cpu() {
	group=/sys/fs/cgroup/cpu$1
	if [ ! -d "$group" ]; then
		mkdir -p /sys/fs/cgroup
		[ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 none /sys/fs/cgroup
		echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
		mkdir "$group"
		echo "$1" >"$group/cpuset.cpus"
	fi
	shift
	(sh -c "echo \$\$ >$group/cgroup.procs; exec \"\$@\"" sh "$@")
}
