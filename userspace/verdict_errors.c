// SPDX-License-Identifier: GPL-2.0
/* Judging claims that a VM-instruction error is never given: every VMfailValid is looked at. */
#include "verdict_errors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments.h"
#include "explain.h"
#include "names.h"
#include "reproduce.h"

/* What was looked at so far. */
struct looking {
	uint32_t error;
	size_t failures, found;
	char *where;		/* the first that was found; to be freed */
	char *command;		/* what shows it again */
};

/* Is it one more, the first, that the claim says cannot be? */
static bool look(struct looking *looking, const struct outcome *outcome)
{
	if (outcome->kind != OUTCOME_FAIL_VALID)
		return false;
	looking->failures++;
	return outcome->error == looking->error && !looking->found++;
}

static int found(struct looking *looking, char *where, const struct outcome *outcome)
{
	char *raw = explain_raw(outcome);

	if (!where || !raw || asprintf(&looking->where, "%s: %s", where, raw) < 0)
		looking->where = NULL;
	free(where);
	free(raw);
	return looking->where && looking->command ? 0 : -ENOMEM;
}

static int look_at_probes(struct looking *looking, const struct claim *claim, const struct cpu *cpu)
{
	for (size_t e = 0; e < cpu->n_evidence; e++) {
		const struct group *group = &cpu->evidence[e].group;

		for (size_t i = 0; i < cpu->evidence[e].n_index; i++) {
			const struct outcome *outcome = evidence_outcome(&cpu->evidence[e], i);

			if (!look(looking, outcome))
				continue;
			looking->command = reproduce_command(claim->id, cpu, group, i);
			if (found(looking, reproduce_describe(group, i), outcome))
				return -ENOMEM;
		}
	}
	return 0;
}

static int look_at_experiments(struct looking *looking, const struct cpu *cpu)
{
	for (size_t e = 0; e < cpu->n_experiments; e++) {
		const struct experiment *made = &cpu->experiments[e];
		const struct experiment_info *info = experiments_find_id(made->id);

		for (size_t i = 0; i < made->n; i++) {
			if (!info || !look(looking, &made->list[i].outcome))
				continue;
			looking->command = reproduce_experiment(info, cpu);
			if (found(looking, reproduce_observation(info, &made->list[i]),
				  &made->list[i].outcome))
				return -ENOMEM;
		}
	}
	return 0;
}

static int look_at_fields(struct looking *looking, const struct cpu *cpu)
{
	const struct field_map *map = &cpu->fields;

	for (size_t i = 0; i < map->n; i++) {
		const struct outcome *const both[] = { &map->list[i].read, &map->list[i].write };

		for (size_t k = 0; k < 2; k++) {
			if (!look(looking, both[k]))
				continue;
			if (asprintf(&looking->command, "vmxprobe fields --cpu %u", cpu->id) < 0)
				looking->command = NULL;
			if (found(looking, strdup("map of VMCS fields"), both[k]))
				return -ENOMEM;
		}
	}
	return 0;
}

/* What a verdict says after looking. */
static int conclude(const struct looking *looking, const struct cpu *cpu, struct verdict *verdict)
{
	if (!looking->failures) {
		if (cpu_unready(cpu))
			verdict->reason = strdup(readiness_text(cpu->readiness));
		else
			verdict->reason = strdup("no VMfailValid was seen");
		return verdict->reason ? 0 : -ENOMEM;
	}
	verdict->probes = looking->failures;
	verdict->broken = looking->found;
	if (asprintf(&verdict->expected, "VMfailValid with another VM-instruction error than %u",
		     looking->error) < 0)
		verdict->expected = NULL;
	if (looking->found) {
		verdict->kind = VERDICT_VIOLATED;
		return verdict->expected ? 0 : -ENOMEM;
	}
	verdict->kind = VERDICT_HOLDS;
	if (asprintf(&verdict->seen, "%zu VMfailValid with others", looking->failures) < 0)
		verdict->seen = NULL;
	return verdict->expected && verdict->seen ? 0 : -ENOMEM;
}

int verdict_errors(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	struct looking looking = { .error = strtoul(claim->holds, NULL, 10) };
	int err = look_at_probes(&looking, claim, cpu);

	if (!err)
		err = look_at_experiments(&looking, cpu);
	if (!err)
		err = look_at_fields(&looking, cpu);
	verdict->seen = looking.where;
	verdict->reproduce = looking.command;
	return err ? err : conclude(&looking, cpu, verdict);
}
