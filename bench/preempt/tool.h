// SPDX-License-Identifier: MIT
//
// tool.h - the declarations that the files of bench/preempt share; preempt.c explains the method.

#ifndef PREEMPT_TOOL_H
#define PREEMPT_TOOL_H

#include "../bench.h"
#include "../probe/latency.h"
#include <stdatomic.h>
#include <thrum.h>

// ---- work.c, vector.c, tight.c: the work of a spinner ----------------------------

typedef struct spinner {
	_Alignas(128) _Atomic uint64_t count; // rounds of its work, by the spinner
	_Alignas(128) atomic_bool stop;
	void (*run)(struct spinner *); // until stop
	_Atomic(thrum_g *) g;          // once it runs
	_Atomic int tid;               // of the thread that it began on
	thrum_wg *done;
} spinner;

typedef struct mode {
	const char *name;
	void (*run)(spinner *);
	const char *what;
} mode;

extern const mode modes[]; // a NULL name ends it

void work_tight(spinner *);
void work_vector(spinner *);
void work_poll(spinner *);
void vector_setup(void);
void vector_round(uint64_t seed); // seed < 4; exits if the result is wrong

static inline void
spinner_count(spinner *s, uint64_t n)
{
	atomic_store_explicit(&s->count, n, memory_order_relaxed);
}

static inline bool
spinner_stopped(spinner *s)
{
	return atomic_load_explicit(&s->stop, memory_order_relaxed);
}

// ---- series.c: samples and what becomes of them -----------------------------------

// A sample is ns << 2 and these. A sample is marked if the kernel did something else meanwhile.
enum { MarkSwitch = 1, MarkSteal = 2, Marks = 3 };

typedef struct series {
	const char *name; // "switched"
	const char *what; // for the table
	uint64_t *v;
	size_t n, cap;
	size_t from;      // of the lines that are printed next
	bool marked;      // its samples have marks
} series;

typedef struct summary {
	uint64_t n, p50, p90, p99, p999, p9999, max, mean; // ns
	uint64_t outliers;    // above 4 x p50
	uint64_t kernel;      // of these with a mark
	uint64_t clean99, clean999, cleanmax; // without those
} summary;

void series_add(series *s, uint64_t ns, unsigned marks);
// As many samples in the middle of each bucket.
void series_add_hist(series *s, const thrum_hist *h);
void hist_add(thrum_hist *to, const thrum_hist *h);
// series_sum makes a summary of samples from .. on, which it sorts.
summary series_sum(series *s, size_t from);
uint64_t series_at(const series *s, double percent); // after series_sum(s, 0)

typedef struct marker {
	long nivcsw;    // involuntary switches of all threads of the process
	uint64_t steal; // /proc/stat, in ticks of 10 ms
} marker;

void marker_start(marker *m);
// marker_look returns the marks for the time since the last look. It looks at steal only for slow
// samples, because that takes long.
unsigned marker_look(marker *m, bool slow);
uint64_t steal_ticks(void);
long involuntary(void);

// ---- cells.c: the measurements ------------------------------------------------------

typedef enum kind { KindAsk, KindWait, KindSleep, KindArmed, KindTgkill, KindFlag, KindNap, Kinds } kind;

typedef struct cell {
	kind kind;
	const mode *mode;  // NULL: a probe
	unsigned procs;
	uint64_t quantum;  // ns; 0: plays no part
	char name[64];     // "ask/tight/1"
	series s[3];
	unsigned nseries;
	double *kept;      // per round: speed of the spinners, of their speed alone
	unsigned nkept, from; // from: of the lines that are printed next
	thrum_preempt_stats count; // of all rounds
	uint64_t sent;     // signals, for the line that is printed next
	uint64_t busy;     // requests that had to be repeated: the goroutine was in foreign code
	uint64_t lost;     // no goroutine gave way within LOST
	uint64_t nivcsw, steal;
	thrum_hist slice, foreign; // of the runtime, all rounds
} cell;

#define LOST 1000000000u // ns

// cell_init names c and its series.
void cell_init(cell *c);
// cell_run measures c for ns.
void cell_run(cell *c, uint64_t ns);

// ---- table.c, json.c, plot.c ---------------------------------------------------------

typedef struct result {
	cell *c;
	unsigned n, rounds;
	double seconds;
	const char *cpu, *kernel; // the names of the processor and of the kernel
	int cpus;
	const char *slack;
} result;

void print_table(result *r);
void print_lines(result *r); // of the rounds since the last time, Go's format
int write_json(result *r, const char *file);
int write_picture(result *r, const char *file, bool svg);
const char *show_quantum(uint64_t ns); // "100us", static
double median_kept(const cell *c, unsigned from, double *min, double *max); // per cent; < 0: none

#endif
