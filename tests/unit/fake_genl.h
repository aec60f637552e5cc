/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the place of genl.c, for a test that answers requests by a genl_talk() of its own. Code, not
 * declarations: it has to come before the library that has the tool's.
 */
#ifndef VMXPROBE_TEST_FAKE_GENL_H
#define VMXPROBE_TEST_FAKE_GENL_H

#include "unit.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "genl.h"

struct genl {
	size_t opened;
	struct genl_error refuses;	/* to be opened, if there is an error */
};

static struct genl fake_genl;

int genl_open(struct genl **genl, const char *family, struct genl_error *error)
{
	assert_string_equal(family, "vmxprobe");
	*error = fake_genl.refuses;
	if (error->err)
		return -error->err;
	fake_genl.opened++;
	*genl = &fake_genl;
	return 0;
}

void genl_close(struct genl *genl)
{
	if (genl)
		genl->opened--;
}

struct nlmsghdr *genl_start(struct genl *genl, void *buf, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *gnlh = mnl_nlmsg_put_extra_header(nlh, sizeof(*gnlh));

	assert_ptr_equal(genl, &fake_genl);
	gnlh->cmd = command;
	nlh->nlmsg_flags = flags;
	return nlh;
}

#endif
