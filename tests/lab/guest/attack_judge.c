// SPDX-License-Identifier: GPL-2.0
/* What the contract says of replies: each attribute known, of its size, where it belongs. */
#include "attack_attr.h"

enum { NO, U32, U64, FLAG, BYTES, NEST, PAD };

struct rules {
	unsigned int n;
	struct rule {
		uint8_t kind;
		const struct rules *in;
	} of[24];
};

#define RULES(max, ...)	{ (max) + 1, { __VA_ARGS__ } }
#define IS(what)	{ .kind = what }

static const struct rules cpuid = RULES(VMXPROBE_A_CPUID_MAX,
	[VMXPROBE_A_CPUID_LEAF ... VMXPROBE_A_CPUID_EDX] = IS(U32));
static const struct rules msr = RULES(VMXPROBE_A_MSR_MAX,
	[VMXPROBE_A_MSR_INDEX] = IS(U32),
	[VMXPROBE_A_MSR_STATE] = IS(U32),
	[VMXPROBE_A_MSR_PAD] = IS(PAD),
	[VMXPROBE_A_MSR_VALUE] = IS(U64));
static const struct rules cpu = RULES(VMXPROBE_A_CPU_MAX,
	[VMXPROBE_A_CPU_ID] = IS(U32),
	[VMXPROBE_A_CPU_READINESS] = IS(U32),
	[VMXPROBE_A_CPU_MICROCODE] = IS(U32),
	[VMXPROBE_A_CPU_CPUID] = { NEST, &cpuid },
	[VMXPROBE_A_CPU_MSR] = { NEST, &msr });
static const struct rules arrival = RULES(VMXPROBE_A_ARRIVAL_MAX,
	[VMXPROBE_A_ARRIVAL_FIELDS] = IS(BYTES),
	[VMXPROBE_A_ARRIVAL_STACK] = IS(BYTES),
	[VMXPROBE_A_ARRIVAL_PAD] = IS(PAD),
	[VMXPROBE_A_ARRIVAL_RAX] = IS(U64),
	[VMXPROBE_A_ARRIVAL_RDX] = IS(U64),
	[VMXPROBE_A_ARRIVAL_CR2] = IS(U64),
	[VMXPROBE_A_ARRIVAL_DR6] = IS(U64),
	[VMXPROBE_A_ARRIVAL_TICKS] = IS(U64));
static const struct rules outcome = RULES(VMXPROBE_A_OUTCOME_MAX,
	[VMXPROBE_A_OUTCOME_KIND] = IS(U32),
	[VMXPROBE_A_OUTCOME_READINESS] = IS(U32),
	[VMXPROBE_A_OUTCOME_INSN] = IS(U32),
	[VMXPROBE_A_OUTCOME_VECTOR] = IS(U32),
	[VMXPROBE_A_OUTCOME_ERROR] = IS(U32),
	[VMXPROBE_A_OUTCOME_FIELD] = IS(U32),
	[VMXPROBE_A_OUTCOME_EXIT_REASON] = IS(U32),
	[VMXPROBE_A_OUTCOME_PAD] = IS(PAD),
	[VMXPROBE_A_OUTCOME_QUALIFICATION] = IS(U64),
	[VMXPROBE_A_OUTCOME_INTR_INFO] = IS(U32),
	[VMXPROBE_A_OUTCOME_INTR_ERROR_CODE] = IS(U32),
	[VMXPROBE_A_OUTCOME_IDT_VECTORING_INFO] = IS(U32),
	[VMXPROBE_A_OUTCOME_IDT_VECTORING_ERROR_CODE] = IS(U32),
	[VMXPROBE_A_OUTCOME_GUEST_RIP] = IS(U64),
	[VMXPROBE_A_OUTCOME_ARRIVAL] = { NEST, &arrival });
static const struct rules probe = RULES(VMXPROBE_A_PROBE_MAX,
	[VMXPROBE_A_PROBE_CPU] = IS(U32),
	[VMXPROBE_A_PROBE_DONE] = IS(U32),
	[VMXPROBE_A_PROBE_OUTCOME] = { NEST, &outcome },
	[VMXPROBE_A_PROBE_INDEX] = IS(BYTES),
	/* No host-change: there must be none. */
	[VMXPROBE_A_PROBE_WINDOWS] = IS(U32),
	[VMXPROBE_A_PROBE_WINDOW_ENTRIES] = IS(U32),
	[VMXPROBE_A_PROBE_PAD] = IS(PAD),
	[VMXPROBE_A_PROBE_WINDOW_TICKS] = IS(U64),
	[VMXPROBE_A_PROBE_WINDOW_TICKS_MAX] = IS(U64),
	[VMXPROBE_A_PROBE_INTERRUPTED] = IS(U32),
	[VMXPROBE_A_PROBE_NMIS] = IS(U32),
	[VMXPROBE_A_PROBE_BORROWED] = IS(U32));
static const struct rules access_rules = RULES(VMXPROBE_A_ACCESS_MAX,
	[VMXPROBE_A_ACCESS_ENCODING] = IS(U32),
	[VMXPROBE_A_ACCESS_READ] = { NEST, &outcome },
	[VMXPROBE_A_ACCESS_WRITE] = { NEST, &outcome },
	[VMXPROBE_A_ACCESS_PAD] = IS(PAD),
	[VMXPROBE_A_ACCESS_ONES] = IS(U64));
static const struct rules fields = RULES(VMXPROBE_A_FIELDS_MAX,
	[VMXPROBE_A_FIELDS_CPU] = IS(U32),
	[VMXPROBE_A_FIELDS_NEXT] = IS(U32),
	[VMXPROBE_A_FIELDS_FAILED] = { NEST, &outcome },
	[VMXPROBE_A_FIELDS_ACCESS] = { NEST, &access_rules },
	[VMXPROBE_A_FIELDS_BORROWED] = IS(U32),
	[VMXPROBE_A_FIELDS_WINDOWS] = IS(U32),
	[VMXPROBE_A_FIELDS_PAD] = IS(PAD),
	[VMXPROBE_A_FIELDS_WINDOW_TICKS] = IS(U64),
	[VMXPROBE_A_FIELDS_WINDOW_TICKS_MAX] = IS(U64));
static const struct rules observation = RULES(VMXPROBE_A_OBSERVATION_MAX,
	[VMXPROBE_A_OBSERVATION_PAD] = IS(PAD),
	[VMXPROBE_A_OBSERVATION_ARG] = IS(U64),
	[VMXPROBE_A_OBSERVATION_OUTCOME] = { NEST, &outcome },
	[VMXPROBE_A_OBSERVATION_VALUE] = IS(U64),
	[VMXPROBE_A_OBSERVATION_SET_UP] = IS(FLAG));
static const struct rules experiment = RULES(VMXPROBE_A_EXPERIMENT_MAX,
	[VMXPROBE_A_EXPERIMENT_CPU] = IS(U32),
	[VMXPROBE_A_EXPERIMENT_FAILED] = { NEST, &outcome },
	[VMXPROBE_A_EXPERIMENT_OBSERVATION] = { NEST, &observation },
	[VMXPROBE_A_EXPERIMENT_ENTRIES] = IS(U32),
	[VMXPROBE_A_EXPERIMENT_PAD] = IS(PAD),
	[VMXPROBE_A_EXPERIMENT_TICKS] = IS(U64),
	[VMXPROBE_A_EXPERIMENT_BORROWED] = IS(U32));

static const struct rules *const replies[__VMXPROBE_CMD_MAX] = {
	[VMXPROBE_CMD_CPU] = &cpu,
	[VMXPROBE_CMD_PROBE] = &probe,
	[VMXPROBE_CMD_FIELDS] = &fields,
	[VMXPROBE_CMD_EXPERIMENT] = &experiment,
};

static const char *check(struct range r, const struct rules *rules)
{
	static const int sizes[] = { [U32] = 4, [U64] = 8, [FLAG] = 0, [PAD] = 0 };
	const struct nlattr *nla;
	const char *bad;

	while ((nla = next(&r))) {
		unsigned int type = type_of(nla);
		int n = nla->nla_len - NLA_HDRLEN;

		if (type >= rules->n || rules->of[type].kind == NO)
			return (rules == &probe && type == VMXPROBE_A_PROBE_HOST_CHANGE) ||
			       (rules == &experiment && type == VMXPROBE_A_EXPERIMENT_HOST_CHANGE) ?
				"host state changed" : "an attribute that does not belong there";
		if (rules->of[type].kind == NEST) {
			bad = check(inside(nla), rules->of[type].in);
			if (bad)
				return bad;
		} else if (rules->of[type].kind != BYTES && n != sizes[rules->of[type].kind]) {
			return "an attribute of another size";
		}
	}
	return r.at == r.end ? NULL : "bytes left behind the attributes";
}

/* Of a request that was taken, so it is sound. */
static bool enters(const struct nlmsghdr *request)
{
	struct range r = of_message(request);
	const struct nlattr *nla;
	bool enter = false;

	while ((nla = next(&r)))
		if (type_of(nla) == VMXPROBE_A_PROBE_GROUP)
			enter |= last_u32(inside(nla), VMXPROBE_A_GROUP_DEPTH, 0) ==
				 VMXPROBE_DEPTH_ENTER;
	return enter;
}

static const char *judge_probe(struct counts *counts, const struct nlmsghdr *request,
			       const struct nlmsghdr *reply)
{
	const uint32_t window = last_u32(of_message(request), VMXPROBE_A_PROBE_WINDOW,
					 VMXPROBE_MAX_WINDOW);
	const bool enter = enters(request);
	struct range r = of_message(reply);
	uint32_t done = 0, n_outcomes = 0, guests = 0, kind;
	uint8_t entered[256] = { 0 };
	const struct nlattr *nla, *index = NULL;

	while ((nla = next(&r))) {
		switch (type_of(nla)) {
		case VMXPROBE_A_PROBE_DONE:
			done = u32_of(nla);
			break;
		case VMXPROBE_A_PROBE_OUTCOME:
			kind = last_u32(inside(nla), VMXPROBE_A_OUTCOME_KIND, 0);
			if (!kind || kind > VMXPROBE_KIND_WITHHELD || n_outcomes == 255)
				return "an outcome too many, or of no kind";
			if (!enter && (kind == VMXPROBE_KIND_ENTERED || kind == VMXPROBE_KIND_STOPPED))
				return "a guest was entered, and not at depth enter";
			entered[n_outcomes++] = kind == VMXPROBE_KIND_ENTERED;
			break;
		case VMXPROBE_A_PROBE_INDEX:
			index = nla;
			break;
		case VMXPROBE_A_PROBE_WINDOWS:
			counts->windows += u32_of(nla);
			break;
		case VMXPROBE_A_PROBE_WINDOW_ENTRIES:
			if (u32_of(nla) > window)
				return "a window of more entries than were asked for";
			break;
		case VMXPROBE_A_PROBE_BORROWED:
			counts->borrowed += u32_of(nla);
			break;
		}
	}
	if (!index || index->nla_len != NLA_HDRLEN + done || !done || done > VMXPROBE_MAX_PROBES)
		return "the index is not of the probes that are answered";
	for (uint32_t i = 0; i < done; i++) {
		uint8_t slot = ((const uint8_t *)index)[NLA_HDRLEN + i];

		if (slot >= n_outcomes)
			return "an index of no outcome";
		guests += entered[slot];
	}
	counts->probes += done;
	counts->guests += guests;
	return NULL;
}

static void count_experiment(struct counts *counts, const struct nlmsghdr *request,
			     const struct nlmsghdr *reply)
{
	struct range r = of_message(reply);
	const struct nlattr *nla;
	bool seen = false;

	while ((nla = next(&r))) {
		if (type_of(nla) == VMXPROBE_A_EXPERIMENT_OBSERVATION) {
			counts->observations++;
			seen = true;
		} else if (type_of(nla) == VMXPROBE_A_EXPERIMENT_ENTRIES) {
			counts->windows++;
			counts->entries += u32_of(nla);
		} else if (type_of(nla) == VMXPROBE_A_EXPERIMENT_BORROWED) {
			counts->borrowed += u32_of(nla);
		}
	}
	r = of_message(request);
	while (seen && (nla = next(&r)))
		if (type_of(nla) == VMXPROBE_A_EXPERIMENT_ID)
			counts->experiments[u32_of(nla) & 255] = 1;
}

const char *judge_reply(struct counts *counts, const struct nlmsghdr *request,
			const struct nlmsghdr *reply)
{
	const struct genlmsghdr *asked = NLMSG_DATA(request), *genl = NLMSG_DATA(reply);
	struct range r = of_message(reply);
	const struct nlattr *first;
	const char *bad;

	if (reply->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || !genl->cmd ||
	    genl->cmd >= __VMXPROBE_CMD_MAX || genl->cmd != asked->cmd)
		return "a reply of another command";
	bad = check(r, replies[genl->cmd]);
	if (bad)
		return bad;
	/* The CPU is the first attribute of all replies. */
	first = next(&r);
	if (!first || type_of(first) != VMXPROBE_A_PROBE_CPU)
		return "a reply of no CPU";
	if (!is_possible(u32_of(first)))
		return "a reply of a CPU that there is not";
	/* Which has the same number in all requests. */
	if (!(reply->nlmsg_flags & NLM_F_MULTI) &&
	    u32_of(first) != last_u32(of_message(request), VMXPROBE_A_PROBE_CPU, -1))
		return "a reply of another CPU";
	bad = judge_taken(request);
	if (bad)
		return bad;
	counts->replies[genl->cmd]++;
	if (genl->cmd == VMXPROBE_CMD_PROBE)
		return judge_probe(counts, request, reply);
	if (genl->cmd == VMXPROBE_CMD_EXPERIMENT)
		count_experiment(counts, request, reply);
	return NULL;
}
