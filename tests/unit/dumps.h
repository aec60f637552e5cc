/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Real CPUs: the dumps of the folder that VMXPROBE_SILICON names, or of shared/silicon beside the
 * project. They are not part of the project; a test that finds none says so and is skipped.
 */
#ifndef VMXPROBE_TEST_DUMPS_H
#define VMXPROBE_TEST_DUMPS_H

#include <jansson.h>

#include "model.h"

/* The list of dumps, or NULL after one line that says why. */
json_t *dumps_load(void);
/* The path of a file of the folder, to be freed. */
char *dumps_path(const char *name);
/* A dump as a host with one CPU a core; aborts if there is no memory. */
struct host *dumps_host(const json_t *dump);
/* The name of the file it was made from, without directory. */
const char *dumps_name(const json_t *dump);

#endif
