// SPDX-License-Identifier: MIT
//
// threads.c - a program of plain threads that allocates in all the places where a program may.
// Among them are destructors of threads, handlers of fork, its child, and functions that libc calls
// while it holds locks. Each part prints its name.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../prog/extra/check.h"
#include "thrum.h"

void use(void); // lib.c
extern char **environ;

static atomic_bool stop;

static unsigned
rnd(unsigned *s)
{
	*s = *s * 1103515245u + 12345u;
	return *s >> 8;
}

static char *
filled(size_t n)
{
	char *p = malloc(n + sizeof n);
	CHECK(p && (uintptr_t)p % 16 == 0);
	memcpy(p, &n, sizeof n);
	memset(p + sizeof n, (int)(n % 251), n);
	return p;
}

static void
spill(char *p)
{
	size_t n;
	if (!p)
		return;
	memcpy(&n, p, sizeof n);
	for (size_t i = 0; i < n; i += i < 64 ? 1 : 97)
		CHECK((unsigned char)p[sizeof n + i] == n % 251);
	free(p);
}

static size_t
size(unsigned *s)
{
	unsigned r = rnd(s);
	return r % 64 == 0 ? rnd(s) % 300000 : r % 8 == 0 ? rnd(s) % 20000 : rnd(s) % 600;
}

// mapped returns the bytes of address space that the heap has, or those of its tables alone. It is
// 0 under another malloc.
static size_t
mapped(bool tables)
{
	static thrum_memstats st;
	void (*get)(thrum_memstats *) = (void (*)(thrum_memstats *))dlsym(RTLD_DEFAULT, "thrum_get_memstats");
	if (!get)
		return 0;
	get(&st);
	return tables ? st.meta : st.mapped + st.meta;
}

// done prints the name of a part; with THREADS_TIME set, on stderr its processor time.
static void
done(const char *part)
{
	static clock_t last;
	clock_t now = clock();
	puts(part);
	if (getenv("THREADS_TIME"))
		fprintf(stderr, "%s: %ld ms\n", part, (long)((now - last) * 1000 / CLOCKS_PER_SEC));
	last = now;
}

// ---- threads that exchange memory -----------------------------------------------------------

#define THREADS 4
#define SHELF 256

static _Atomic(char *) shelf[SHELF];

static void *
trader(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;
	for (int i = 0; i < 100000; i++)
		spill(atomic_exchange(&shelf[rnd(&s) % SHELF], rnd(&s) % 2 ? filled(size(&s)) : NULL));
	use();
	return NULL;
}

static void
trade(void)
{
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, trader, (void *)(uintptr_t)(i + 1)) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	for (int i = 0; i < SHELF; i++)
		spill(atomic_exchange(&shelf[i], NULL));
	done("trade");
}

// ---- threads that end -----------------------------------------------------------------------

// The first call of a thread may be free, which must not change errno.
static void *
shortlived(void *arg)
{
	errno = EXDEV;
	free(arg);
	CHECK(errno == EXDEV);
	use();
	return NULL;
}

// Destructors allocate in every round, also after the cache of the thread has ended.
static void
ends(void)
{
	size_t first = 0;
	for (unsigned i = 0; i < 1500; i++) {
		pthread_t t;
		CHECK(pthread_create(&t, NULL, shortlived, malloc(i % 40 * 30)) == 0);
		CHECK(pthread_join(t, NULL) == 0);
		if (i == 100)
			first = mapped(false);
	}
	CHECK(mapped(false) <= first + (8u << 20)); // a lost object of 500 bytes each
	done("ends");
}

// ---- objects that come and go ---------------------------------------------------------------

static void
loads(const char *file)
{
	for (int i = 0; i < 200; i++) {
		void *so = dlopen(file, RTLD_NOW);
		CHECK(so);
		void (*fn)(void) = (void (*)(void))dlsym(so, "use");
		CHECK(fn && fn != use);
		fn();
		CHECK(dlclose(so) == 0);
	}
	done("loads");
}

// ---- fork -----------------------------------------------------------------------------------

static char *fromparent[100];

static void *
busy(void *arg)
{
	unsigned s = (unsigned)(uintptr_t)arg;
	char *have[64] = {NULL};
	while (!stop) {
		unsigned i = rnd(&s) % 64;
		spill(have[i]);
		have[i] = filled(size(&s));
	}
	for (int i = 0; i < 64; i++)
		spill(have[i]);
	return NULL;
}

static void
expect(pid_t pid, int want)
{
	int status = 0;
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == want);
}

static void
child(unsigned s)
{
	char *have[300];
	for (int i = 0; i < 100; i++)
		spill(fromparent[i]);
	for (int i = 0; i < 300; i++)
		have[i] = filled(size(&s));
	for (int i = 0; i < 300; i++)
		spill(have[i]);
	pthread_t t;
	CHECK(pthread_create(&t, NULL, shortlived, NULL) == 0 && pthread_join(t, NULL) == 0);
	for (int i = 0; i < 100; i++)
		fromparent[i] = filled(size(&s));
}

// A child, and in some of them a grandchild, frees what its parent has allocated.
static void
forked(unsigned i)
{
	child(i);
	pid_t pid = i % 2 ? fork() : -1;
	if (pid == 0)
		child(i);
	else if (pid > 0)
		expect(pid, 5);
	_exit(5);
}

static void
forks(void)
{
	pthread_t t[THREADS];
	unsigned s = 3;
	stop = false;
	for (int i = 0; i < 100; i++)
		fromparent[i] = filled(size(&s));
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, busy, (void *)(uintptr_t)(i + 1)) == 0);
	for (unsigned i = 0; i < 50; i++) {
		pid_t pid = fork();
		if (pid == 0)
			forked(i);
		expect(pid, 5);
	}
	stop = true;
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	for (int i = 0; i < 100; i++)
		spill(fromparent[i]);
	done("forks");
}

static atomic_int begun;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
waiter(void *arg)
{
	for (size_t i = 0; i < 600; i += 16)
		spill(filled(i));
	begun++;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return arg;
}

#define GENERATIONS 30

// Each generation has threads, which the next one has not. It uses their caches again: a cache
// takes 170 KB.
static void
generations(void)
{
	size_t first = 0;
	for (int n = 0; n < GENERATIONS; n++) {
		pthread_t t[THREADS];
		begun = 0;
		CHECK(n > 0 || pthread_mutex_lock(&gate) == 0);
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_create(&t[i], NULL, waiter, NULL) == 0);
		while (begun < THREADS)
			sched_yield();
		if (n == 5)
			first = mapped(true);
		CHECK(n < 5 || mapped(true) <= first + (4u << 20));
		pid_t pid = fork();
		if (pid == 0)
			continue;
		expect(pid, 5);
		if (n > 0)
			_exit(5);
		pthread_mutex_unlock(&gate);
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_join(t[i], NULL) == 0);
		done("generations");
		return;
	}
	_exit(5);
}

// ---- fork, while streams are locked ----------------------------------------------------------

static atomic_int step;

// till waits for a step of another thread, and lets it go on from there.
static void
till(int n)
{
	while (step < n)
		sched_yield();
	for (int i = 0; i < 1000; i++)
		sched_yield();
}

static ssize_t
slowwrite(void *cookie, const char *text, size_t n)
{
	(void)cookie;
	(void)text;
	if (step != 0)
		return (ssize_t)n;
	step = 1;
	till(3); // the fork has begun
	for (size_t i = 1; i < 1 << 20; i *= 2)
		spill(filled(i));
	return (ssize_t)n;
}

static void *
writer(void *arg)
{
	fputs("text", arg);
	fflush(arg);
	return NULL;
}

static void *
flusher(void *arg)
{
	till(1);
	step = 2;
	fflush(NULL);
	return arg;
}

static void
forkbegins(void)
{
	if (step == 2)
		step = 3;
}

// A fork waits for the list of all streams, which the flusher has. The flusher waits for a stream,
// which the writer has. The writer must get memory.
static void
streams(void)
{
	cookie_io_functions_t io = {.write = slowwrite};
	pthread_atfork(forkbegins, NULL, NULL);
	for (int i = 0; i < 5; i++) {
		pthread_t t[2];
		FILE *f = fopencookie(NULL, "w", io);
		step = 0;
		CHECK(f && pthread_create(&t[0], NULL, writer, f) == 0 && pthread_create(&t[1], NULL, flusher, f) == 0);
		till(2);
		pid_t pid = fork();
		if (pid == 0) {
			f = fopen("/dev/null", "r");
			fflush(NULL);
			fclose(f);
			_exit(5);
		}
		expect(pid, 5);
		CHECK(pthread_join(t[0], NULL) == 0 && pthread_join(t[1], NULL) == 0);
		fclose(f);
	}
	done("streams");
}

// ---- other ways to a new process ------------------------------------------------------------

static void
processes(void)
{
	char *argv[] = {"sh", "-c", "exit 5", NULL};
	for (int i = 0; i < 20; i++) {
		pid_t pid;
		CHECK(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) == 0);
		expect(pid, 5);
	}
	pid_t pid = vfork();
	if (pid == 0) {
		execv("/bin/sh", argv);
		_exit(1);
	}
	expect(pid, 5);
	CHECK(system("exit 3") == 3 << 8);
	FILE *f = popen("echo text", "r");
	char line[10];
	CHECK(f && fgets(line, sizeof line, f) && strcmp(line, "text\n") == 0 && pclose(f) == 0);
	done("processes");
}

static char *early;

__attribute__((constructor)) static void
before(void)
{
	early = filled(1000);
}

static void
atend(void)
{
	spill(early);
	free(filled(100));
}

int
main(int argc, char **argv)
{
	alarm(100);
	setvbuf(stdout, NULL, _IONBF, 0); // a child must not print it again
	atexit(atend);
	trade();
	ends();
	if (argc > 1)
		loads(argv[1]);
	forks();
	generations();
	streams();
	processes();
	return 0;
}
