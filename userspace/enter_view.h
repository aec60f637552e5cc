/* SPDX-License-Identifier: GPL-2.0 */
/* How a guest was found when it was left, for people and for programs. */
#ifndef VMXPROBE_ENTER_VIEW_H
#define VMXPROBE_ENTER_VIEW_H

#include <jansson.h>

#include "model.h"

/* Lines under the outcome: events, the stack, fields read, registers. */
void enter_show(const struct group *group, const struct outcome *outcome,
		const struct arrival *arrival);
/*
 * Adds "handler", "interruption", "idt_vectoring" (each null if there is none), "stack" in words of
 * the guest's size, and "read" with the names of the fields.
 */
void enter_json(const struct group *group, const struct outcome *outcome,
		const struct arrival *arrival, json_t *object);

#endif
