// SPDX-License-Identifier: MIT
//
// debug.c - reads THRUM_DEBUG (debug.h).

#include "core/base/debug.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/print.h"

#ifdef TSAN // TSan delays signals, and then their contexts cannot be edited
debugvars debug;
#else
debugvars debug = {.asyncpreempt = 1, .membarrier = 1};
#endif

static const struct {
	const char *name;
	int *var;
	const char *what;
} table[] = {
	{"stackmove", &debug.stackmove, "1: move the stack at every stack check and poison the old one"},
	{"stackpoison", &debug.stackpoison, "1: fill stacks with 0xdb when they are freed"},
	{"check", &debug.check, "1: check every goroutine state transition and the order of the runtime's locks"},
	{"asyncpreempt", &debug.asyncpreempt, "0: preempt only at stack checks and loop polls; 2: only by signals"},
	{"membarrier", &debug.membarrier, "0: do without membarrier(2), for programs whose seccomp filter forbids it later; slower"},
	{"preemptstorm", &debug.preemptstorm, "N: ask some running goroutine to give way every 1 to N us, at random (THRUM_SEED)"},
	{"preemptcount", &debug.preemptcount, "1: print at exit how often goroutines were preempted"},
	{"heapcheck", &debug.heapcheck, "N: compare all of the heap's own data at every N-th call that takes a slow way"},
	{"hugepages", &debug.hugepages, "1: ask the kernel for huge pages for the heap: less time where much memory is used at random, but more memory"},
	{"malloc", &debug.malloc, "1: red zones, patterns and a quarantine in the heap; its faults name the places of allocation and free"},
	{"memprofilerate", &debug.memprofilerate, "N: sample one allocation of the heap per N bytes from the start on (thrum_memprofile)"},
	{"fpexact", &debug.fpexact, "1: keep the floating-point exception flags across every switch"},
	{"schedtrace", &debug.schedtrace, "N: print a line about the scheduler every N ms"},
	{"scheddetail", &debug.scheddetail, "1: with schedtrace, also print every P, M and goroutine"},
	{"sched", NULL, "seed:N: one P, virtual time, every choice drawn from N: the same N gives the same order"},
	{"schedlog", &debug.schedlog, "1: with sched=seed:N, print every choice"},
};

static void
help(void)
{
	print("THRUM_DEBUG=key=value,...:\n");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		print("  %s  %s\n", table[i].name, table[i].what);
}

// setsched reads the value of sched=seed:N.
static void
setsched(const char *value)
{
	char *end;
	errno = 0;
	uint64_t seed = value && strncmp(value, "seed:", 5) == 0 ? strtoull(value + 5, &end, 10) : 0;
	if (!value || strncmp(value, "seed:", 5) != 0 || value[5] < '0' || value[5] > '9' || errno != 0 || (*end != 0 && *end != ',')) {
		print("thrum: warning: THRUM_DEBUG=sched is ignored: write sched=seed:N with a number N\n");
		return;
	}
	debug.seeded = 1;
	debug.seed = seed;
}

static void
set(const char *key, size_t nkey, const char *value)
{
	if (nkey == 4 && memcmp(key, "help", 4) == 0) {
		help();
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strlen(table[i].name) == nkey && memcmp(table[i].name, key, nkey) == 0) {
			if (!table[i].var)
				setsched(value);
			else
				*table[i].var = value ? (int)strtol(value, NULL, 10) : 1;
			return;
		}
	char name[64];
	size_t n = nkey < sizeof name - 1 ? nkey : sizeof name - 1;
	memcpy(name, key, n);
	name[n] = 0;
	print("thrum: warning: unknown THRUM_DEBUG key \"%s\" (THRUM_DEBUG=help lists them)\n", name);
}

static void
read(void)
{
	const char *s = getenv("THRUM_DEBUG");
	while (s && *s) {
		size_t n = strcspn(s, ",");
		size_t k = strcspn(s, "=,");
		if (k > 0)
			set(s, k, s[k] == '=' ? s + k + 1 : NULL);
		s += n;
		if (*s == ',')
			s++;
	}
}

void
debuginit(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read);
}
