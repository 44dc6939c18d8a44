// SPDX-License-Identifier: MIT
//
// leak.h - what a program has before and after its work: goroutines, stacks, threads, descriptors,
// mappings.
//
//	work();          // once, so that caches, pools and arenas are there
//	leak_begin();
//	work();
//	leak_end();      // waits until all is as before, or says what is more and exits 1
//
// Threads may take some seconds to end, so both wait. Call both from the same goroutine.
#ifndef LEAK_H
#define LEAK_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <time.h>
#include <unistd.h>

#ifndef LEAK_PROCS
#define LEAK_PROCS thrum_maxprocs(0) // as many ps as there ever were
#endif

#ifndef LEAK_VMAS
// Mappings more at the end than before: pools and threads do not join up the same way twice.
#define LEAK_VMAS 200
#endif

struct leak {
	// The last four: of the process; rss in pages.
	long goroutines, stacks, mapped, unsafe, threads, fds, vmas, rss;
};

static struct leak leak_before;

static long
leak_entries(const char *dir)
{
	long n = 0;
	DIR *d = opendir(dir);
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
leak_now(struct leak *l)
{
	thrum_stats s;
	char line[512];
	thrum_get_stats(&s);
	l->goroutines = (long)s.goroutines;
	l->stacks = (long)s.stack_bytes;
	l->mapped = (long)s.stack_mapped;
	l->unsafe = (long)s.unsafe_bytes;
	l->threads = leak_entries("/proc/self/task");
	l->fds = leak_entries("/proc/self/fd");
	l->vmas = l->rss = 0;
	FILE *f = fopen("/proc/self/maps", "r");
	while (f && fgets(line, sizeof line, f))
		l->vmas++;
	if (f)
		fclose(f);
	f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%*s %ld", &l->rss) != 1)
		l->rss = 0;
	if (f)
		fclose(f);
}

// A tenth of a second, also when signals come.
static inline void
leak_nap(void)
{
	struct timespec t = {0, 100000000};
	while (nanosleep(&t, &t) != 0)
		;
}

static inline void
leak_begin(void)
{
	int n = 0;
	do {
		if (n)
			leak_nap();
		leak_now(&leak_before);
	} while (leak_before.threads > LEAK_PROCS + 5 && n++ < 150);
}

// In the mode sigstorm each thread and goroutine may have some chunks of a handler's, and idle
// threads do not end for a minute, because each has a timer.
__attribute__((weak)) void sigstorm_alone(void);

// Some memory may be more afterwards. Threads have a stack, a guard and a malloc arena each. Stacks
// of threads that have ended are cached, and large stacks are kept for later. Some pages and stacks
// of goroutines differ, because no two runs are alike.
static inline void
leak_end(void)
{
	struct leak now, *b = &leak_before;
	long threads = b->threads + LEAK_PROCS + (sigstorm_alone ? 100 : 4);
	for (int i = 0; i < 150; i++) {
		leak_now(&now);
		if (now.goroutines <= b->goroutines && now.stacks <= b->stacks + (2l << 20) && now.mapped <= b->mapped + (128l << 20) &&
			now.unsafe <= b->unsafe + (sigstorm_alone ? 8l << 20 : 1l << 20) && now.threads <= threads && now.fds <= b->fds &&
			now.vmas <= b->vmas + LEAK_VMAS * (sigstorm_alone ? 4 : 1) && now.rss <= b->rss + b->rss / 4 + 2048)
			return;
		leak_nap();
	}
	fprintf(stderr,
		"leak: goroutines %ld before, %ld after; bytes of stacks %ld, %ld; mapped %ld, %ld; of unsafe frames %ld, %ld; threads %ld, %ld; "
		"descriptors %ld, %ld; mappings %ld, %ld; pages %ld, %ld\n",
		b->goroutines, now.goroutines, b->stacks, now.stacks, b->mapped, now.mapped, b->unsafe, now.unsafe, b->threads, now.threads, b->fds, now.fds,
		b->vmas, now.vmas, b->rss, now.rss);
	exit(1);
}

#endif
