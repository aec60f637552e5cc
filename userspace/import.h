/* SPDX-License-Identifier: GPL-2.0 */
/* Reports from MSR dumps of other tools: hosts whose source is "import". */
#ifndef VMXPROBE_IMPORT_H
#define VMXPROBE_IMPORT_H

#include <stdio.h>

#include "model.h"

/* The formats: "instlatx64, msrs". */
const char *import_formats(void);
/* NULL if there is none of that name; it may be a slip of *near, if that is not NULL. */
const struct import_format *import_find(const char *name, const char **near);
/*
 * The host that a dump describes, NULL after one sentence on standard error. "name" stands for the
 * file.
 */
struct host *import_read(const struct import_format *format, FILE *file, const char *name);

#endif
