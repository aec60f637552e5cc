# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Bash completion of vmxprobe(8). The words stand here once more, because the tool may be out of
# reach of the one who types (sbin is not in everybody's PATH); tests/cli/completion.bats holds
# them to what the tool says.

# _vmxprobe_words WORDS: those that begin like the current word
_vmxprobe_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# The last number of a list such as 0-3,7. A report has CPUs of its own, which are not known here.
_vmxprobe_cpus() {
	local before=${cur%"${cur##*[,-]}"} words=() dir

	[[ $cur != -* && " ${COMP_WORDS[*]} " != *" --from"[\ =]* ]] || return
	for dir in /sys/devices/system/cpu/cpu[0-9]*; do
		words+=("$before${dir##*/cpu}")
	done
	_vmxprobe_words "${words[*]}"
	# More may follow. Outside of a completion, as in a test, there is nothing to set.
	compopt -o nospace 2>/dev/null || :
}

_vmxprobe_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	compopt -o filenames 2>/dev/null || :
}

_vmxprobe_options() {
	local probing='--max-window --check-host --borrow --stats'
	local cpuless='--json --color --help'
	local common="--cpu --from $cpuless"

	case $1 in
	caps) _vmxprobe_words "--raw $common" ;;
	inject)
		_vmxprobe_words "--type --vector --error-code --ilen --cr0-pe --unrestricted
			--depth --guest $probing $common"
		;;
	deliver)
		_vmxprobe_words "--mode --type --vector --error-code --ilen $probing $common"
		;;
	probe) _vmxprobe_words "--set --depth --guest --program --rcx --read --time $probing $common" ;;
	fields) _vmxprobe_words "--all --max-window --borrow --stats $common" ;;
	experiment) _vmxprobe_words "--list --check-host --borrow --stats $common" ;;
	verify) _vmxprobe_words "--enter --tap --junit $probing $common" ;;
	claims) _vmxprobe_words "$cpuless" ;;
	matrix) _vmxprobe_words "$probing $common" ;;
	import) _vmxprobe_words "--output $cpuless" ;;
	report) _vmxprobe_words "--output --enter --max-window --borrow --stats $common" ;;
	summary) _vmxprobe_words "$probing $common" ;;
	esac
}

_vmxprobe() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}

	COMPREPLY=()
	# Readline takes --option=value apart at the sign.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	if ((COMP_CWORD == 1)) && [[ $cur == -* ]]; then
		_vmxprobe_options summary
		[[ --version != "$cur"* ]] || COMPREPLY+=(--version)
		return
	fi
	if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $command == help ]]; }; then
		_vmxprobe_words 'summary caps inject probe matrix deliver fields experiment verify claims import report help'
		return
	fi

	case $prev in
	--cpu) _vmxprobe_cpus ;;
	--from | --output | -o) _vmxprobe_files ;;
	instlatx64 | msrs) _vmxprobe_files ;;
	# The fields that a request is mostly about; any may be typed.
	--set | -s)
		[[ $command == probe ]] || return
		_vmxprobe_words 'CPU_BASED_VM_EXEC_CONTROL= GUEST_ACTIVITY_STATE= GUEST_CR0= GUEST_CR4=
			GUEST_INTERRUPTIBILITY_INFO= GUEST_RFLAGS= PIN_BASED_VM_EXEC_CONTROL=
			SECONDARY_VM_EXEC_CONTROL= VM_ENTRY_CONTROLS= VM_ENTRY_INTR_INFO_FIELD=
			VM_EXIT_CONTROLS='
		;;
	--color) _vmxprobe_words 'auto always never' ;;
	--type | -t) _vmxprobe_words 'ext reserved nmi hw swint priv swexc other' ;;
	--vector | -v)
		cur=${cur^^}
		_vmxprobe_words 'DE DB NMI BP OF BR UD NM DF TS NP SS GP PF MF AC MC XM VE CP'
		;;
	--cr0-pe | --unrestricted) _vmxprobe_words '0 1' ;;
	--depth | -d) _vmxprobe_words 'controls state enter' ;;
	--guest | --mode | -m) _vmxprobe_words 'real pm32 long' ;;
	--program) _vmxprobe_words 'vmcall nop loop touch jump write hlt rdmsr mov-cr3' ;;
	# Any field may be typed; these are read without the option.
	--read)
		_vmxprobe_words 'GUEST_ACTIVITY_STATE GUEST_CS_SELECTOR GUEST_INTERRUPTIBILITY_INFO
			GUEST_RFLAGS GUEST_RSP GUEST_SS_SELECTOR VM_ENTRY_INTR_INFO_FIELD
			VM_EXIT_INSTRUCTION_LEN'
		;;
	--error-code | --ilen | --rcx | --max-window) ;;	# a number
	*)
		# Options without a command are those of summary. Claims and experiments are too many to
		# offer.
		[[ $command != -* ]] || command=summary
		if [[ $command == import && $cur == [im]* ]]; then
			_vmxprobe_words 'instlatx64 msrs'
		else
			_vmxprobe_options "$command"
		fi
		;;
	esac
}

complete -F _vmxprobe vmxprobe
