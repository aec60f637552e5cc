/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of one event that was injected into a guest that runs: accepted at VM entry,
 * delivered, error code pushed are three things, and a CPU may do one without the next.
 */
#ifndef VMXPROBE_DELIVERY_H
#define VMXPROBE_DELIVERY_H

#include "model.h"

enum delivered {
	DELIVERED_NOT_RUN,	/* or not tested */
	DELIVERED_REFUSED,	/* at VM entry */
	DELIVERED_WITHHELD,	/* accepted, but not entered: nobody says what it would do */
	DELIVERED_PLAIN,	/* its handler ran, without an error code on the stack, as asked */
	DELIVERED_CODE,		/* the same with the error code, as asked */
	DELIVERED_MTF,		/* the pending MTF VM exit that is no event with a handler */
	/* Accepted, and not delivered. */
	DELIVERED_FAULT,	/* an exception came instead: detail is its vector */
	DELIVERED_EXIT,		/* another VM exit came instead: detail is its basic reason */
	DELIVERED_LOST,		/* no handler ran */
	DELIVERED_ELSEWHERE,	/* another vector's handler ran: detail is that vector */
	/* Its handler ran, on a stack that is not what was asked for. */
	DELIVERED_DROPPED,	/* no error code, though one was asked for */
	DELIVERED_ADDED,	/* an error code that nobody asked for: detail is its value */
	DELIVERED_ALTERED,	/* another error code than was asked for: detail is its value */
	DELIVERED_FRAME,	/* as no event leaves it: detail is how many bytes were pushed */
	DELIVERED_UNEXPECTED,	/* no answer to the question, such as a VMX instruction's fault */
	DELIVERED_KINDS,
};

/* What a handler found on its stack. */
struct delivery_frame {
	unsigned int bytes;	/* from the aligned stack pointer before, down to that found */
	bool whole;		/* the stack below was recorded */
	bool pushed;		/* an error code */
	uint64_t code, rip, cs, rflags;
	bool stack;		/* what follows was pushed as well: in 64-bit mode */
	uint64_t rsp, ss;
};

struct delivery {
	enum delivered kind;
	uint32_t detail;
	bool handled;		/* a handler ran: frame is valid */
	uint32_t handler;
	struct delivery_frame frame;
};

/* Of probe i of a group of enter_group(), or of one of inject_group() at depth "controls". */
struct delivery delivery_of(const struct evidence *ev, size_t i);

/* Is it what the SDM says of no CPU? All guests are such that every event can be delivered. */
bool delivered_finding(enum delivered kind);
const char *delivered_name(enum delivered kind);	/* "delivered", for --json */
/* "delivered with the error code"; what goes on behind "vector 3: " */
const char *delivered_text(enum delivered kind);
/* What the detail is, such as "the handler of #GP (13)"; "" if there is none; to be freed. */
char *delivered_detail(enum delivered kind, uint32_t detail);

/* One or two sentences; "error code 0x5a5a, RIP 0x2000, ..."; both to be freed. */
char *delivery_sentence(const struct delivery *delivery, const struct outcome *outcome);
char *delivery_frame_text(const struct delivery_frame *frame);

#endif
