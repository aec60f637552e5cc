/* SPDX-License-Identifier: GPL-2.0 */
/* What all unit tests include; cmocka wants these before itself. */
#ifndef VMXPROBE_UNIT_H
#define VMXPROBE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
