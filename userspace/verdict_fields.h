/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMXPROBE_VERDICT_FIELDS_H
#define VMXPROBE_VERDICT_FIELDS_H

#include "verdict.h"

/*
 * What "holds" of a claim of CLAIM_FIELDS can be: one of these sentences, or
 *	TOKEN <=> (expression)		the field can be read if and only if the expression is true
 *	RULE_ALL "0x800..0x80e, 0xc00"	all these can be read; ranges are of even encodings
 */
#define RULE_ALL "VMREAD takes "
#define RULE_HIGHEST "the highest index that VMREAD takes is ENUM[9:1]"
#define RULE_DOCUMENTED "VMREAD takes no encoding that is not documented"
#define RULE_HIGH_HALF "VMREAD takes encoding + 1 of each 64-bit field, and of no other"
#define RULE_RIGHTS "all access-rights fields keep 0xffffffff of all ones, or all 0x1f0ff"
#define RULE_ROUND_TRIP "all ones that are written are read back, in the width of the field"
#define RULE_CONTROLS "VMREAD takes each field of a control that may be 1"

/* The claim's rule over cpu->fields; 0, -ENOMEM, or -EINVAL for a row that is wrong. */
int verdict_fields(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict);

#endif
