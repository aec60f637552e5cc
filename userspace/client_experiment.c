// SPDX-License-Identifier: GPL-2.0
/* The command "experiment": the request, and the answer from bytes to the model. */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "../netlink/vmxprobe.h"
#include "client_parts.h"
#include "experiments.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What an arg or a value can be is the contract's number, which these stand for above. */
_Static_assert(INSN_VMXON == (int)VMXPROBE_INSN_VMXON &&
	       INSN_VMCLEAR == (int)VMXPROBE_INSN_VMCLEAR &&
	       INSN_VMPTRLD == (int)VMXPROBE_INSN_VMPTRLD &&
	       INSN_VMREAD == (int)VMXPROBE_INSN_VMREAD &&
	       INSN_VMWRITE == (int)VMXPROBE_INSN_VMWRITE &&
	       INSN_VMLAUNCH == (int)VMXPROBE_INSN_VMLAUNCH &&
	       INSN_VMXOFF == (int)VMXPROBE_INSN_VMXOFF &&
	       INSN_VMPTRST == (int)VMXPROBE_INSN_VMPTRST &&
	       INSN_VMRESUME == (int)VMXPROBE_INSN_VMRESUME &&
	       INSN_INVEPT == (int)VMXPROBE_INSN_INVEPT &&
	       INSN_INVVPID == (int)VMXPROBE_INSN_INVVPID &&
	       INSN_VMCALL == (int)VMXPROBE_INSN_VMCALL &&
	       INSN_VMFUNC == (int)VMXPROBE_INSN_VMFUNC, "arg of \"outside\"");
_Static_assert(REGION_VMXON == (int)VMXPROBE_REGION_VMXON &&
	       REGION_VMCS == (int)VMXPROBE_REGION_VMCS &&
	       REGION_SECOND == (int)VMXPROBE_REGION_SECOND, "value of VMPTRST");

static int parse_observation(const struct nlattr *nest, struct experiment *experiment)
{
	static const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_OBSERVATION_ARG, struct observation, arg),
		ATTR_SLOT(VMXPROBE_A_OBSERVATION_VALUE, struct observation, value),
		ATTR_FLAG(VMXPROBE_A_OBSERVATION_SET_UP),
	};
	struct observation observation = { 0 };
	struct attr_walk walk = attr_nest(nest);
	const struct nlattr *attr;
	bool ended = false;
	uint32_t seen = 0;
	int ret = 0;

	while (!ret && (attr = attr_next(&walk))) {
		if (mnl_attr_get_type(attr) != VMXPROBE_A_OBSERVATION_OUTCOME) {
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &observation, &seen);
			continue;
		}
		if (ended)
			return -EPROTO;
		ended = true;
		ret = attr_outcome(attr, &observation.outcome);
	}
	if (ret || walk.left || !ended)
		return -EPROTO;
	observation.has_arg = attr_has(seen, ATTR_BIT(VMXPROBE_A_OBSERVATION_ARG));
	observation.has_value = attr_has(seen, ATTR_BIT(VMXPROBE_A_OBSERVATION_VALUE));
	observation.set_up = attr_has(seen, ATTR_BIT(VMXPROBE_A_OBSERVATION_SET_UP));
	return experiment_add(experiment, &observation);
}

int client_parse_experiment(const void *attrs, size_t len, unsigned int cpu,
			    struct experiment *experiment, struct client_cost *cost)
{
	struct {
		uint32_t cpu, entries, borrowed;
		uint64_t ticks;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_EXPERIMENT_CPU, __typeof__(got), cpu),
		ATTR_SLOT(VMXPROBE_A_EXPERIMENT_ENTRIES, __typeof__(got), entries),
		ATTR_SLOT(VMXPROBE_A_EXPERIMENT_BORROWED, __typeof__(got), borrowed),
		ATTR_SLOT(VMXPROBE_A_EXPERIMENT_TICKS, __typeof__(got), ticks),
	};
	struct attr_walk walk = { attrs, len };
	const struct nlattr *attr;
	bool failed = false;
	uint32_t seen = 0;
	int ret = 0;

	memset(cost, 0, sizeof(*cost));
	experiment->why = (struct outcome){ .kind = OUTCOME_OK };
	while (!ret && (attr = attr_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_EXPERIMENT_FAILED:
			if (failed)
				return -EPROTO;
			failed = true;
			ret = attr_outcome(attr, &experiment->why);
			break;
		case VMXPROBE_A_EXPERIMENT_OBSERVATION:
			ret = parse_observation(attr, experiment);
			break;
		case VMXPROBE_A_EXPERIMENT_HOST_CHANGE:
			ret = attr_change(attr, cost);
			break;
		default:
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (ret)
		return ret;
	if (walk.left || !attr_has(seen, ATTR_BIT(VMXPROBE_A_EXPERIMENT_CPU)) || got.cpu != cpu)
		return -EPROTO;
	/* A reason why nothing was seen, and what was seen all the same, contradict each other. */
	if (failed && (experiment->n || experiment->why.kind == OUTCOME_OK))
		return -EPROTO;
	cost->stats = (struct window_stats){
		.windows = !failed,
		.borrowed = got.borrowed,
		.max_entries = got.entries,
		.ticks = got.ticks,
		.max_ticks = got.ticks,
	};
	return 0;
}

/* One request. */
struct asking {
	unsigned int cpu;
	struct experiment *experiment;
	struct client_cost cost;
	bool answered;
};

static int take_answer(const void *attrs, size_t len, void *arg)
{
	struct asking *asking = arg;
	int ret;

	if (asking->answered)
		return -EPROTO;
	asking->answered = true;
	ret = client_parse_experiment(attrs, len, asking->cpu, asking->experiment, &asking->cost);
	asking->cost.stats.reply_bytes = NLMSG_HDRLEN + GENL_HDRLEN + len;
	return ret;
}

int client_experiment(struct client *client, unsigned int cpu, uint32_t id,
		      const struct probe_options *opt, struct experiment *experiment,
		      struct probe_report *report, struct client_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct asking asking = { .cpu = cpu, .experiment = experiment };
	struct genl_error genl;
	struct nlmsghdr *nlh;
	int ret;

	nlh = genl_start(client->genl, buf, VMXPROBE_CMD_EXPERIMENT, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_CPU, cpu);
	mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_ID, id);
	if (opt->check_host)
		mnl_attr_put(nlh, VMXPROBE_A_EXPERIMENT_CHECK_HOST, 0, NULL);
	if (opt->borrow)
		mnl_attr_put(nlh, VMXPROBE_A_EXPERIMENT_BORROW, 0, NULL);
	ret = genl_talk(client->genl, nlh, take_answer, &asking, &genl);
	if (!ret && !asking.answered)
		ret = client_refuse_errno(error, EPROTO);
	else if (ret)
		client_refuse(error, &genl, nlh);
	else if (client_add_cost(report, &asking.cost))
		ret = client_refuse_errno(error, ENOMEM);

	if (ret) {
		enum not_tested why = NOT_TESTED_FAILED;

		/* The command, or the experiment, or a number this high is not the module's. */
		if (ret == -EOPNOTSUPP || ret == -ERANGE) {
			why = NOT_TESTED_OLD_MODULE;
			ret = 0;
		}
		experiment_clear(experiment);
		experiment->why = (struct outcome){ .why = why };
	}
	experiment->id = id;
	return ret;
}
