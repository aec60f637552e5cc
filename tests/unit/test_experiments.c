// SPDX-License-Identifier: GPL-2.0
/* The table of experiments is that of the contract. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "experiments.h"

static void table_is_found_by_name_and_number(void **state)
{
	const struct experiment_info *info;

	(void)state;
	assert_null(experiments_get(experiments_count()));
	for (size_t i = 0; i < experiments_count(); i++) {
		info = experiments_get(i);
		assert_int_equal(info->id, i + 1);
		assert_ptr_equal(experiments_find(info->name), info);
		assert_ptr_equal(experiments_find_id(info->id), info);
		assert_true(*info->text && info->text[strlen(info->text) - 1] != '.');
	}
	assert_null(experiments_find("VMXON"));
	assert_null(experiments_find(""));
	assert_null(experiments_find_id(0));
	assert_null(experiments_find_id(experiments_count() + 1));
	/* Some of the header; all of them are compared with the spec that it is made from. */
	assert_int_equal(experiments_find("vmptrld-shadow")->id, VMXPROBE_EXPERIMENT_VMPTRLD_SHADOW);
	assert_int_equal(experiments_find("host-cr0")->id, VMXPROBE_EXPERIMENT_HOST_CR0);
}

/* The names of the spec's enumeration, in its order. */
static void names_are_those_of_the_spec(void **state)
{
	FILE *spec = fopen(VMXPROBE_TOP "/netlink/vmxprobe.yaml", "re");
	char *line = NULL, name[64];
	bool inside = false;
	size_t size = 0, n = 0;

	(void)state;
	assert_non_null(spec);
	while (getline(&line, &size, spec) > 0) {
		if (!strcmp(line, "    name: experiment\n")) {
			inside = true;
		} else if (inside && !strcmp(line, "  -\n")) {
			break;
		} else if (inside && sscanf(line, "        name: %63s", name) == 1) {
			assert_true(n < experiments_count());
			assert_string_equal(experiments_get(n++)->name, name);
		}
	}
	assert_int_equal(n, experiments_count());
	free(line);
	fclose(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_found_by_name_and_number),
		cmocka_unit_test(names_are_those_of_the_spec),
	};

	return cmocka_run_group_tests_name("experiments", tests, NULL, NULL);
}
