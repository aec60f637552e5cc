/* SPDX-License-Identifier: GPL-2.0 */
/* Probing and judging a selection of claims on many CPUs. */
#ifndef VMXPROBE_VERIFY_H
#define VMXPROBE_VERIFY_H

#include "cpulist.h"
#include "run.h"
#include "verdict.h"

struct verify {
	const struct claim **claims;
	size_t n_claims;
	bool enter;			/* let guests run for those that need it */
	struct run run;			/* one job a CPU */
	struct verdict *verdicts;	/* n_claims for each of the jobs */
};

/* CPUs with the same verdict on one claim; verdict is that of the first of them. */
struct verify_answer {
	struct cpu_list cpus;
	const struct verdict *verdict;
};

/* All claims if n is 0. 0 or an exit code after one sentence, as the others here. */
int verify_select(struct verify *verify, const char *const *selections, size_t n);
/* Probe and judge; what could be judged is there whatever is returned. */
int verify_run(struct verify *verify, struct source *src, const struct cpu_list *cpus,
	       const struct probe_options *opt);
/*
 * The evidence of all claims to the CPUs, without what is there already; for reports. That of
 * guests that run only with enter.
 */
int verify_collect(struct source *src, const struct cpu_list *cpus,
		   const struct probe_options *opt, bool enter, struct run_cost *cost);
void verify_clear(struct verify *verify);

const struct verdict *verify_verdict(const struct verify *verify, size_t job, size_t claim);
/* The verdicts on one claim, in the order of their first CPU. */
int verify_fold(const struct verify *verify, size_t claim, struct verify_answer **answers,
		size_t *n);
void verify_free_answers(struct verify_answer *answers, size_t n);
/* Is it a rule, broken? A reading that a CPU does not follow is none. */
bool verify_violated(const struct verdict *verdict);
/* Was it not tested because no guest may run? */
bool verify_left_out(const struct verify *verify, const struct verdict *verdict);
/* EXIT_OK, EXIT_DIFFERENCE, or EXIT_INCOMPLETE if something that this version probes was not. */
int verify_exit(const struct verify *verify);

#endif
