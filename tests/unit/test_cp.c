// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cp.h"

#define A ANSWER_ACCEPTED
#define R ANSWER_REFUSED
#define U ANSWER_UNEXPECTED

static void readings_are_told_apart(void **state)
{
	static const struct {
		struct cp_answer answer;	/* bit 56, CET, without, with */
		enum cp_verdict verdict;
	} rows[] = {
		{ { 0, 0, A, R }, CP_AGREED },
		{ { 0, 0, R, A }, CP_NEITHER },
		{ { 0, 0, A, A }, CP_NEITHER },
		{ { 0, 0, R, R }, CP_NEITHER },
		{ { 0, 1, A, R }, CP_LITERAL },
		{ { 0, 1, R, A }, CP_FOOTNOTE },
		{ { 0, 1, A, A }, CP_NEITHER },
		{ { 1, 1, A, A }, CP_FREE },
		{ { 1, 0, A, A }, CP_FREE },
		{ { 1, 1, A, R }, CP_NEITHER },
		{ { 1, 1, R, A }, CP_NEITHER },
		{ { 0, 1, U, R }, CP_NEITHER },
		{ { 1, 1, A, U }, CP_NEITHER },
		{ { 0, 0, ANSWER_NONE, R }, CP_NOT_TESTED },
		{ { 1, 1, A, ANSWER_NONE }, CP_NOT_TESTED },
		{ { -1, 0, A, R }, CP_NOT_TESTED },
		{ { 0, -1, A, R }, CP_NOT_TESTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(cp_verdict(&rows[i].answer), rows[i].verdict);
}

static void assert_explained(struct cp_answer answer, const char *expected)
{
	const struct outcome why = { .kind = OUTCOME_NOT_READY, .readiness = READINESS_IN_USE };
	char *text = cp_explain(&answer, &why);

	assert_string_equal(text, expected);
	free(text);
}

static void answers_are_explained(void **state)
{
	(void)state;
	assert_explained((struct cp_answer){ 0, 1, R, A },
			 "IA32_VMX_BASIC[56] = 0 and IA32_VMX_CR4_FIXED1[23] = 1. Then the SDM "
			 "read literally wants #CP without an error code, by its footnote with "
			 "one. Executed: refused without an error code, accepted with one, so "
			 "this CPU follows the footnote.");
	assert_explained((struct cp_answer){ 0, 0, ANSWER_NONE, ANSWER_NONE },
			 "IA32_VMX_BASIC[56] = 0 and IA32_VMX_CR4_FIXED1[23] = 0. Then both "
			 "readings of the SDM, the literal one and that of the footnote, want "
			 "#CP without an error code. Not run: in use by another hypervisor.");
	assert_explained((struct cp_answer){ -1, -1, A, A },
			 "Not run: in use by another hypervisor.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_are_told_apart),
		cmocka_unit_test(answers_are_explained),
	};

	return cmocka_run_group_tests_name("cp", tests, NULL, NULL);
}
