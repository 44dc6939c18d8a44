// SPDX-License-Identifier: MIT
//
// plot.c - the picture, by gnuplot: latency by percentile, and cost by quantum.
//
// The horizontal axis is the usual one of latency plots: log10(1 / (1 - p)), so that 90 %, 99 % and
// 99.9 % are equally far apart and the last sample of n stands at log10(n).

#include "tool.h"
#include <errno.h>
#include <math.h>
#include <signal.h>

// curve writes one line of the left picture as a data block.
static void
curve(FILE *f, unsigned id, series *s)
{
	double last = log10((double)s->n);
	fprintf(f, "$c%u << EOD\n", id);
	for (double x = 0; x <= last + 0.01; x += 0.02)
		fprintf(f, "%.3f %.4f\n", x, (double)series_at(s, 100 * (1 - pow(10, -x))) / 1000);
	fprintf(f, "EOD\n");
}

typedef struct line {
	char title[80];
	bool probe;
} line;

static double
from_100us(uint64_t quantum)
{
	return fabs(log((double)quantum / 100000));
}

static unsigned
curves(FILE *f, result *r, line *lines, unsigned max, double *right)
{
	unsigned n = 0, least = UINT32_MAX;
	uint64_t near = 0; // the quantum closest to 100 us
	for (unsigned i = 0; i < r->n; i++)
		if (r->c[i].kind == KindAsk && r->c[i].procs < least)
			least = r->c[i].procs;
	for (unsigned i = 0; i < r->n; i++)
		if (r->c[i].kind == KindSleep && (near == 0 || from_100us(r->c[i].quantum) < from_100us(near)))
			near = r->c[i].quantum;
	for (unsigned i = 0; i < r->n; i++) {
		cell *c = &r->c[i];
		for (unsigned j = 0; j < c->nseries && n < max; j++) {
			bool ask = c->kind == KindAsk && c->procs == least && j == 1;
			bool late = c->kind == KindSleep && j == 0 && c->quantum == near && strcmp(c->mode->name, "tight") == 0 && c->procs == least;
			if (!(ask || late || c->mode == NULL) || series_sum(&c->s[j], 0).n < 10)
				continue;
			lines[n].probe = c->mode == NULL;
			if (late)
				snprintf(lines[n].title, sizeof lines[n].title, "sleeper, %s", show_quantum(c->quantum));
			else
				snprintf(lines[n].title, sizeof lines[n].title, "%s", ask ? c->mode->name : c->kind == KindTgkill ? "tgkill" : c->kind == KindFlag ? "a store" : "plain sleep");
			*right = fmax(*right, log10((double)c->s[j].n));
			curve(f, n++, &c->s[j]);
		}
	}
	return n;
}

// costs writes the loss of each mode beside a waiter, by quantum. Returns: the number of lines.
static unsigned
costs(FILE *f, result *r, const mode **which, unsigned max)
{
	unsigned n = 0;
	for (const mode *m = modes; m->name != NULL && n < max; m++) {
		unsigned points = 0;
		for (unsigned i = 0; i < r->n; i++)
			points += r->c[i].kind == KindWait && r->c[i].mode == m && r->c[i].procs == 1 && r->c[i].nkept != 0;
		if (points < 2)
			continue;
		fprintf(f, "$q%u << EOD\n", n);
		for (unsigned i = 0; i < r->n; i++) {
			cell *c = &r->c[i];
			double min, max_, v;
			if (c->kind != KindWait || c->mode != m || c->procs != 1 || c->nkept == 0)
				continue;
			v = 100 - median_kept(c, 0, &min, &max_);
			// a logarithmic axis has no place for 0
			fprintf(f, "%g %.4f %.4f %.4f\n", (double)c->quantum / 1000, fmax(v, 0.01), fmax(100 - max_, 0.01), fmax(100 - min, 0.01));
		}
		fprintf(f, "EOD\n");
		which[n++] = m;
	}
	return n;
}

int
write_picture(result *r, const char *file, bool svg)
{
	static const char *const colour[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee7733", "#009988"};
	line lines[24];
	uint64_t low = UINT64_MAX, high = 0;
	double right = 1;
	const mode *which[16];
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	sigaction(SIGPIPE, &ignore, &old); // gnuplot may be absent
	FILE *f = popen("gnuplot", "w");
	if (f == NULL)
		return -errno;
	for (unsigned i = 0; i < r->n; i++)
		if (r->c[i].kind == KindWait) {
			low = r->c[i].quantum < low ? r->c[i].quantum : low;
			high = r->c[i].quantum > high ? r->c[i].quantum : high;
		}
	unsigned n = curves(f, r, lines, 24, &right), q = costs(f, r, which, 16), solid = 0, dashed = 0;
	fprintf(f, "set terminal %s size %d,640 font \"sans,11\"\nset output \"%s\"\n", svg ? "svg background \"white\"" : "pngcairo",
	    q ? 1500 : 960, file);
	fprintf(f, "set grid lc rgb \"#dddddd\"\nset border 3\nset tics nomirror\nset logscale y\n");
	if (q)
		fprintf(f, "set multiplot layout 1,2\n");
	if (n) {
		fprintf(f, "set title \"From the request to the switch, a sleeper's delay (solid); the machine by itself (dashed)\"\n"
			   "set ylabel \"microseconds, logarithmic\"\nset xlabel \"percentile\" offset 0,0.4\nset key below Left reverse maxcols 6\n"
			   "set xtics (\"0\" 0, \"50\" 0.30103, \"90\" 1");
		for (int i = 2; i <= right; i++)
			fprintf(f, ", \"%.*f\" %d", i - 2, 100 - pow(10, 2 - i), i);
		fprintf(f, ")\nset xrange [0:%.2f]\nplot ", right);
		for (unsigned i = 0; i < n; i++)
			fprintf(f, "%s$c%u using 1:2 with lines lw 2 dt %d lc rgb \"%s\" title \"%s\"", i ? ", " : "", i, lines[i].probe ? 2 : 1,
			    lines[i].probe ? (dashed++, dashed == 1 ? "#222222" : dashed == 2 ? "#888888" : "#bbbbbb") : colour[solid++ % 8],
			    lines[i].title);
		fprintf(f, "\n");
	}
	if (q) {
		fprintf(f, "set title \"What a spinner loses beside one waiter (median; smallest and largest of the rounds)\"\n"
			   "set ylabel \"per cent of its speed, logarithmic; 0.01: nothing\"\nset xlabel \"quantum\" offset 0,0.4\nset logscale x\nset key below Left reverse maxcols 7\n"
			   "set xtics (\"20us\" 20, \"50us\" 50, \"100us\" 100, \"200us\" 200, \"500us\" 500, \"1ms\" 1000, \"2ms\" 2000, "
			   "\"5ms\" 5000, \"10ms\" 10000, \"100ms\" 100000, \"1s\" 1000000)\nset xrange [%g:%g]\nplot ",
		    (double)low / 1300, (double)high / 770);
		for (unsigned i = 0; i < q; i++)
			fprintf(f, "%s$q%u using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.6 lc rgb \"%s\" title \"%s\"", i ? ", " : "", i, colour[i % 8],
			    which[i]->name);
		fprintf(f, "\n");
	}
	int status = pclose(f);
	sigaction(SIGPIPE, &old, NULL);
	return status == 0 ? 0 : -EIO;
}
