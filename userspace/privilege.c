// SPDX-License-Identifier: GPL-2.0
#include "privilege.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "exit.h"
#include "out.h"

/* CAP_NET_ADMIN lets ask the module at all, CAP_SYS_ADMIN have VMX instructions executed. */
static const cap_value_t for_module[] = { CAP_NET_ADMIN, CAP_SYS_ADMIN };

#define N_FOR_MODULE (sizeof(for_module) / sizeof(for_module[0]))

static bool has(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value;

	return !cap_get_flag(caps, cap, CAP_PERMITTED, &value) && value == CAP_SET;
}

/* Into *kept those of *caps that are to stay, and nothing to pass on. */
static int choose(cap_t caps, enum privilege privilege, cap_t kept)
{
	for (size_t i = 0; privilege == PRIVILEGE_MODULE && i < N_FOR_MODULE; i++) {
		const cap_value_t cap = for_module[i];

		if (has(caps, cap) && (cap_set_flag(kept, CAP_PERMITTED, 1, &cap, CAP_SET) ||
				       cap_set_flag(kept, CAP_EFFECTIVE, 1, &cap, CAP_SET)))
			return -1;
	}
	return 0;
}

/* What an execve() could give; without CAP_SETPCAP, which this takes, it stays as it is. */
static void empty_bounding_set(void)
{
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		if (cap_get_bound(cap) > 0 && cap_drop_bound(cap))
			return;
}

int privilege_keep(enum privilege privilege)
{
	cap_t caps = cap_get_proc(), kept = cap_init();
	int err = caps && kept ? 0 : -1;

	empty_bounding_set();
	/* Older kernels have none. */
	cap_reset_ambient();
	if (!err)
		err = choose(caps, privilege, kept);
	if (!err)
		err = cap_set_proc(kept);
	if (!err)
		err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (err)
		warn_sentence("capabilities that are not needed cannot be dropped: %s",
			      strerror(errno));
	cap_free(caps);
	cap_free(kept);
	return err ? EXIT_MODULE : 0;
}
