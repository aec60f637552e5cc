// SPDX-License-Identifier: GPL-2.0
#include "probing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "decode.h"
#include "names.h"

int probing_take(int key, const char *arg, struct probing_options *opt)
{
	uint64_t value;

	switch (key) {
	case PROBING_KEY_MAX_WINDOW:
		if (!decode_parse_number(arg, CLIENT_MAX_WINDOW, &value) || !value)
			return usage_error("--max-window takes 1 to %d, not \"%s\"",
					   CLIENT_MAX_WINDOW, arg);
		opt->probe.max_window = value;
		return 0;
	case PROBING_KEY_CHECK_HOST:
		opt->probe.check_host = true;
		return 0;
	case PROBING_KEY_BORROW:
		opt->probe.borrow = true;
		return 0;
	case PROBING_KEY_STATS:
		opt->stats = true;
		return 0;
	}
	return -1;
}

int probing_guest(const char *arg, enum guest *guest)
{
	if (!guest_parse(arg, guest))
		return usage_error("unknown guest \"%s\": it is real, pm32 or long", arg);
	return 0;
}

int probing_check(const struct cmd_context *ctx, const struct probe_options *opt)
{
	if (ctx->options.from && opt->check_host)
		return usage_error("--check-host needs this machine, not the recorded report "
				   "\"%s\"", ctx->options.from);
	if (ctx->options.from && opt->borrow)
		return usage_error("--borrow needs this machine, not the recorded report \"%s\"",
				   ctx->options.from);
	if (ctx->options.from && opt->max_window)
		return usage_error("--max-window needs this machine, not the recorded report "
				   "\"%s\"", ctx->options.from);
	return 0;
}

int probing_cpus(struct cmd_context *ctx, const struct probe_options *opt, struct cpu_list *cpus,
		 struct skipped *skipped)
{
	const bool may_borrow = !ctx->options.from && !opt->borrow;
	int err = 0;

	skipped->recorded = ctx->options.from;
	for (size_t i = 0; !err && i < ctx->cpus.n; i++) {
		const struct cpu *cpu = cmd_cpu(ctx, i);

		if (!ctx->options.cpus.n && skipped_is(cpu)) {
			err = skipped_add(skipped, cpu);
			continue;
		}
		err = cpu_list_add(cpus, cpu->id);
		if (!err && may_borrow && cpu->readiness == READINESS_IN_USE)
			err = cpu_list_add(&skipped->in_use, cpu->id);
	}
	if (!err)
		return 0;
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

static uint64_t per(uint64_t ticks, size_t probes)
{
	return probes ? (ticks + probes / 2) / probes : 0;
}

char *probing_cost_text(const struct run_cost *cost)
{
	const struct window_stats stats = run_cost_all(cost);
	char borrowed[48] = "", entries[80] = "";

	if (!stats.windows)
		return out_format(stats.untold ? "the module is older than this tool and does not say "
						 "how long its windows were" :
						 "no window was opened");
	if (stats.borrowed)
		snprintf(borrowed, sizeof(borrowed), " (%" PRIu64 " of them borrowed)",
			 stats.borrowed);
	/* A map of VMCS fields takes neither entries nor probes. */
	if (cost->stats.windows)
		snprintf(entries, sizeof(entries), " of at most %" PRIu32 " VM %s, %" PRIu64
			 " ticks a probe", stats.max_entries,
			 stats.max_entries == 1 ? "entry" : "entries",
			 per(cost->stats.ticks, cost->probes));
	return out_format("%" PRIu64 " window%s%s%s, longest window %" PRIu64
			  " ticks (interrupts off)%s", stats.windows,
			  stats.windows == 1 ? "" : "s", borrowed, entries, stats.max_ticks,
			  stats.untold ? ", without those in which VMCS fields were read" : "");
}

void probing_print_stats(const struct run *run)
{
	struct run_cost cost = { 0 };
	char *text;

	run_add_cost(&cost, run);
	text = probing_cost_text(&cost);
	printf("\n%s\n", text);
	free(text);
	if (!cost.stats.windows && !cost.scan.windows)
		return;
	if (cost.stats.interrupted)
		printf("%" PRIu64 " guests entered again after an event of the host, %" PRIu64
		       " of them NMIs\n", cost.stats.interrupted, cost.stats.nmis);
	if (cost.stats.windows)
		printf("%.3f seconds, answers of %.1f bytes a probe\n", run->seconds,
		       cost.probes ? (double)cost.stats.reply_bytes / cost.probes : 0);
	else
		printf("%.3f seconds, answers of %" PRIu64 " bytes\n", run->seconds,
		       cost.scan.reply_bytes);
}

json_t *probing_json_stats(const struct run *run)
{
	struct run_cost cost = { 0 };
	struct window_stats stats;
	json_t *object = json_object();

	run_add_cost(&cost, run);
	stats = run_cost_all(&cost);

	out_json_set(object, "windows", json_integer(stats.windows));
	out_json_set(object, "untold", json_boolean(stats.untold));
	out_json_set(object, "borrowed", json_integer(stats.borrowed));
	out_json_set(object, "max_entries", json_integer(stats.max_entries));
	out_json_set(object, "probes", json_integer(cost.probes));
	out_json_set(object, "ticks", json_integer(stats.ticks));
	out_json_set(object, "ticks_per_probe",
		     json_integer(per(cost.stats.ticks, cost.probes)));
	out_json_set(object, "max_ticks", json_integer(stats.max_ticks));
	out_json_set(object, "reply_bytes", json_integer(stats.reply_bytes));
	out_json_set(object, "interrupted", json_integer(stats.interrupted));
	out_json_set(object, "nmis", json_integer(stats.nmis));
	out_json_set(object, "elapsed_ns", json_integer(run->seconds * 1e9));
	return object;
}

json_t *probing_json_changes(const struct run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->n; i++) {
		const struct probe_report *report = &run->jobs[i].report;

		for (size_t j = 0; j < report->n_changes; j++) {
			json_t *change = json_object();

			out_json_set(change, "cpu", json_integer(run->jobs[i].cpu->id));
			out_json_set(change, "item", json_string(report->changes[j].name));
			out_json_set(change, "before", out_json_hex(report->changes[j].before));
			out_json_set(change, "after", out_json_hex(report->changes[j].after));
			out_json_append(array, change);
		}
	}
	return array;
}
