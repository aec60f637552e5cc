# SPDX-License-Identifier: GPL-2.0
# What the tests here share.

# Wherever they run: no colour, no locale, and no machine but the recorded ones.
setup() {
	cd "$BATS_TEST_DIRNAME"
	unset NO_COLOR
	export LC_ALL=C TERM=dumb
}

# unpacked NAME: the path of reports/NAME.json.gz, unpacked
unpacked() {
	local file=$BATS_FILE_TMPDIR/$1.json
	[ -e "$file" ] || gunzip -c "reports/$1.json.gz" >"$file"
	echo "$file"
}

# golden NAME COMMAND...: its output is that of golden/NAME, standard error included.
golden() {
	local file=golden/$1 ret=0
	shift
	"$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || ret=$?
	echo "exit $ret" >>"$BATS_TEST_TMPDIR/out"
	if [ -n "${UPDATE_GOLDEN-}" ]; then
		cp "$BATS_TEST_TMPDIR/out" "$file"
	fi
	diff -u "$file" "$BATS_TEST_TMPDIR/out"
}

# refused CODE SENTENCE COMMAND...: the exit code, and just this on standard error.
refused() {
	local code=$1 sentence=$2 ret=0
	shift 2
	"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || ret=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$ret" -eq "$code" ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = "vmxprobe: $sentence" ]
}
