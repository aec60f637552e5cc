/* SPDX-License-Identifier: GPL-2.0 */
/* Verdicts for people and for programs. */
#ifndef VMXPROBE_VERIFY_VIEW_H
#define VMXPROBE_VERIFY_VIEW_H

#include <jansson.h>

#include "verify.h"

/* 0 or an exit code after one sentence. */
int verify_print(const struct verify *verify);
/* Does an injected #CP carry an error code, and which reading do the CPUs follow? */
int verify_print_cp(const struct verify *verify);
/* The claims with their verdicts; NULL after one sentence. */
json_t *verify_json(const struct verify *verify);
int verify_print_tap(const struct verify *verify);
int verify_print_junit(const struct verify *verify);

/* A claim itself, without verdicts. */
json_t *verify_json_claim(const struct claim *claim);
/* "Event injection" for a claim of group A. */
const char *verify_group_name(const struct claim *claim);

#endif
