// SPDX-License-Identifier: GPL-2.0
/* The command "probe": a request parsed and checked, a batch of outcomes sent back. */
#include <linux/slab.h>
#include "netlink_common.h"
#include "policy.h"
#include "probe.h"

/* A request as parsed; the batch's groups point into the arrays and the message. */
struct request {
	struct vmxprobe_batch batch;
	struct vmxprobe_cpu cpu;	/* what the values are checked against */
	struct vmxprobe_group groups[VMXPROBE_MAX_GROUPS];
	struct vmxprobe_field sets[VMXPROBE_MAX_SETS];
	u32 n_sets;
	u32 n_probes;
	u64 values[VMXPROBE_MAX_PROBES];
};

/* Whether the module lets a caller give this field this value, with the sentence if not. */
static int check_field(struct request *req, u32 field, u64 value, u32 depth,
		       const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	switch (vmxprobe_policy(field, value, depth, &req->cpu)) {
	case VMXPROBE_PERMITTED:
		req->batch.writes_msrs |= vmxprobe_policy_writes_msr(field, value);
		return 0;
	case VMXPROBE_PLANTED:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this depth plants its own value in that VMCS field");
		return -EINVAL;
	case VMXPROBE_BAD_ADDRESS:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "of an address only bits 11:0 and those from MAXPHYADDR up can be set");
		return -EINVAL;
	case VMXPROBE_BAD_BITS:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "bits of that field that would outlive the entry are the host's; see vmxprobe(8)");
		return -EINVAL;
	case VMXPROBE_BAD_CONTROL:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an entry or exit control whose effect on the host could not be undone");
		return -EINVAL;
	case VMXPROBE_MODULES_BITS:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "bits of that field keep a guest that is entered in its place; see vmxprobe(8)");
		return -EINVAL;
	case VMXPROBE_ENDLESS:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no guest is put into shutdown, which resets machines, or to wait for a SIPI, which nobody sends");
		return -EINVAL;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "only guest-state, control and event-injection fields of the documented list can be set");
		return -EINVAL;
	}
}

static int parse_set(struct request *req, struct vmxprobe_group *group, struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VMXPROBE_A_FIELD_MAX + 1];
	struct vmxprobe_field *set;
	int err;

	err = nla_parse_nested(tb, VMXPROBE_A_FIELD_VALUE, attr, vmxprobe_field_nl_policy, extack);
	if (err)
		return err;
	if (!tb[VMXPROBE_A_FIELD_ENCODING] || !tb[VMXPROBE_A_FIELD_VALUE]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an override needs an encoding and a value");
		return -EINVAL;
	}
	if (req->n_sets == ARRAY_SIZE(req->sets)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "too many overrides; 1024 a request are allowed");
		return -E2BIG;
	}

	set = &req->sets[req->n_sets];
	set->encoding = nla_get_u32(tb[VMXPROBE_A_FIELD_ENCODING]);
	set->value = nla_get_u64(tb[VMXPROBE_A_FIELD_VALUE]);
	err = check_field(req, set->encoding, set->value, group->depth,
			  tb[VMXPROBE_A_FIELD_ENCODING], extack);
	if (err)
		return err;
	req->n_sets++;
	group->n_sets++;
	return 0;
}

static int parse_sweep(struct request *req, struct vmxprobe_group *group,
		       struct nlattr *field, struct nlattr *values,
		       struct netlink_ext_ack *extack)
{
	u64 *to = &req->values[req->n_probes];
	u32 n, i;
	int err;

	if (!values || nla_len(values) == 0 || nla_len(values) % sizeof(u64)) {
		NL_SET_ERR_MSG_ATTR(extack, values ?: field,
				    "a sweep needs values, an array of u64");
		return -EINVAL;
	}
	n = nla_len(values) / sizeof(u64);
	if (n > VMXPROBE_MAX_PROBES - req->n_probes) {
		NL_SET_ERR_MSG_ATTR(extack, values, "too many probes; 4096 a request are allowed");
		return -E2BIG;
	}

	group->sweep_field = nla_get_u32(field);
	memcpy(to, nla_data(values), n * sizeof(u64));
	for (i = 0; i < n; i++) {
		err = check_field(req, group->sweep_field, to[i], group->depth, field, extack);
		if (err)
			return err;
	}
	group->values = to;
	group->n_probes = n;
	return 0;
}

/* Whether the CPU can have this guest; one that is not ready is an outcome. */
static int check_guest(const struct request *req, u32 mode, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (req->cpu.lasting != VMXPROBE_READINESS_READY)
		return 0;
	switch (vmxprobe_guest_fits(&req->cpu, mode)) {
	case VMXPROBE_GUEST_FITS:
		return 0;
	case VMXPROBE_GUEST_UNBOUNDED:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no guest is entered without the VMX-preemption timer, which this CPU does not have");
		break;
	case VMXPROBE_GUEST_UNCONTAINED:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this CPU lacks EPT or another control that a guest is kept in its place by");
		break;
	case VMXPROBE_GUEST_NO_REAL_MODE:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a guest in real mode needs unrestricted guest, which this CPU does not have");
		break;
	case VMXPROBE_GUEST_FRED:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no guest is entered on a host that uses FRED");
		break;
	}
	return -EOPNOTSUPP;
}

static int parse_read(struct vmxprobe_guest_setup *guest, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	u32 i;

	if (nla_len(attr) % sizeof(u32) || nla_len(attr) > VMXPROBE_MAX_READ * sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the fields to read are an array of at most 24 u32");
		return -EINVAL;
	}
	guest->read = nla_data(attr);
	guest->n_read = nla_len(attr) / sizeof(u32);
	for (i = 0; i < guest->n_read; i++) {
		if (vmxprobe_policy_may_read(guest->read[i]))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "host-state fields and addresses cannot be read");
		return -EINVAL;
	}
	return 0;
}

/* What a group of depth enter has besides. */
static int parse_guest(struct request *req, struct vmxprobe_group *group, struct nlattr **tb,
		       const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct vmxprobe_guest_setup *guest = &group->guest;
	const bool enters = group->depth == VMXPROBE_DEPTH_ENTER;
	int err;

	if (req->batch.n_groups > 1 && enters != req->batch.enters) {
		NL_SET_ERR_MSG_ATTR(extack, tb[VMXPROBE_A_GROUP_DEPTH],
				    "a request is of depth enter in all groups or in none");
		return -EINVAL;
	}
	req->batch.enters = enters;
	if (enters != !!tb[VMXPROBE_A_GROUP_GUEST]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[VMXPROBE_A_GROUP_GUEST] ?: nest,
				    "a guest is named at depth enter, and there only");
		return -EINVAL;
	}
	if (!enters)
		return 0;

	guest->mode = nla_get_u32(tb[VMXPROBE_A_GROUP_GUEST]);
	if (tb[VMXPROBE_A_GROUP_PROGRAM])
		guest->program = nla_get_u32(tb[VMXPROBE_A_GROUP_PROGRAM]);
	if (tb[VMXPROBE_A_GROUP_RCX])
		guest->rcx = nla_get_u64(tb[VMXPROBE_A_GROUP_RCX]);
	guest->time = tb[VMXPROBE_A_GROUP_TIME];
	err = tb[VMXPROBE_A_GROUP_READ] ? parse_read(guest, tb[VMXPROBE_A_GROUP_READ], extack) : 0;
	if (err)
		return err;
	return check_guest(req, guest->mode, tb[VMXPROBE_A_GROUP_GUEST], extack);
}

static int parse_group(struct request *req, struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct vmxprobe_batch *batch = &req->batch;
	struct nlattr *tb[VMXPROBE_A_GROUP_MAX + 1];
	struct vmxprobe_group *group;
	struct nlattr *attr;
	int err, rem;

	if (batch->n_groups == VMXPROBE_MAX_GROUPS || req->n_probes == VMXPROBE_MAX_PROBES) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "too many groups or probes; 256 and 4096 a request are allowed");
		return -E2BIG;
	}
	err = nla_parse_nested(tb, VMXPROBE_A_GROUP_TIME, nest, vmxprobe_group_nl_policy, extack);
	if (err)
		return err;
	if (!tb[VMXPROBE_A_GROUP_DEPTH]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a group needs a depth");
		return -EINVAL;
	}

	group = &req->groups[batch->n_groups++];
	group->depth = nla_get_u32(tb[VMXPROBE_A_GROUP_DEPTH]);
	err = parse_guest(req, group, tb, nest, extack);
	if (err)
		return err;
	group->n_probes = 1;
	group->sets = &req->sets[req->n_sets];
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != VMXPROBE_A_GROUP_SET)
			continue;
		err = parse_set(req, group, attr, extack);
		if (err)
			return err;
	}

	if (tb[VMXPROBE_A_GROUP_SWEEP_FIELD]) {
		err = parse_sweep(req, group, tb[VMXPROBE_A_GROUP_SWEEP_FIELD],
				  tb[VMXPROBE_A_GROUP_SWEEP_VALUES], extack);
		if (err)
			return err;
	} else if (tb[VMXPROBE_A_GROUP_SWEEP_VALUES]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[VMXPROBE_A_GROUP_SWEEP_VALUES],
				    "swept values need a sweep field");
		return -EINVAL;
	}
	req->n_probes += group->n_probes;
	return 0;
}

static int parse_request(struct request *req, struct genl_info *info)
{
	struct vmxprobe_batch *batch = &req->batch;
	struct nlattr *attr;
	int err, rem;

	err = vmxprobe_get_cpu_id(info, VMXPROBE_A_PROBE_CPU, &batch->cpu);
	if (err)
		return err;
	batch->window = VMXPROBE_MAX_WINDOW;
	if (info->attrs[VMXPROBE_A_PROBE_WINDOW])
		batch->window = nla_get_u32(info->attrs[VMXPROBE_A_PROBE_WINDOW]);
	batch->check_host = info->attrs[VMXPROBE_A_PROBE_CHECK_HOST];
	batch->borrow = info->attrs[VMXPROBE_A_PROBE_BORROW];
	batch->groups = req->groups;
	vmxprobe_cpu_ask(batch->cpu, &req->cpu);
	batch->info = &req->cpu;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != VMXPROBE_A_PROBE_GROUP)
			continue;
		err = parse_group(req, attr, info->extack);
		if (err)
			return err;
	}
	if (!batch->n_groups) {
		NL_SET_ERR_MSG(info->extack, "a probe request needs at least one group");
		return -EINVAL;
	}
	return 0;
}

static int fill_arrival(struct sk_buff *skb, const struct vmxprobe_arrival *arrival)
{
	if ((arrival->n_fields &&
	     nla_put(skb, VMXPROBE_A_ARRIVAL_FIELDS, arrival->n_fields * sizeof(u64),
		     arrival->fields)) ||
	    (arrival->n_stack &&
	     nla_put(skb, VMXPROBE_A_ARRIVAL_STACK, arrival->n_stack, arrival->stack)) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_ARRIVAL_RAX, arrival->rax, VMXPROBE_A_ARRIVAL_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_ARRIVAL_RDX, arrival->rdx, VMXPROBE_A_ARRIVAL_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_ARRIVAL_CR2, arrival->cr2, VMXPROBE_A_ARRIVAL_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_ARRIVAL_DR6, arrival->dr6, VMXPROBE_A_ARRIVAL_PAD) ||
	    (arrival->ticks &&
	     nla_put_u64_64bit(skb, VMXPROBE_A_ARRIVAL_TICKS, arrival->ticks,
			       VMXPROBE_A_ARRIVAL_PAD)))
		return -EMSGSIZE;
	return 0;
}

/* An outcome, and how its guest was found if there is one. */
static int fill_outcome(struct sk_buff *skb, const struct vmxprobe_results *res,
			const struct vmxprobe_outcome *out)
{
	struct nlattr *nest, *inner;

	if (!out->arrival)
		return vmxprobe_fill_outcome(skb, VMXPROBE_A_PROBE_OUTCOME, out);
	nest = nla_nest_start(skb, VMXPROBE_A_PROBE_OUTCOME);
	if (!nest || vmxprobe_fill_outcome_attrs(skb, out))
		return -EMSGSIZE;
	inner = nla_nest_start(skb, VMXPROBE_A_OUTCOME_ARRIVAL);
	if (!inner || fill_arrival(skb, &res->arrivals[out->arrival - 1]))
		return -EMSGSIZE;
	nla_nest_end(skb, inner);
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_batch(struct sk_buff *skb, const struct vmxprobe_batch *batch)
{
	const struct vmxprobe_results *res = &batch->results;
	u32 i;

	if (nla_put_u32(skb, VMXPROBE_A_PROBE_CPU, batch->cpu) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_DONE, res->done))
		return -EMSGSIZE;
	for (i = 0; i < res->n_outcomes; i++)
		if (fill_outcome(skb, res, &res->outcomes[i]))
			return -EMSGSIZE;
	if (nla_put(skb, VMXPROBE_A_PROBE_INDEX, res->done, res->index))
		return -EMSGSIZE;
	if (vmxprobe_fill_host_changes(skb, VMXPROBE_A_PROBE_HOST_CHANGE, &batch->report) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_WINDOWS, batch->report.windows) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_WINDOW_ENTRIES, batch->window_entries) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_PROBE_WINDOW_TICKS, batch->report.ticks,
			      VMXPROBE_A_PROBE_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_PROBE_WINDOW_TICKS_MAX, batch->report.ticks_max,
			      VMXPROBE_A_PROBE_PAD) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_INTERRUPTED, batch->interrupted) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_NMIS, batch->nmis) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_BORROWED, batch->report.borrowed))
		return -EMSGSIZE;
	return 0;
}

static int reply_batch(const struct vmxprobe_batch *batch, struct genl_info *info)
{
	const struct vmxprobe_results *res = &batch->results;
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(REPLY_SIZE + HOST_CHANGES_SIZE + res->n_outcomes * OUTCOME_SIZE +
			  res->n_arrivals * ARRIVAL_SIZE + res->done, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_PROBE);
	if (!hdr || fill_batch(msg, batch)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_probe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req;
	int err;

	if (!vmxprobe_may_probe(skb, info))
		return -EPERM;

	req = kvzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);
	if (!req)
		return -ENOMEM;
	err = parse_request(req, info);
	if (!err)
		err = vmxprobe_probe_run(&req->batch);
	if (err == -EINTR)
		err = vmxprobe_ask_again(info);
	if (!err)
		err = reply_batch(&req->batch, info);
	kvfree(req);
	return err;
}
