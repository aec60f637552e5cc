/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KVM_WITNESS_CORRUPT_H
#define KVM_WITNESS_CORRUPT_H

#include "vm.h"

/* Change one register after the other behind the guest's back: the number that nobody noticed. */
unsigned int corrupt_all(struct vm *vm);

#endif
