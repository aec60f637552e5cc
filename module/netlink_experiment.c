// SPDX-License-Identifier: GPL-2.0
/* The command "experiment". */
#include <linux/slab.h>
#include "experiment.h"
#include "netlink_common.h"

#define OBSERVATION_SIZE	(OUTCOME_SIZE + 48)

static int fill_observation(struct sk_buff *skb, const struct vmxprobe_observation *seen)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_EXPERIMENT_OBSERVATION);

	if (!nest ||
	    (seen->has_arg && nla_put_u64_64bit(skb, VMXPROBE_A_OBSERVATION_ARG, seen->arg,
						VMXPROBE_A_OBSERVATION_PAD)) ||
	    vmxprobe_fill_outcome(skb, VMXPROBE_A_OBSERVATION_OUTCOME, &seen->outcome) ||
	    (seen->has_value && nla_put_u64_64bit(skb, VMXPROBE_A_OBSERVATION_VALUE, seen->value,
						  VMXPROBE_A_OBSERVATION_PAD)) ||
	    (seen->set_up && nla_put_flag(skb, VMXPROBE_A_OBSERVATION_SET_UP)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_experiment(struct sk_buff *skb, const struct vmxprobe_experiment_job *job)
{
	u32 i;

	if (nla_put_u32(skb, VMXPROBE_A_EXPERIMENT_CPU, job->cpu))
		return -EMSGSIZE;
	if (job->failed.kind)
		return vmxprobe_fill_outcome(skb, VMXPROBE_A_EXPERIMENT_FAILED, &job->failed);
	for (i = 0; i < job->n; i++)
		if (fill_observation(skb, &job->list[i]))
			return -EMSGSIZE;
	if (vmxprobe_fill_host_changes(skb, VMXPROBE_A_EXPERIMENT_HOST_CHANGE, &job->report) ||
	    nla_put_u32(skb, VMXPROBE_A_EXPERIMENT_ENTRIES, job->entries) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_EXPERIMENT_TICKS, job->report.ticks,
			      VMXPROBE_A_EXPERIMENT_PAD) ||
	    nla_put_u32(skb, VMXPROBE_A_EXPERIMENT_BORROWED, job->report.borrowed))
		return -EMSGSIZE;
	return 0;
}

static int reply_experiment(const struct vmxprobe_experiment_job *job, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(REPLY_SIZE + HOST_CHANGES_SIZE + job->n * OBSERVATION_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_EXPERIMENT);
	if (!hdr || fill_experiment(msg, job)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_experiment_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vmxprobe_experiment_job *job;
	int err;

	if (!vmxprobe_may_probe(skb, info))
		return -EPERM;
	if (!info->attrs[VMXPROBE_A_EXPERIMENT_ID]) {
		NL_SET_ERR_MSG(info->extack, "an experiment is required");
		return -EINVAL;
	}

	job = kvzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	if (!job)
		return -ENOMEM;
	job->id = nla_get_u32(info->attrs[VMXPROBE_A_EXPERIMENT_ID]);
	job->check_host = info->attrs[VMXPROBE_A_EXPERIMENT_CHECK_HOST];
	job->borrow = info->attrs[VMXPROBE_A_EXPERIMENT_BORROW];
	err = vmxprobe_get_cpu_id(info, VMXPROBE_A_EXPERIMENT_CPU, &job->cpu);
	if (!err)
		err = vmxprobe_experiment_run(job);
	if (err == -EINTR)
		err = vmxprobe_ask_again(info);
	if (!err)
		err = reply_experiment(job, info);
	kvfree(job);
	return err;
}
