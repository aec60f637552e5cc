/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The report: a host as one JSON document, described by vmxprobe-report.schema.json. Raw
 * values only, so that a later tool can judge an old report.
 */
#ifndef VMXPROBE_REPORT_H
#define VMXPROBE_REPORT_H

#include <jansson.h>
#include "model.h"

#define REPORT_SCHEMA "vmxprobe-report/1"

/* Bounds of what a report may hold; those of the module's contract where it has them. */
#define REPORT_MAX_PROBES 4096	/* in one group */
#define REPORT_MAX_GROUPS 4096	/* in one profile */
#define REPORT_MAX_SETS 64	/* in one group */
#define REPORT_MAX_LEAVES 256	/* in one profile */
#define REPORT_MAX_MSRS 256	/* in one profile */
/* Probes in the whole report: runs make many of few bytes, so the file's size is no bound. */
#define REPORT_MAX_TOTAL (4u << 20)
/* Encodings in all field maps of the report together; a CPU has few hundred, an odd one more. */
#define REPORT_MAX_ACCESSES (1u << 18)
#define REPORT_MAX_EXPERIMENTS 1024	/* in one profile */
#define REPORT_MAX_STEPS 4096	/* that were observed, in one experiment */
/* In all experiments of the report together; a CPU has few thousand. */
#define REPORT_MAX_OBSERVATIONS (1u << 18)
#define REPORT_MAX_BYTES (64u << 20)

/* NULL if out of memory. Equal CPUs share a profile. */
json_t *report_to_json(const struct host *host);
/* One outcome as reports have it: the kind and the members that are valid for it. */
json_t *report_outcome(const struct outcome *outcome);
/* How a guest was found, as the outcome's "arrival". */
json_t *report_arrival(const struct arrival *arrival);
/* One experiment as reports have it. */
json_t *report_experiment(const struct experiment *experiment);
/*
 * NULL after one sentence on standard error: it names the file, the place in it and what is
 * allowed there. report_read() has the text of a file, to be freed; "name" stands for the file.
 */
char *report_read(const char *path, size_t *length);
struct host *report_parse(const char *text, size_t length, const char *name);

#endif
