// SPDX-License-Identifier: GPL-2.0
#include "claim.h"

#include <string.h>
#include <strings.h>

#include "experiments.h"
#include "sections.h"
#include "verdict_fields.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A probe that lets no guest run ends with what it expects. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct claim inject[] = {
#include "claims_inject.def"
};

#if __has_include("claims_caps.def")
static const struct claim caps[] = {
#include "claims_caps.def"
};
#endif

static const struct claim controls[] = {
#include "claims_controls.def"
#include "claims_control_fields.def"
};

static const struct claim fields[] = {
#include "claims_fields.def"
};

static const struct claim state[] = {
#include "claims_state.def"
#include "claims_segments.def"
};

static const struct claim limits[] = {
#include "claims_limits.def"
};

static const struct claim host[] = {
#include "claims_host.def"
#include "claims_lists.def"
};

static const struct claim instructions[] = {
#include "claims_instructions.def"
};

static const struct claim deliver[] = {
#include "claims_deliver.def"
#include "claims_enter.def"
};

#pragma GCC diagnostic pop

static const struct {
	const struct claim *rows;
	size_t n;
} tables[] = {
	{ inject, ARRAY_SIZE(inject) },
#if __has_include("claims_caps.def")
	{ caps, ARRAY_SIZE(caps) },
#endif
	{ controls, ARRAY_SIZE(controls) },
	{ fields, ARRAY_SIZE(fields) },
	{ state, ARRAY_SIZE(state) },
	{ limits, ARRAY_SIZE(limits) },
	{ host, ARRAY_SIZE(host) },
	{ instructions, ARRAY_SIZE(instructions) },
	{ deliver, ARRAY_SIZE(deliver) },
};

bool claim_enters(const struct claim *claim)
{
	for (size_t i = 0; i < CLAIM_MAX_PROBES && claim->probes[i].expect; i++)
		if (claim->probes[i].depth == DEPTH_ENTER)
			return true;
	for (size_t i = 0; i < CLAIM_MAX_TRIALS && claim->trials[i].expect; i++) {
		const struct experiment_info *info = experiments_find(claim->trials[i].experiment);

		if (info && info->enters)
			return true;
	}
	return false;
}

size_t claims_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		n += tables[i].n;
	return n;
}

const struct claim *claims_get(size_t i)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		if (i < tables[t].n)
			return &tables[t].rows[i];
		i -= tables[t].n;
	}
	return NULL;
}

const struct claim *claims_find(const char *id)
{
	for (size_t i = 0; i < claims_count(); i++) {
		const struct claim *claim = claims_get(i);

		if (!strcasecmp(claim->id, id) || !strcasecmp(claim->catalogue, id))
			return claim;
	}
	return NULL;
}

/* The text, or all of it up to one of its separators. */
static bool leads(const char *prefix, const char *text, char separator)
{
	size_t len = strlen(prefix);

	return len && !strncasecmp(prefix, text, len) &&
	       (!text[len] || text[len] == separator);
}

bool claim_selected(const struct claim *claim, const char *selection)
{
	return leads(selection, claim->id, '.') || leads(selection, claim->catalogue, '-');
}
