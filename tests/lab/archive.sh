# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Where the Debian archive has a kernel line, and apt for that place. For fetch, which has die().

# The suites to ask, the wanted one last; none for lines of the machine's own release, whose lists are there.
suites_of() {
	case $1 in
	5.10) echo bullseye bullseye-security ;;
	6.1 | 6.12) ;;
	7) echo trixie trixie-backports ;;
	sid) echo sid ;;
	*) die "no line $1; there are 5.10, 6.1, 6.12, 7 and sid" ;;
	esac
}

# The package that depends on a line's newest image. Only bookworm has two lines; the older has no number in its name.
metapackage() {
	case $1 in
	6.12) echo "linux-image-6.12-$2" ;;
	*) echo "linux-image-$2" ;;
	esac
}

# use_suites DIR [SUITE...]: ask apt about other suites of the mirror that this machine uses, with lists and state in
# DIR: nothing that apt knows of the machine changes. Releases must be signed as ever, but those of an archived suite may
# be old.
use_suites() {
	local dir=$1 suite label uri
	shift
	apt_options=()
	[[ $# -gt 0 ]] || return 0
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	for suite; do
		label=Debian
		[[ $suite != *-security ]] || label=Debian-Security
		# shellcheck disable=SC2016 # for apt
		uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
			"Label: $label" | head -n1)
		[[ -n $uri ]] || die "this machine's apt knows no mirror of $label (is 'apt-get update' due?)"
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$dir/sources.list"
	apt_options=(-o Dir::State="$dir" -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache"
		-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::Etc::preferencesparts=/dev/null -o Acquire::Check-Valid-Until=false
		-o Acquire::Languages=none -o APT::Default-Release="${!#}")
	ask get -qq update
}

# As root, apt would hand downloads to a user who may not write here, and complain.
ask() {
	"apt-$1" -o APT::Sandbox::User=root "${apt_options[@]}" "${@:2}"
}

# The packages that a package depends on, among those whose name matches a pattern.
depends() {
	ask cache depends "$1" 2>/dev/null | sed -n 's/^[ |]*Depends: //p' | grep -E "^$2\$"
}

candidate() {
	ask cache policy "$1" | sed -n 's/^ *Candidate: //p'
}
