// SPDX-License-Identifier: MIT
//
// Shows that a signal handler with frames and jumps of its own may come at any instruction of the
// ways into instrumented code from outside. These are constructors and the start of the runtime,
// the start and the end of threads, a thread's calls of foreign code and jumps back to it, and
// resolvers and constructors of a loaded object.
//
// thrum-only
// extra: steps_threads_x.c=gcc steps_resolver_t.c=dlopen
// levels: O0 O2
// out: ok
// modes: normal stackmove (the handler would be interrupted itself)

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extra/steps.h"

static atomic_int stepping;
static atomic_long traps;

static void
wrong(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	_exit(1);
}

// frames has two locals in each call. They are written at their ends only: a trap comes for each
// byte of a memset.
static __attribute__((noinline)) int
frames(int n, int id, size_t size)
{
	volatile char b[size], c[600];
	b[0] = b[size - 1] = (char)(id + n);
	c[0] = c[599] = (char)(id - n);
	int ok = n == 0 || frames(n - 1, id, size);
	return ok && b[0] == (char)(id + n) && b[size - 1] == (char)(id + n) && c[0] == (char)(id - n) && c[599] == (char)(id - n);
}

static __attribute__((noinline)) void
jumps(jmp_buf b, int n)
{
	volatile char c[100];
	c[n] = 1;
	if (n > 0)
		jumps(b, n - 1);
	longjmp(b, c[n]);
}

static void
trap(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs, *flags = &r[REG_EFL];
	long n = atomic_fetch_add(&traps, 1);
	(void)info;
	if (!stepping || blocks(r)) {
		*flags &= ~(greg_t)TF;
		return;
	}
	if (sig == SIGUSR1)
		*flags |= TF;
	jmp_buf b;
	if (setjmp(b) == 0)
		jumps(b, 2);
	if (!frames(n % 50 == 0 ? 6 : 0, 0x60, n % 50 == 1 ? 20000 : n % 10 == 2 ? 15000 : 200))
		wrong("a local of the handler is not what it was");
}

// early begins before the runtime: the traps go on into main.
static __attribute__((constructor(200))) void
early(void)
{
	struct sigaction sa = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
	sigaction(SIGTRAP, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	stepping = 1;
	raise(SIGUSR1);
}

static __attribute__((constructor(201))) void
later(void)
{
	if (!frames(5, 1, 3000))
		wrong("a local of a constructor is not what it was");
}

// ---- threads ----

struct job {
	int (*enter)(void *, jmp_buf *, int, int, int, int, int);
	void *arg;
	int jumps;
};

void *steppedthread(void *);
static pthread_key_t key;

static void
destroy(void *p)
{
	if (p != &key || !frames(5, 2, 3000))
		wrong("a local of a destructor is not what it was");
}

static int
enter(void *arg, jmp_buf *back, int a, int b, int c, int d, int e)
{
	if (a + b + c + d + e != 15 || !frames(4, 3, 20) || !frames(1, 4, 17000) || !frames(6, 5, 15000))
		wrong("a local of a thread is not what it was");
	pthread_setspecific(key, &key);
	if (arg)
		pthread_exit(arg);
	if (back)
		longjmp(*back, 7);
	return 7;
}

static void *
own(void *arg)
{
	raise(SIGUSR1);
	enter(NULL, NULL, 5, 4, 3, 2, 1);
	return arg;
}

static void
run(void *(*start)(void *), void *arg, void *want)
{
	pthread_t t;
	void *got;
	stepping = 1;
	if (pthread_create(&t, NULL, start, arg) != 0 || pthread_join(t, &got) != 0)
		exit(2);
	stepping = 0;
	if (got != want)
		wrong(got ? got : "the result of a thread");
}

int
main(void)
{
	if (!frames(5, 6, 3000))
		wrong("a local of main is not what it was");
	stepping = 0;
	if (traps < 1000)
		printf("%ld traps up to main\n", (long)traps);
	pthread_key_create(&key, destroy);
	run(steppedthread, &(struct job){enter, NULL, 0}, NULL);
	run(steppedthread, &(struct job){enter, NULL, 1}, NULL);
	run(steppedthread, &(struct job){enter, "exit", 0}, "exit");
	run(own, "own", "own");

	traps = 0;
	stepping = 1;
	raise(SIGUSR1);
	void *so = dlopen("./steps_resolver_t.so", RTLD_NOW);
	stepping = 0;
	int (*chosen)(void) = so ? (int (*)(void))dlsym(so, "chosen") : NULL;
	if (!chosen || chosen() != 42)
		wrong(so ? "a local in an object is not what it was" : dlerror());
	if (traps < 1000)
		printf("%ld traps in dlopen\n", (long)traps);
	puts("ok");
	return 0;
}
