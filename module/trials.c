// SPDX-License-Identifier: GPL-2.0
#include "trial.h"

const vmxprobe_trial_fn vmxprobe_trials[VMXPROBE_EXPERIMENT_HOST_BASE + 1] = {
};
