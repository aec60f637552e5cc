// SPDX-License-Identifier: GPL-2.0
/* The command "fields". */
#include <linux/slab.h>
#include "netlink_common.h"
#include "scan.h"

#define ACCESS_SIZE	192

static int fill_access(struct sk_buff *skb, const struct vmxprobe_access *access)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_FIELDS_ACCESS);

	if (!nest || nla_put_u32(skb, VMXPROBE_A_ACCESS_ENCODING, access->encoding))
		return -EMSGSIZE;
	if (access->read.kind &&
	    vmxprobe_fill_outcome(skb, VMXPROBE_A_ACCESS_READ, &access->read))
		return -EMSGSIZE;
	if (access->write.kind &&
	    vmxprobe_fill_outcome(skb, VMXPROBE_A_ACCESS_WRITE, &access->write))
		return -EMSGSIZE;
	if (!access->read.kind && !access->write.kind &&
	    nla_put_u64_64bit(skb, VMXPROBE_A_ACCESS_ONES, access->ones, VMXPROBE_A_ACCESS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_scan(struct sk_buff *skb, const struct vmxprobe_scan *scan)
{
	const struct vmxprobe_window_report *report = &scan->report;
	u32 i;

	if (nla_put_u32(skb, VMXPROBE_A_FIELDS_CPU, scan->cpu))
		return -EMSGSIZE;
	if (scan->failed.kind)
		return vmxprobe_fill_outcome(skb, VMXPROBE_A_FIELDS_FAILED, &scan->failed);
	if (scan->next < VMXPROBE_ENCODINGS &&
	    nla_put_u32(skb, VMXPROBE_A_FIELDS_NEXT, scan->next))
		return -EMSGSIZE;
	for (i = 0; i < scan->n; i++)
		if (fill_access(skb, &scan->access[i]))
			return -EMSGSIZE;
	if (nla_put_u32(skb, VMXPROBE_A_FIELDS_BORROWED, report->borrowed) ||
	    nla_put_u32(skb, VMXPROBE_A_FIELDS_WINDOWS, report->windows) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_FIELDS_WINDOW_TICKS, report->ticks,
			      VMXPROBE_A_FIELDS_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_FIELDS_WINDOW_TICKS_MAX, report->ticks_max,
			      VMXPROBE_A_FIELDS_PAD))
		return -EMSGSIZE;
	return 0;
}

static int reply_scan(const struct vmxprobe_scan *scan, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(REPLY_SIZE + (scan->n + 1) * ACCESS_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_FIELDS);
	if (!hdr || fill_scan(msg, scan)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_fields_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *first = info->attrs[VMXPROBE_A_FIELDS_FIRST];
	struct nlattr *window = info->attrs[VMXPROBE_A_FIELDS_WINDOW];
	struct vmxprobe_scan *scan;
	int err;

	if (!vmxprobe_may_probe(skb, info))
		return -EPERM;
	if (first && nla_get_u32(first) >= VMXPROBE_ENCODINGS) {
		NL_SET_ERR_MSG_ATTR(info->extack, first, "VMCS field encodings are below 0x8000");
		return -EINVAL;
	}

	scan = kvzalloc(sizeof(*scan), GFP_KERNEL_ACCOUNT);
	if (!scan)
		return -ENOMEM;
	scan->next = first ? nla_get_u32(first) : 0;
	scan->window = window ? nla_get_u32(window) : VMXPROBE_MAX_WINDOW;
	scan->borrow = info->attrs[VMXPROBE_A_FIELDS_BORROW];
	err = vmxprobe_get_cpu_id(info, VMXPROBE_A_FIELDS_CPU, &scan->cpu);
	if (!err)
		err = vmxprobe_scan_run(scan);
	if (err == -EINTR)
		err = vmxprobe_ask_again(info);
	if (!err)
		err = reply_scan(scan, info);
	kvfree(scan);
	return err;
}
