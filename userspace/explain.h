/* SPDX-License-Identifier: GPL-2.0 */
/* What an outcome says about the probe that was asked. */
#ifndef VMXPROBE_EXPLAIN_H
#define VMXPROBE_EXPLAIN_H

#include "model.h"

/* How the CPU answered the question that the depth asks. */
enum answer {
	ANSWER_NONE,		/* not run or not tested */
	ANSWER_ACCEPTED,
	ANSWER_REFUSED,
	ANSWER_UNEXPECTED,	/* run, and neither of the two */
};

enum answer explain_answer(enum depth depth, const struct outcome *outcome);
const char *answer_name(enum answer answer);	/* "accepted" */

/*
 * One sentence (two where something unexpected needs it) for a person, to be freed. Stops
 * the program if there is no memory, as out_format() does.
 */
char *explain_sentence(enum depth depth, const struct outcome *outcome);
/* The same of a guest that arrived: with the place that it left from. */
char *explain_arrival(const struct group *group, const struct outcome *outcome,
		      const struct arrival *arrival);
/* The raw outcome: every member that is valid for its kind, in one line; to be freed. */
char *explain_raw(const struct outcome *outcome);

#endif
