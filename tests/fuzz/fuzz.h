/* SPDX-License-Identifier: GPL-2.0 */
/* What a fuzzer has, and what some of them share. */
#ifndef VMXPROBE_FUZZ_H
#define VMXPROBE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

/*
 * The fuzzer's own: one input. True if the reader took it, false if it was refused; what must not
 * be aborts.
 */
bool fuzz_take(const uint8_t *data, size_t size);

/* Aborts unless the host comes back from its report, and its report from that. */
void fuzz_save(const struct host *host);

#endif
