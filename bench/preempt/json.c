// SPDX-License-Identifier: MIT
//
// json.c - all measurements in one object. Times are ns.
//
//	{"cpu", "kernel", "processors", "timer_slack", "seconds", "rounds",
//	 "cells": [{"name", "kind", "mode", "procs", "quantum",
//	     "latencies": [{"name", "n", "p50" ... "max", "mean", "outliers", "kernel", "p99_clean",
//	                    "p99.9_clean", "max_clean", "histogram": [[lower bound, count] ...]}],
//	     "kept": [one per round], "counts": {...}, "slice", "foreign": histograms of the runtime}]}

#include "tool.h"
#include <errno.h>

static void
quoted(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s >= ' ')
			putc(*s, f);
	putc('"', f);
}

static void
histogram(FILE *f, const thrum_hist *h)
{
	const char *comma = "";
	putc('[', f);
	for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++)
		if (h->count[i] != 0) {
			fprintf(f, "%s[%llu,%llu]", comma, (unsigned long long)thrum_hist_lower(i), (unsigned long long)h->count[i]);
			comma = ",";
		}
	putc(']', f);
}

static void
latency(FILE *f, series *s)
{
	static thrum_hist h;
	summary m = series_sum(s, 0);
	memset(&h, 0, sizeof h);
	for (size_t i = 0; i < s->n; i++)
		thrum_hist_record(&h, s->v[i] >> 2);
	fprintf(f, "   {\"name\": \"%s\", \"n\": %llu", s->name, (unsigned long long)m.n);
	if (m.n != 0)
		fprintf(f, ", \"p50\": %llu, \"p90\": %llu, \"p99\": %llu, \"p99.9\": %llu, \"p99.99\": %llu, \"max\": %llu, \"mean\": %llu",
		    (unsigned long long)m.p50, (unsigned long long)m.p90, (unsigned long long)m.p99, (unsigned long long)m.p999,
		    (unsigned long long)m.p9999, (unsigned long long)m.max, (unsigned long long)m.mean);
	if (m.n != 0 && s->marked)
		fprintf(f, ", \"outliers\": %llu, \"kernel\": %llu, \"p99_clean\": %llu, \"p99.9_clean\": %llu, \"max_clean\": %llu", (unsigned long long)m.outliers,
		    (unsigned long long)m.kernel, (unsigned long long)m.clean99, (unsigned long long)m.clean999, (unsigned long long)m.cleanmax);
	fprintf(f, ",\n    \"histogram\": ");
	histogram(f, &h);
	putc('}', f);
}

static void
counted(FILE *f, const cell *c)
{
	const thrum_preempt_stats *s = &c->count;
	const struct { const char *name; uint64_t v; } all[] = {
		{"asked", s->asked}, {"checked", s->checked}, {"polled", s->polled}, {"signalled", s->signalled},
		{"sent", s->sent}, {"moot", s->moot}, {"foreign", s->foreign}, {"runtime", s->runtime}, {"unsafe", s->unsafe},
		{"nomemory", s->nomemory}, {"late", s->late}, {"overdue", s->overdue}, {"asked_again", c->busy}, {"lost", c->lost},
		{"involuntary_switches", c->nivcsw}, {"steal_ticks", c->steal},
	};
	fprintf(f, "  \"counts\": {");
	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
		fprintf(f, "%s\"%s\": %llu", i ? ", " : "", all[i].name, (unsigned long long)all[i].v);
	fprintf(f, "}");
}

static void
write_cell(FILE *f, cell *c)
{
	static const char *const kinds[Kinds] = {"ask", "wait", "sleep", "armed", "tgkill", "flag", "nap"};
	fprintf(f, " {\"name\": \"%s\", \"kind\": \"%s\"", c->name, kinds[c->kind]);
	if (c->mode != NULL)
		fprintf(f, ", \"mode\": \"%s\", \"procs\": %u, \"quantum\": %llu", c->mode->name, c->procs, (unsigned long long)c->quantum);
	fprintf(f, ",\n  \"latencies\": [");
	for (unsigned i = 0; i < c->nseries; i++) {
		fprintf(f, "%s\n", i ? "," : "");
		latency(f, &c->s[i]);
	}
	fprintf(f, "],\n  \"kept\": [");
	for (unsigned i = 0; i < c->nkept; i++)
		fprintf(f, "%s%.6g", i ? ", " : "", c->kept[i]);
	fprintf(f, "],\n");
	counted(f, c);
	fprintf(f, ",\n  \"slice\": ");
	histogram(f, &c->slice);
	fprintf(f, ", \"foreign\": ");
	histogram(f, &c->foreign);
	fprintf(f, "}");
}

int
write_json(result *r, const char *file)
{
	FILE *f = strcmp(file, "-") == 0 ? stdout : fopen(file, "w");
	if (f == NULL)
		return -errno;
	fprintf(f, "{\"cpu\": ");
	quoted(f, r->cpu);
	fprintf(f, ", \"kernel\": ");
	quoted(f, r->kernel);
	fprintf(f, ", \"processors\": %d, \"timer_slack\": ", r->cpus);
	quoted(f, r->slack);
	fprintf(f, ", \"seconds\": %g, \"rounds\": %u, \"cells\": [\n", r->seconds, r->rounds);
	for (unsigned i = 0; i < r->n; i++) {
		write_cell(f, &r->c[i]);
		fprintf(f, i + 1 < r->n ? ",\n" : "\n");
	}
	fprintf(f, "]}\n");
	bool bad = ferror(f) != 0;
	return (f == stdout ? fflush(f) : fclose(f)) != 0 || bad ? -EIO : 0;
}
