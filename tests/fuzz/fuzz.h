/* SPDX-License-Identifier: GPL-2.0 */
/* What a fuzzer has, and what some of them share. */
#ifndef VMXPROBE_FUZZ_H
#define VMXPROBE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "model.h"

/*
 * The fuzzer's own: one input. True if the reader took it, false if it was refused; what must not
 * be aborts.
 */
bool fuzz_take(const uint8_t *data, size_t size);

/* What field_map_find() relies on. */
static inline void fuzz_check_map(const struct field_map *map)
{
	for (size_t i = 1; i < map->n; i++)
		if (map->list[i].encoding <= map->list[i - 1].encoding)
			abort();
}

/* Aborts unless the host comes back from its report, and its report from that. */
void fuzz_save(const struct host *host);

#endif
