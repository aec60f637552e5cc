#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who gets what of the module: capabilities and namespaces. It needs the module "msr" as well.
. ./tap.sh

insmod ./vmxprobe.ko

# refused WHO TEXT COMMAND...: in exactly these words' sense, and not a word of evidence
refused() {
	who=$1 text=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	gives 4 "$text" "$who is refused: ${*:-summary}" ./as $who -- $tool "$@"
	if grep -qE 'IA32_VMX_|[Aa]ccepted' gives.out; then
		not_ok "$who got something all the same: $*" gives.out
	fi
}

# Every command that asks the module, of somebody without any capability.
refused nobody 'permission denied.*takes CAP_NET_ADMIN'
for command in caps 'inject --type 3 --vector 13' 'probe' 'probe --depth enter' matrix deliver \
	fields 'experiment vmptrld-revision' verify 'verify --enter' report; do
	# shellcheck disable=SC2086
	refused nobody 'permission denied.*takes CAP_NET_ADMIN' $command
done

# It is the capabilities that count, not the user.
refused root 'permission denied.*takes CAP_NET_ADMIN' caps
refused 'nobody sys_admin' 'permission denied.*takes CAP_NET_ADMIN' caps
gives 0 'IA32_VMX_BASIC' "CAP_NET_ADMIN reads the capabilities" ./as nobody net_admin -- $tool caps
for command in 'inject --type 3 --vector 13' 'probe --depth enter' fields \
	'experiment vmptrld-revision'; do
	# shellcheck disable=SC2086
	refused 'nobody net_admin' 'VMX instructions takes CAP_SYS_ADMIN' $command
done
gives 0 'Refused|Accepted' "CAP_NET_ADMIN and CAP_SYS_ADMIN probe, whoever has them" \
	./as nobody net_admin sys_admin -- $tool inject --type 3 --vector 13

# All capabilities in a user namespace of one's own are none here.
refused userns 'permission denied.*takes CAP_NET_ADMIN' caps
refused userns 'permission denied.*takes CAP_NET_ADMIN' inject --type 3 --vector 13
refused 'userns netns' 'initial network namespace only' caps
refused 'userns netns' 'initial network namespace only' inject --type 3 --vector 13
# In another network namespace there is no family, not for root either.
gives 4 'initial network namespace only' "no probe from another network namespace" \
	./as netns -- $tool inject --type 3 --vector 13
gives 0 'initial network namespace only.*IA32_VMX_BASIC' \
	"capabilities come through /dev/cpu/N/msr there" ./as netns -- $tool caps

# Nothing that anybody may do loads the module.
rmmod vmxprobe
./as nobody -- $tool >/dev/null 2>&1
$tool >/dev/null 2>&1
if [ -d /sys/module/vmxprobe ]; then not_ok "asking loads no module"; else ok "asking loads no module"; fi
end
