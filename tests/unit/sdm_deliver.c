// SPDX-License-Identifier: GPL-2.0
/* Event delivery: frames, gates, and what goes wrong in between. */
#include "sdm_deliver.h"

#include <stdlib.h>

#include "decode.h"
#include "guest.h"

uint64_t *sdm_run_field(struct sdm_run *r, uint32_t encoding)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->fields[i].field == encoding)
			return &r->fields[i].value;
	if (r->n == MAX_FIELDS)
		abort();
	r->fields[r->n] = (struct field_value){ encoding, 0 };
	return &r->fields[r->n++].value;
}

bool sdm_buggy(const struct sdm_run *r, enum sdm_bug bug)
{
	return r->sdm->bug == bug;
}

bool sdm_is_real(const struct sdm_run *r)
{
	return r->group->guest == GUEST_REAL;
}

bool sdm_is_long(const struct sdm_run *r)
{
	return r->group->guest == GUEST_LONG;
}

void sdm_put(struct sdm_run *r, uint32_t encoding, uint64_t value)
{
	*sdm_run_field(r, encoding) = value;
}

void sdm_leave(struct sdm_run *r, uint32_t reason, uint64_t qualification)
{
	r->out.kind = OUTCOME_ENTERED;
	r->out.exit_reason = reason;
	r->out.qualification = qualification;
}

static unsigned int cpl(struct sdm_run *r)
{
	return r->rflags & RFLAGS_VM ? 3 : *sdm_run_field(r, GUEST_CS_AR_BYTES) >> 5 & 3;
}

static struct sdm_fault gp(struct sdm_run *r, const struct sdm_event *e)
{
	bool ext = e->type != SWINT && e->type != SWEXC;

	if (sdm_buggy(r, BUG_EXT_ALWAYS) || sdm_buggy(r, BUG_EXT_NEVER))
		ext = sdm_buggy(r, BUG_EXT_ALWAYS);
	return (struct sdm_fault){ .raised = true, .vector = 13,
			       .code = sdm_is_real(r) ? 0 : e->vector * 8 + 2 + ext };
}

/* Push so many bytes; what the stack has no page for is a fault. */
static struct sdm_fault push(struct sdm_run *r, uint64_t *rsp, unsigned int width, uint64_t value)
{
	*rsp -= width;
	if (*rsp < STACK_PAGE || *rsp + width > STACK_PAGE + sizeof(r->stack)) {
		if (!sdm_is_real(r))
			return (struct sdm_fault){ .raised = true, .vector = 14, .code = 2,
					       .address = *rsp };
		sdm_put(r, GUEST_LINEAR_ADDRESS, *rsp);
		sdm_put(r, GUEST_PHYSICAL_ADDRESS, *rsp);
		sdm_leave(r, EXIT_EPT, 0x182);
		return (struct sdm_fault){ .raised = true, .gone = true };
	}
	for (unsigned int i = 0; i < width; i++)
		r->stack[*rsp - STACK_PAGE + i] = value >> 8 * i;
	return (struct sdm_fault){ 0 };
}

static bool pushes_code(const struct sdm_run *r, const struct sdm_event *e)
{
	if (sdm_buggy(r, BUG_CODE_BY_VECTOR) && e->type == HW && !sdm_is_real(r))
		return sdm_has_code(e->vector);
	if (sdm_buggy(r, BUG_CODE_IN_REAL_MODE) && sdm_is_real(r))
		return e->type == HW && sdm_has_code(e->vector);
	if (sdm_buggy(r, BUG_CODE_FOR_SOFT) && e->type != HW)
		return sdm_has_code(e->vector) || e->vector == 2;
	return e->has_code;
}

static uint64_t return_rip(const struct sdm_run *r, const struct sdm_event *e)
{
	bool soft = e->type == SWINT || e->type == PRIV || e->type == SWEXC;

	if (sdm_buggy(r, BUG_LENGTH_FOR_ALL) || (soft && !sdm_buggy(r, BUG_NO_LENGTH)))
		return r->rip + e->length;
	return r->rip;
}

static uint64_t flags_image(const struct sdm_run *r, const struct sdm_event *e)
{
	if (sdm_buggy(r, BUG_FORCED_RF) && e->type == HW)
		return r->rflags | RFLAGS_RF;
	if (sdm_buggy(r, BUG_LOST_TF))
		return r->rflags & ~RFLAGS_TF;
	return r->rflags;
}

static void enter_handler(struct sdm_run *r, const struct sdm_event *e)
{
	uint64_t lost = RFLAGS_TF | RFLAGS_IF;

	lost |= sdm_is_real(r) ? RFLAGS_AC : RFLAGS_NT | RFLAGS_RF | RFLAGS_VM;
	if (sdm_buggy(r, BUG_KEEPS_TF))
		lost &= ~RFLAGS_TF;
	if (sdm_buggy(r, BUG_KEEPS_IF))
		lost &= ~RFLAGS_IF;
	if (sdm_buggy(r, BUG_KEEPS_VM))
		lost &= ~RFLAGS_VM;
	r->rflags &= ~lost;
	r->rip = GUEST_HANDLERS + e->vector * GUEST_SLOT;
	sdm_put(r, GUEST_CS_SELECTOR, sdm_is_long(r) ? 8 : sdm_is_real(r) ? 0 : 0x18);
}

/* The values, in the order in which they are pushed; all or nothing. */
static struct sdm_fault push_all(struct sdm_run *r, uint64_t rsp, unsigned int width, const uint64_t *list,
			     size_t n)
{
	struct sdm_fault fault = { 0 };

	for (size_t i = 0; !fault.raised && i < n; i++)
		fault = push(r, &rsp, width, list[i]);
	if (!fault.raised)
		r->rsp = rsp;
	return fault;
}

static struct sdm_fault deliver_real(struct sdm_run *r, const struct sdm_event *e)
{
	uint64_t list[4] = { flags_image(r, e), *sdm_run_field(r, GUEST_CS_SELECTOR), return_rip(r, e),
			     e->code };
	struct sdm_fault fault;

	if (e->vector * 4 + 3 > *sdm_run_field(r, GUEST_IDTR_LIMIT))
		return gp(r, e);
	fault = push_all(r, r->rsp, 2, list, 3 + pushes_code(r, e));
	if (!fault.raised)
		enter_handler(r, e);
	return fault;
}

/* SS:RSP for the handler, if it is another. */
static bool switch_stack(struct sdm_run *r, uint64_t *rsp)
{
	if (!cpl(r) || sdm_buggy(r, BUG_NO_STACK_SWITCH))
		return false;
	*rsp = GUEST_STACK0;
	return true;
}

static void use_shadow_stack(struct sdm_run *r)
{
	if (*sdm_run_field(r, GUEST_CR4) >> 23 & 1 && *sdm_run_field(r, GUEST_S_CET) & 1 && !cpl(r) &&
	    !sdm_buggy(r, BUG_SHADOW_STACK))
		r->ssp = (r->ssp & ~7ull) - 24;
}

static struct sdm_fault deliver_protected(struct sdm_run *r, const struct sdm_event *e)
{
	uint64_t base = *sdm_run_field(r, GUEST_IDTR_BASE), rsp = r->rsp, list[11];
	unsigned int size = sdm_is_long(r) ? 16 : 8, width = sdm_is_long(r) ? 8 : 4;
	bool soft = e->type == SWINT || e->type == SWEXC, other, v86 = r->rflags & RFLAGS_VM;
	struct sdm_fault fault;
	size_t n = 0;

	if (e->vector * size + size - 1 > *sdm_run_field(r, GUEST_IDTR_LIMIT))
		return gp(r, e);
	if (base == GUEST_IDT_TASK && sdm_is_long(r))
		return gp(r, e);
	if (sdm_buggy(r, BUG_DPL_FOR_ALL) || sdm_buggy(r, BUG_DPL_FOR_NONE))
		soft = sdm_buggy(r, BUG_DPL_FOR_ALL);
	if (soft && cpl(r))
		return gp(r, e);
	if (base == GUEST_IDT_TASK) {
		sdm_leave(r, EXIT_TASK, (sdm_buggy(r, BUG_TASK_SOURCE) ? 0 : 3ull << 30) | 0x20);
		return (struct sdm_fault){ .raised = true, .gone = true };
	}
	if (base == GUEST_IDT_16BIT && !sdm_buggy(r, BUG_WIDE_GATES))
		width = 2;
	other = switch_stack(r, &rsp);
	if (v86) {
		list[n++] = *sdm_run_field(r, GUEST_GS_SELECTOR);
		list[n++] = *sdm_run_field(r, GUEST_FS_SELECTOR);
		list[n++] = *sdm_run_field(r, GUEST_DS_SELECTOR);
		list[n++] = *sdm_run_field(r, GUEST_ES_SELECTOR);
	}
	if (other || sdm_is_long(r)) {
		list[n++] = *sdm_run_field(r, GUEST_SS_SELECTOR);
		list[n++] = r->rsp;
	}
	list[n++] = flags_image(r, e);
	list[n++] = *sdm_run_field(r, GUEST_CS_SELECTOR);
	list[n++] = return_rip(r, e);
	if (pushes_code(r, e))
		list[n++] = sdm_buggy(r, BUG_CODE_TRUNCATED) ? e->code & 0xff : e->code;
	if (sdm_is_long(r) && !sdm_buggy(r, BUG_NO_ALIGNMENT))
		rsp &= ~15ull;
	fault = push_all(r, rsp, width, list, n);
	if (fault.raised)
		return fault;
	use_shadow_stack(r);
	if (other)
		sdm_put(r, GUEST_SS_SELECTOR, sdm_is_long(r) ? 0 : 0x10);
	enter_handler(r, e);
	return fault;
}

static bool contributory(unsigned int vector)
{
	return vector == 0 || (vector > 9 && vector < 14);
}

/* "Conditions for Generating a Double Fault" */
static bool doubles(const struct sdm_event *first, unsigned int second)
{
	if (first->type != HW)
		return false;
	if (contributory(first->vector))
		return contributory(second);
	return first->vector == 14 && (contributory(second) || second == 14);
}

void sdm_exit_by(struct sdm_run *r, const struct sdm_fault *fault, bool vectoring)
{
	bool code = !sdm_is_real(r) || fault->vector == 14;

	sdm_leave(r, EXIT_EXCEPTION, fault->vector == 14 ? fault->address : 0);
	r->out.intr_info = 0x80000300 | fault->vector | (code ? 0x800 : 0);
	r->out.intr_error_code = code ? fault->code : 0;
	r->vectoring = vectoring;
	if (vectoring && sdm_buggy(r, BUG_RIP_MOVES))
		r->rip += r->first.length;
}

bool sdm_deliver(struct sdm_run *r, struct sdm_event e)
{
	const struct sdm_event first = e;

	for (;;) {
		struct sdm_fault fault = sdm_is_real(r) ? deliver_real(r, &e) : deliver_protected(r, &e);

		if (!fault.raised)
			return true;
		r->vectoring = true;
		r->first = first;
		if (fault.gone)
			return false;
		if (*sdm_run_field(r, EXCEPTION_BITMAP) >> fault.vector & 1) {
			sdm_exit_by(r, &fault, true);
			return false;
		}
		if (e.type == HW && e.vector == 8 && !sdm_buggy(r, BUG_NO_TRIPLE_FAULT)) {
			sdm_leave(r, EXIT_TRIPLE, 0);
			r->vectoring = false;
			return false;
		}
		if (e.type == HW && e.vector == 8) {
			sdm_exit_by(r, &fault, true);
			return false;
		}
		if (doubles(&e, fault.vector) && !sdm_buggy(r, BUG_NO_DOUBLE_FAULT))
			fault = (struct sdm_fault){ .raised = true, .vector = 8 };
		else if (sdm_buggy(r, BUG_NO_DOUBLE_FAULT)) {
			sdm_exit_by(r, &fault, true);
			return false;
		}
		if (*sdm_run_field(r, EXCEPTION_BITMAP) >> fault.vector & 1) {
			sdm_exit_by(r, &fault, fault.vector != 8);
			return false;
		}
		e = (struct sdm_event){ fault.vector, HW, !sdm_is_real(r), fault.code, 0 };
	}
}

