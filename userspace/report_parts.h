/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that read and write reports have for each other. */
#ifndef VMXPROBE_REPORT_PARTS_H
#define VMXPROBE_REPORT_PARTS_H

#include "model.h"
#include "report_json.h"

/* An outcome without the field it is about, which the caller knows or reads. 0 or -1. */
int report_read_outcome(const struct place *item, struct outcome *outcome);
/* The same with the field, where it is about one. */
int report_read_outcome_field(const struct place *item, struct outcome *outcome);

/* The outcome's "arrival", of a group that had n_fields fields read. 0 or -1. */
int report_read_arrival(const struct place *item, size_t n_fields, bool timed,
			struct arrival *arrival);

json_t *report_write_evidence(const struct cpu *cpu);
/* 0 or -1 after one sentence; *total counts the probes of the whole report. */
int report_read_evidence(const struct place *list, struct cpu *cpu, size_t *total);

json_t *report_write_fields(const struct field_map *map);
/* 0 or -1 after one sentence; *total counts the encodings of the whole report. */
int report_read_fields(const struct place *list, struct field_map *map, size_t *total);

bool report_has_experiments(const struct cpu *cpu);
json_t *report_write_experiments(const struct cpu *cpu);
/* 0 or -1 after one sentence; *total counts the observations of the whole report. */
int report_read_experiments(const struct place *list, struct cpu *cpu, size_t *total);

#endif
