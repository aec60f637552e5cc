// SPDX-License-Identifier: GPL-2.0
#include "cp.h"

#include <stdlib.h>

#include "deliver.h"
#include "inject.h"
#include "out.h"

#define VECTOR_CP 21
#define BASIC_ANY_CODE 56
#define CR4_CET 23

static int bit(const struct cpu *cpu, uint32_t index, unsigned int bit)
{
	uint64_t value;

	return cpu_msr_value(cpu, index, &value) ? (int)(value >> bit & 1) : -1;
}

struct cp_answer cp_answer(const struct cpu *cpu, const struct matrix *matrix)
{
	const struct matrix_mode *mode = matrix_mode(matrix, true, false);
	struct cp_answer answer = {
		.any_code = bit(cpu, MSR_IA32_VMX_BASIC, BASIC_ANY_CODE),
		.cet = bit(cpu, MSR_IA32_VMX_CR4_FIXED1, CR4_CET),
	};

	if (mode) {
		answer.without = mode->cell[INTR_TYPE_HARDWARE_EXCEPTION][0][VECTOR_CP];
		answer.with = mode->cell[INTR_TYPE_HARDWARE_EXCEPTION][1][VECTOR_CP];
	}
	return answer;
}

enum cp_verdict cp_verdict(const struct cp_answer *answer)
{
	bool without = answer->without == ANSWER_ACCEPTED, with = answer->with == ANSWER_ACCEPTED;

	if (answer->without == ANSWER_NONE || answer->with == ANSWER_NONE ||
	    answer->any_code < 0 || answer->cet < 0)
		return CP_NOT_TESTED;
	if (answer->without == ANSWER_UNEXPECTED || answer->with == ANSWER_UNEXPECTED)
		return CP_NEITHER;
	if (answer->any_code)
		return without && with ? CP_FREE : CP_NEITHER;
	if (without == with)
		return CP_NEITHER;
	if (!answer->cet)
		return without ? CP_AGREED : CP_NEITHER;
	return without ? CP_LITERAL : CP_FOOTNOTE;
}

const char *cp_verdict_name(enum cp_verdict verdict)
{
	static const char *const names[] = {
		[CP_NOT_TESTED] = "not-tested",
		[CP_FREE] = "free",
		[CP_AGREED] = "readings-agree",
		[CP_LITERAL] = "literal",
		[CP_FOOTNOTE] = "footnote",
		[CP_NEITHER] = "neither",
	};

	return names[verdict];
}

/* What the enumeration asks for, a sentence. */
static const char *expected(const struct cp_answer *answer)
{
	if (answer->any_code)
		return "The SDM then lets any hardware exception carry an error code or not.";
	if (answer->cet)
		return "Then the SDM read literally wants #CP without an error code, by its "
		       "footnote with one.";
	return "Then both readings of the SDM, the literal one and that of the footnote, want #CP "
	       "without an error code.";
}

static const char *conclusion(enum cp_verdict verdict)
{
	switch (verdict) {
	case CP_FREE:
		return "so this CPU keeps to it and the two readings of #CP do not matter on it";
	case CP_AGREED:
		return "so this CPU follows both";
	case CP_LITERAL:
		return "so this CPU follows the literal reading";
	case CP_FOOTNOTE:
		return "so this CPU follows the footnote";
	case CP_NEITHER:
	case CP_NOT_TESTED:
		break;
	}
	return "so this CPU does what no reading of the SDM says";
}

char *cp_explain(const struct cp_answer *answer, const struct outcome *why)
{
	enum cp_verdict verdict = cp_verdict(answer);
	char *untested, *text;

	if (verdict == CP_NOT_TESTED) {
		untested = explain_sentence(DEPTH_CONTROLS, why);
		if (answer->any_code < 0 || answer->cet < 0)
			return untested;
		text = out_format("IA32_VMX_BASIC[56] = %d and IA32_VMX_CR4_FIXED1[23] = %d. %s %s",
				  answer->any_code, answer->cet, expected(answer), untested);
		free(untested);
		return text;
	}
	return out_format("IA32_VMX_BASIC[56] = %d and IA32_VMX_CR4_FIXED1[23] = %d. %s Executed: "
			  "%s without an error code, %s with one, %s.", answer->any_code,
			  answer->cet, expected(answer), answer_name(answer->without),
			  answer_name(answer->with), conclusion(verdict));
}

/* What became of a #CP with or without an error code, by evidence of "deliver". */
static enum delivered delivered(const struct cpu *cpu, const struct group *group, bool code)
{
	const struct inject inject = {
		.type = INTR_TYPE_HARDWARE_EXCEPTION,
		.vector = VECTOR_CP,
		.deliver_error_code = code,
	};

	for (size_t i = 0; i < cpu->n_evidence; i++) {
		const struct evidence *ev = &cpu->evidence[i];
		size_t probe = group_find(&ev->group, inject_info(&inject));

		if (group_same_base(&ev->group, group) && probe < ev->n_index)
			return delivery_of(ev, probe).kind;
	}
	return DELIVERED_NOT_RUN;
}

char *cp_delivered(const struct cpu *cpu)
{
	const struct deliver_event event = {
		.guest = GUEST_LONG,
		.error_code = DELIVER_ERROR_CODE,
		.length = 1,
	};
	enum delivered without, with;
	struct group group;

	if (deliver_group(cpu, &event, &group))
		return out_format("%s", "");
	without = delivered(cpu, &group, false);
	with = delivered(cpu, &group, true);
	group_clear(&group);
	if (without == DELIVERED_NOT_RUN || with == DELIVERED_NOT_RUN)
		return out_format("%s", "");
	return out_format("Run in a 64-bit guest: where none was asked for, %s; where one was, %s.",
			  delivered_text(without), delivered_text(with));
}
