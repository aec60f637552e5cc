// SPDX-License-Identifier: GPL-2.0
/* The experiments in which guests are entered. */
#include "sdm_bench.h"

static void see_exit(struct bench *b, uint32_t reason)
{
	bench_see(b, (struct outcome){ .kind = OUTCOME_ENTERED, .exit_reason = reason });
}

static void see_error(struct bench *b, enum insn insn, uint32_t error)
{
	bench_see(b, (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = insn, .error = error });
}

bool bench_guest(struct bench *b, uint32_t id)
{
	switch (id) {
	case 105:
		see_exit(b, 18);
		see_error(b, INSN_VMLAUNCH, 4);
		see_exit(b, 18);
		see_error(b, INSN_VMRESUME, 5);
		see_exit(b, 18);
		return true;
	case 106:
		if (b->caps->ept)
			see_exit(b, b->caps->ept_vpid & 1 ? 18 : 49);
		return true;
	case 107:
		for (uint64_t bit = 0; b->caps->shadowing && bit < 2; bit++) {
			bench_with(b, bit);
			see_exit(b, bit ? 23 : 18);
			bench_look(b, bit ? 0 : 0x1234);
		}
		return true;
	default:
		return false;
	}
}
