/* SPDX-License-Identifier: GPL-2.0 */
/* The matrix for people and for programs; cmd_matrix.c and cmd_summary.c use it. */
#ifndef VMXPROBE_MATRIX_VIEW_H
#define VMXPROBE_MATRIX_VIEW_H

#include <jansson.h>

#include "matrix.h"
#include "out.h"

/* Kinds of guests that answered alike. */
struct matrix_fold {
	const struct matrix_mode *mode;	/* one of them */
	char *label;			/* all of them: "CR0.PE = 1 (unrestricted guest 0 or 1)" */
};

size_t matrix_fold_modes(const struct matrix *matrix, struct matrix_fold folds[MATRIX_MODES]);
void matrix_free_folds(struct matrix_fold *folds, size_t n);

/* A table of all types for each kind of guest, and the pattern of hardware exceptions. */
void matrix_print(const struct matrix_group *group);
/* The pattern of hardware exceptions alone; with indentation, without heading. */
void matrix_print_strip(const struct matrix_mode *mode);
/* Say what was not run, or went otherwise than planted; nothing if there is nothing. */
void matrix_print_gaps(const struct matrix *matrix);
/* In which cells the groups differ from the first complete one; how many groups do. */
size_t matrix_print_differences(const struct matrix_group *groups, size_t n);
/* Do complete groups differ? */
bool matrix_differ(const struct matrix_group *groups, size_t n);

/* The exit code that says most: a finding before what is missing. */
int matrix_exit(const struct run *run, const struct matrix_group *groups, size_t n);

/*
 * A table of vectors, a column without and one with an error code. A row is that of all types
 * named by like; its lists of vectors go on in more lines where they have to.
 */
struct out_table *matrix_table_new(void);
void matrix_table_row(struct out_table *table, const bool like[INTR_TYPES], const char *without,
		      const char *with);
/* Numbers above a strip of marks, one for each vector that a hardware exception can have. */
#define MATRIX_STRIP 32
void matrix_print_strip_head(void);

json_t *matrix_json(const struct matrix_group *group);

#endif
