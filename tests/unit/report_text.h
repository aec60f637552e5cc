/* SPDX-License-Identifier: GPL-2.0 */
/* Reports as texts. */
#ifndef VMXPROBE_TEST_REPORT_TEXT_H
#define VMXPROBE_TEST_REPORT_TEXT_H

#include <stddef.h>

#include "report.h"

/* Around the value of one member of a profile that CPUs 0 and 1 share. */
#define REPORT_HEAD(member) \
"{\n" \
" \"schema\": \"vmxprobe-report/1\",\n" \
" \"tool\": null,\n" \
" \"created\": null,\n" \
" \"source\": null,\n" \
" \"hostname\": null,\n" \
" \"kernel\": null,\n" \
" \"profiles\": [\n" \
"  {\n" \
"   \"identity\": {\"vendor\": null, \"brand\": null, \"microcode\": \"0x0\"},\n" \
"   \"cpuid\": [],\n" \
"   \"msrs\": [],\n" \
"   \"evidence\": [],\n" \
"   \"" member "\": "
#define REPORT_TAIL "\n" \
"  }\n" \
" ],\n" \
" \"cpus\": [\n" \
"  {\"cpu\": 0, \"readiness\": \"ready\", \"profile\": 0},\n" \
"  {\"cpu\": 1, \"readiness\": \"ready\", \"profile\": 0},\n" \
"  {\"cpu\": 2, \"readiness\": \"offline\", \"profile\": null}\n" \
" ]\n" \
"}\n"

/* Load with standard error caught; the sentence is to be freed. */
struct host *report_text_load(const char *text, size_t length, char **sentence);
/* To be freed. */
char *report_text_save(const struct host *host);
/* A text that is loaded without a word comes to this when it is saved. */
void report_text_becomes(const char *text, const char *saved);

#endif
