/* SPDX-License-Identifier: GPL-2.0 */
/* The delivery matrix for people and for programs. */
#ifndef VMXPROBE_DELIVER_VIEW_H
#define VMXPROBE_DELIVER_VIEW_H

#include <jansson.h>

#include "deliver.h"

/*
 * A table of all types for each mode, the pattern of hardware exceptions, a sentence for every
 * range of events that were accepted and not delivered as asked.
 */
void deliver_print(const struct deliver_set *set);
/* In which cells the sets differ from the first complete one; how many sets do. */
size_t deliver_print_differences(const struct deliver_set *sets, size_t n);
/* Do complete sets differ? */
bool deliver_differ(const struct deliver_set *sets, size_t n);

/* "Not tested: the CPU has no unrestricted guest, ..."; to be freed. */
char *deliver_lacks_sentence(const char *lacks);
/* The exit code that says most: a finding before what is missing. */
int deliver_exit(const struct run *run, const struct deliver_set *sets, size_t n);

json_t *deliver_json(const struct deliver_set *set);

#endif
