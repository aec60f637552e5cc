// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "options.h"

/* What one parse gave, and what it said on standard error and output. */
struct parsed {
	struct options options;
	char keys[8];
	char arg[32];
	int ret;
	char *err, *out;
};

static int take(int key, const char *arg, void *priv)
{
	struct parsed *parsed = priv;

	parsed->keys[strlen(parsed->keys)] = key < 256 ? key : 'L';
	snprintf(parsed->arg, sizeof(parsed->arg), "%s", arg ? arg : "");
	if (arg && !strcmp(arg, "bad"))
		return usage_error("--vector: bad");
	return 0;
}

static const struct option_row rows[] = {
	{ "vector", 'v', "V", "a vector" },
	{ "fast", 'f', NULL, "hurry" },
	{ "only-long", 256, NULL, "has no letter" },
	{ NULL, 0, NULL, NULL },
};

/* Run fn with both streams caught. */
static void parse(struct parsed *parsed, int argc, const char *const *words)
{
	const struct option_table table = {
		.command = "try", .summary = "Try it.", .rows = rows, .take = take, .priv = parsed,
	};
	FILE *const real_out = stdout, *const real_err = stderr;
	size_t out_size, err_size;
	char *argv[8];
	int i;

	memset(parsed, 0, sizeof(*parsed));
	for (i = 0; i < argc; i++)
		argv[i] = (char *)words[i];
	argv[argc] = NULL;
	stdout = open_memstream(&parsed->out, &out_size);
	stderr = open_memstream(&parsed->err, &err_size);
	parsed->ret = options_parse(&parsed->options, &table, argc, argv);
	fclose(stdout);
	fclose(stderr);
	stdout = real_out;
	stderr = real_err;
}

static void clear(struct parsed *parsed)
{
	options_clear(&parsed->options);
	free(parsed->out);
	free(parsed->err);
}

#define PARSE(parsed, ...) do { \
	const char *const words[] = { "try", ##__VA_ARGS__ }; \
	parse(parsed, ARRAY_SIZE(words), words); \
} while (0)

static void nothing_means_all(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed);
	assert_int_equal(parsed.ret, 0);
	assert_true(options_cpu(&parsed.options, 12345));
	assert_null(parsed.options.from);
	assert_false(parsed.options.json);
	assert_string_equal(parsed.err, "");
	clear(&parsed);
}

static void common_and_own_options(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--cpu=0-1,7", "--json", "-fv21", "--from", "a.json", "--only-long");
	assert_int_equal(parsed.ret, 0);
	assert_true(options_cpu(&parsed.options, 7));
	assert_false(options_cpu(&parsed.options, 2));
	assert_true(parsed.options.json);
	assert_string_equal(parsed.options.from, "a.json");
	assert_string_equal(parsed.keys, "fvL");
	clear(&parsed);
}

static void bad_lines_get_one_sentence(void **state)
{
	static const struct {
		const char *words[4];
		const char *sentence;
	} rows[] = {
		{ { "--vectr", "1" }, "vmxprobe: try has no option --vectr; did you mean --vector?\n" },
		{ { "--jsno" }, "vmxprobe: try has no option --jsno; did you mean --json?\n" },
		{ { "--zzz" }, "vmxprobe: try has no option --zzz; see \"vmxprobe try --help\"\n" },
		{ { "-x" }, "vmxprobe: try has no option -x; see \"vmxprobe try --help\"\n" },
		{ { "--vector" }, "vmxprobe: try: option --vector needs an argument; see \"vmxprobe "
				  "try --help\"\n" },
		{ { "--fast=1" }, "vmxprobe: try: option --fast=1 takes no argument\n" },
		{ { "--json=1" }, "vmxprobe: try: option --json=1 takes no argument\n" },
		{ { "7" }, "vmxprobe: try takes no argument \"7\"; see \"vmxprobe try --help\"\n" },
		{ { "--", "-f" }, "vmxprobe: try takes no argument \"-f\"; see \"vmxprobe try "
				  "--help\"\n" },
		{ { "--cpu", "x" }, "vmxprobe: --cpu: \"x\" is no list of CPUs; give numbers and "
				    "ranges, such as 0-3,7\n" },
		{ { "--cpu", "70000" }, "vmxprobe: --cpu: \"70000\" names a CPU above 65535\n" },
		{ { "--color", "red" }, "vmxprobe: --color: \"red\" is none of auto, always, "
					"never\n" },
		{ { "--vector", "bad" }, "vmxprobe: --vector: bad\n" },
	};
	struct parsed parsed;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].words[1])
			PARSE(&parsed, rows[i].words[0], rows[i].words[1]);
		else
			PARSE(&parsed, rows[i].words[0]);
		assert_int_equal(parsed.ret, EXIT_USAGE);
		assert_string_equal(parsed.err, rows[i].sentence);
		assert_string_equal(parsed.out, "");
		clear(&parsed);
	}
}

static void help_lists_everything(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--help");
	assert_int_equal(parsed.ret, 0);
	assert_true(parsed.options.help);
	assert_non_null(strstr(parsed.out, "Usage: vmxprobe try"));
	assert_non_null(strstr(parsed.out, "-v, --vector V"));
	assert_non_null(strstr(parsed.out, "    --only-long"));
	assert_non_null(strstr(parsed.out, "--cpu LIST"));
	assert_string_equal(parsed.err, "");
	clear(&parsed);
}

static void color_is_asked_for(void **state)
{
	struct parsed parsed;

	(void)state;
	PARSE(&parsed, "--color=always");
	assert_string_equal(out_style(OUT_BOLD), "\033[1m");
	clear(&parsed);
	PARSE(&parsed, "--color=never");
	assert_string_equal(out_style(OUT_BOLD), "");
	clear(&parsed);
}

static void slips_are_told_from_other_words(void **state)
{
	static const char *const words[] = { "summary", "caps", "inject", "matrix", NULL };

	(void)state;
	assert_string_equal(nearest("cap", words), "caps");
	assert_string_equal(nearest("acps", words), "caps");
	assert_string_equal(nearest("injetc", words), "inject");
	assert_string_equal(nearest("martix", words), "matrix");
	assert_null(nearest("", words));
	assert_null(nearest("xy", words));
	assert_null(nearest("a-word-far-too-long-to-be-any-of-these-words", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_means_all),
		cmocka_unit_test(common_and_own_options),
		cmocka_unit_test(bad_lines_get_one_sentence),
		cmocka_unit_test(help_lists_everything),
		cmocka_unit_test(color_is_asked_for),
		cmocka_unit_test(slips_are_told_from_other_words),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
