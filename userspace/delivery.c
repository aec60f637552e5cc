// SPDX-License-Identifier: GPL-2.0
#include "delivery.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "enter.h"
#include "explain.h"
#include "guest.h"
#include "inject.h"
#include "out.h"

/* Basic exit reasons. */
#define EXIT_EXCEPTION_NMI 0
#define EXIT_EXTERNAL_INTERRUPT 1
#define EXIT_VMCALL 18
#define EXIT_MTF 37

static const struct {
	const char *name, *text;
} kinds[DELIVERED_KINDS] = {
	[DELIVERED_NOT_RUN] = { "not-run", "not run" },
	[DELIVERED_REFUSED] = { "refused", "refused at VM entry" },
	[DELIVERED_WITHHELD] = { "withheld", "accepted at VM entry, but not delivered: what it would "
					     "do is not defined" },
	[DELIVERED_PLAIN] = { "delivered", "delivered without an error code" },
	[DELIVERED_CODE] = { "delivered-code", "delivered with the error code" },
	[DELIVERED_MTF] = { "mtf", "MTF VM exit" },
	[DELIVERED_FAULT] = { "fault", "accepted, but an exception came instead" },
	[DELIVERED_EXIT] = { "exit", "accepted, but another VM exit came instead" },
	[DELIVERED_LOST] = { "lost", "accepted, but no handler ran" },
	[DELIVERED_ELSEWHERE] = { "elsewhere", "delivered to another vector's handler" },
	[DELIVERED_DROPPED] = { "code-dropped", "delivered, but the error code that was asked for "
						"was not pushed" },
	[DELIVERED_ADDED] = { "code-added", "delivered, but an error code was pushed that was not "
					    "asked for" },
	[DELIVERED_ALTERED] = { "code-altered", "delivered, but another error code was pushed than "
						"the one asked for" },
	[DELIVERED_FRAME] = { "odd-frame", "delivered, but the stack is not as an event "
				  "leaves it" },
	[DELIVERED_UNEXPECTED] = { "unexpected", "neither accepted nor refused" },
};

bool delivered_finding(enum delivered kind)
{
	return kind >= DELIVERED_FAULT && kind < DELIVERED_UNEXPECTED;
}

const char *delivered_name(enum delivered kind)
{
	return kinds[kind].name;
}

const char *delivered_text(enum delivered kind)
{
	return kinds[kind].text;
}

/* "#GP (13)", "vector 40"; to be freed. */
static char *vector_text(uint32_t vector)
{
	const char *name = decode_vector_name(vector);

	return name ? out_format("%s (%" PRIu32 ")", name, vector) :
		      out_format("vector %" PRIu32, vector);
}

static uint64_t program_cs(enum guest guest)
{
	return guest == GUEST_REAL ? GUEST_REAL_CS :
	       guest == GUEST_PM32 ? GUEST_PM32_CS : GUEST_LONG_CS;
}

/*
 * What was pushed where: first the error code if there is one, then RIP, CS and RFLAGS, in 64-bit
 * mode also RSP and SS, there from a stack pointer that was aligned to 16 bytes. The number of
 * words alone tells whether there is an error code; but CS must then be where it belongs. False if
 * the stack is not like that.
 */
static bool read_frame(const struct group *group, const struct arrival *arrival,
		       struct delivery_frame *frame)
{
	bool wide = group->guest == GUEST_LONG;
	unsigned int width = enter_stack_width(group->guest), words = wide ? 5 : 3;
	uint64_t *const to[] = { &frame->rip, &frame->cs, &frame->rflags, &frame->rsp,
				 &frame->ss };
	uint64_t before = wide ? GUEST_STACK & ~0xfull : GUEST_STACK, rsp;
	size_t first;

	memset(frame, 0, sizeof(*frame));
	if (!enter_field(group, arrival, GUEST_RSP, &rsp) || rsp > before)
		return false;
	frame->bytes = before - rsp;
	frame->pushed = frame->bytes == (words + 1) * width;
	frame->stack = wide;
	if (!frame->pushed && frame->bytes != words * width)
		return false;
	first = frame->pushed;
	frame->whole = !frame->pushed || enter_stack(arrival, width, 0, &frame->code);
	for (size_t i = 0; i < words; i++)
		frame->whole &= enter_stack(arrival, width, first + i, to[i]);
	return frame->whole && (frame->cs & 0xffff) == program_cs(group->guest);
}

/* The handler of the event's vector ran: what does its stack say? */
static void judge_frame(struct delivery *delivery, bool asked, uint32_t code)
{
	const struct delivery_frame *frame = &delivery->frame;

	if (!frame->pushed) {
		delivery->kind = asked ? DELIVERED_DROPPED : DELIVERED_PLAIN;
		return;
	}
	delivery->kind = !asked ? DELIVERED_ADDED :
			 frame->code != code ? DELIVERED_ALTERED : DELIVERED_CODE;
	if (delivery->kind != DELIVERED_CODE)
		delivery->detail = frame->code;
}

/* Events of the host say nothing of the one that was injected. */
static bool by_host(const struct outcome *outcome)
{
	uint32_t reason = outcome->exit_reason & 0xffff;

	return reason == EXIT_EXTERNAL_INTERRUPT || (reason == EXIT_EXCEPTION_NMI &&
	       (outcome->intr_info >> INTR_INFO_TYPE_SHIFT & 7) == INTR_TYPE_NMI);
}

static void judge_exit(struct delivery *delivery, const struct outcome *outcome, uint32_t info)
{
	uint32_t reason = outcome->exit_reason & 0xffff;

	delivery->kind = DELIVERED_EXIT;
	delivery->detail = reason;
	switch (reason) {
	case EXIT_EXCEPTION_NMI:
		delivery->kind = DELIVERED_FAULT;
		delivery->detail = outcome->intr_info & 0xff;
		break;
	case EXIT_VMCALL:
		delivery->kind = DELIVERED_LOST;
		break;
	case EXIT_MTF:
		if ((info >> INTR_INFO_TYPE_SHIFT & 7) == INTR_TYPE_OTHER)
			delivery->kind = DELIVERED_MTF;
		break;
	}
	if (delivery->kind != DELIVERED_FAULT && delivery->kind != DELIVERED_EXIT)
		delivery->detail = 0;
}

static void judge_entered(struct delivery *delivery, const struct group *group,
			  const struct outcome *outcome, const struct arrival *arrival,
			  uint32_t info)
{
	uint32_t code = 0;

	if (!arrival || by_host(outcome)) {
		delivery->kind = DELIVERED_UNEXPECTED;
		return;
	}
	if ((outcome->exit_reason & 0xffff) != EXIT_VMCALL ||
	    !enter_handler(group, outcome, arrival, &delivery->handler)) {
		judge_exit(delivery, outcome, info);
		return;
	}
	for (size_t i = 0; i < group->n_set; i++)
		if (group->set[i].field == VM_ENTRY_EXCEPTION_ERROR_CODE)
			code = group->set[i].value;
	delivery->handled = true;
	if (!read_frame(group, arrival, &delivery->frame)) {
		delivery->kind = DELIVERED_FRAME;
		delivery->detail = delivery->frame.bytes;
	} else {
		judge_frame(delivery, info & INTR_INFO_DELIVER_ERROR_CODE, code);
	}
	/*
	 * Whatever is on the stack, that it is the wrong place says more. An "other event" has no
	 * place at all.
	 */
	if (delivery->handler != (info & 0xff) ||
	    (info >> INTR_INFO_TYPE_SHIFT & 7) == INTR_TYPE_OTHER) {
		delivery->kind = DELIVERED_ELSEWHERE;
		delivery->detail = delivery->handler;
	}
}

struct delivery delivery_of(const struct evidence *ev, size_t i)
{
	const struct outcome *outcome = evidence_outcome(ev, i);
	struct delivery delivery = { 0 };

	if (outcome->kind == OUTCOME_ENTERED && ev->group.depth == DEPTH_ENTER) {
		judge_entered(&delivery, &ev->group, outcome, evidence_arrival(ev, outcome),
			      group_value(&ev->group, i));
		return delivery;
	}
	switch (explain_answer(ev->group.depth, outcome)) {
	case ANSWER_NONE:
		delivery.kind = DELIVERED_NOT_RUN;
		break;
	case ANSWER_REFUSED:
		delivery.kind = DELIVERED_REFUSED;
		break;
	case ANSWER_ACCEPTED:
		delivery.kind = DELIVERED_WITHHELD;
		break;
	case ANSWER_UNEXPECTED:
		delivery.kind = DELIVERED_UNEXPECTED;
		break;
	}
	return delivery;
}

char *delivered_detail(enum delivered kind, uint32_t detail)
{
	const char *reason;
	char *vector, *text;

	switch (kind) {
	case DELIVERED_FAULT:
		return vector_text(detail);
	case DELIVERED_ELSEWHERE:
		vector = vector_text(detail);
		text = out_format("the handler of %s", vector);
		free(vector);
		return text;
	case DELIVERED_EXIT:
		reason = decode_exit_reason(detail);
		return out_format("exit reason %" PRIu32 "%s%s", detail, reason ? ", " : "",
				  reason ? reason : "");
	case DELIVERED_ADDED:
	case DELIVERED_ALTERED:
		return out_format("0x%" PRIx32, detail);
	case DELIVERED_FRAME:
		return out_format("%" PRIu32 " bytes", detail);
	default:
		return out_format("%s", "");
	}
}

/* " while hardware exception, #CP (21), was delivered"; to be freed. */
static char *while_delivering(const struct outcome *outcome)
{
	uint32_t info = outcome->idt_info;
	char *vector, *code, *text;

	if (!(info & INTR_INFO_VALID))
		return out_format(" while no event was being delivered");
	vector = vector_text(info & 0xff);
	code = info & INTR_INFO_DELIVER_ERROR_CODE ?
	       out_format(" with error code 0x%" PRIx32, outcome->idt_error_code) :
	       out_format("%s", "");
	text = out_format(" while %s %s%s was being delivered",
			  decode_type_name(info >> INTR_INFO_TYPE_SHIFT & 7), vector, code);
	free(vector);
	free(code);
	return text;
}

/* "#GP (13) with error code 0x1a"; to be freed. */
static char *exception(const struct outcome *outcome)
{
	char *vector = vector_text(outcome->intr_info & 0xff), *text;

	text = outcome->intr_info & INTR_INFO_DELIVER_ERROR_CODE ?
	       out_format("%s with error code 0x%" PRIx32, vector, outcome->intr_error_code) :
	       out_format("%s", vector);
	free(vector);
	return text;
}

static char *entered_sentence(const struct delivery *delivery, const struct outcome *outcome)
{
	char *handler = vector_text(delivery->handler), *during = while_delivering(outcome);
	char *detail = delivered_detail(delivery->kind, delivery->detail), *fault, *text;

	switch (delivery->kind) {
	case DELIVERED_PLAIN:
		text = out_format("Delivered: the handler of %s ran, without an error code on the "
				  "stack, as asked.", handler);
		break;
	case DELIVERED_CODE:
		text = out_format("Delivered: the handler of %s ran, with error code 0x%" PRIx64
				  " on the stack, as asked.", handler, delivery->frame.code);
		break;
	case DELIVERED_MTF:
		text = out_format("Delivered: an MTF VM exit came, before the guest did anything.");
		break;
	case DELIVERED_DROPPED:
		text = out_format("Delivered without the error code that was asked for: the "
				  "handler of %s ran, and no error code was on the stack.",
				  handler);
		break;
	case DELIVERED_ADDED:
		text = out_format("Delivered with an error code that was not asked for: the "
				  "handler of %s ran, with error code %s on the stack.", handler,
				  detail);
		break;
	case DELIVERED_ALTERED:
		text = out_format("Delivered with another error code than the one asked for: the "
				  "handler of %s ran, with error code %s on the stack.", handler,
				  detail);
		break;
	case DELIVERED_FRAME:
		text = out_format("Delivered to a stack that is not as an event leaves it: the "
				  "handler of %s ran, with %s pushed.", handler, detail);
		break;
	case DELIVERED_ELSEWHERE:
		text = out_format("Delivered elsewhere: the handler of %s ran, with%s error code "
				  "on the stack.", handler, delivery->frame.pushed ? " an" : "out");
		break;
	case DELIVERED_FAULT:
		fault = exception(outcome);
		text = out_format("Accepted, but not delivered: %s came%s.", fault, during);
		free(fault);
		break;
	case DELIVERED_LOST:
		text = out_format("Accepted, but not delivered: the guest went on at RIP 0x%" PRIx64
				  ", and no handler ran.", outcome->guest_rip);
		break;
	case DELIVERED_EXIT:
		text = out_format("Accepted, but not delivered: VM exit%s (%s).", during, detail);
		break;
	default:
		text = out_format("Unexpected: %s.", by_host(outcome) ?
				  "an event of the host ended the guest" :
				  "how the guest was found at its exit is not known");
		break;
	}
	free(handler);
	free(during);
	free(detail);
	return text;
}

char *delivery_sentence(const struct delivery *delivery, const struct outcome *outcome)
{
	if (outcome->kind == OUTCOME_ENTERED)
		return entered_sentence(delivery, outcome);
	return explain_sentence(DEPTH_ENTER, outcome);
}

char *delivery_frame_text(const struct delivery_frame *frame)
{
	char *code = frame->pushed ? out_format("error code 0x%" PRIx64 ", ", frame->code) :
				     out_format("%s", "");
	char *stack = frame->stack ? out_format(", RSP 0x%" PRIx64 ", SS 0x%" PRIx64, frame->rsp,
						frame->ss) : out_format("%s", "");
	char *text = frame->whole ?
		     out_format("%u bytes pushed: %sRIP 0x%" PRIx64 ", CS 0x%" PRIx64
				", RFLAGS 0x%" PRIx64 "%s", frame->bytes, code, frame->rip,
				frame->cs, frame->rflags, stack) :
		     out_format("%u bytes pushed", frame->bytes);

	free(code);
	free(stack);
	return text;
}
