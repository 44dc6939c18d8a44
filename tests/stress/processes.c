// SPDX-License-Identifier: MIT
//
// processes.c - fork under load, from goroutines and from threads that are not the runtime's.
//
//	processes FORKS SEED
//
// Others yield, spawn, allocate locals and stacks meanwhile. A child does one of: exec, _exit, go
// on in its goroutine and start others that do the same again. Each must end with the status that
// is wanted; a child that hangs ends by its own alarm.

#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "../prog/extra/check.h"

#define FORKERS 4
#define LOAD 20

extern char **environ;
static atomic_int stop;
static atomic_long left, children[5];
static thrum_wg wg;

static unsigned
next(unsigned *seed)
{
	return *seed = *seed * 1664525 + 1013904223;
}

__attribute__((noinline)) static int
deep(int n)
{
	char b[100];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[9] == (char)n) : 0;
}

static void
short_one(void *arg)
{
	deep(20);
	thrum_wg_done(arg);
}

static void
load(void *arg)
{
	(void)arg;
	while (!stop) {
		thrum_wg some = {0};
		thrum_wg_add(&some, 5);
		for (int i = 0; i < 5; i++)
			CHECK(thrum_go(short_one, &some) == 0);
		deep(50);
		thrum_yield();
		thrum_wg_wait(&some);
	}
	thrum_wg_done(&wg);
}

// The child goes on as a program of its own.
static void
live(void)
{
	thrum_wg some = {0};
	thrum_wg_add(&some, 10);
	for (int i = 0; i < 10; i++)
		CHECK(thrum_go(short_one, &some) == 0);
	thrum_wg_wait(&some);
	CHECK(deep(200) == 200);
	_exit(4);
}

static void
one(unsigned *seed, bool goroutine)
{
	int kind = (int)(next(seed) >> 16) % 5, status = -1, want = 0;
	pid_t pid;
	if (kind == 3) {
		char *argv[] = {"true", NULL};
		CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
	} else if (kind == 4) {
		CHECK(system("exit 0") == 0);
		children[kind]++;
		return;
	} else {
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			alarm(30);
			if (kind == 0) {
				execlp("true", "true", (char *)NULL);
				_exit(127);
			}
			if (kind == 2 && goroutine)
				live();
			_exit(3);
		}
		want = kind == 0 ? 0 : kind == 2 && goroutine ? 4 : 3;
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want) {
		fprintf(stderr, "kind %d, %s: status 0x%x, wanted exit %d\n", kind, goroutine ? "goroutine" : "thread", status, want);
		exit(1);
	}
	children[kind]++;
}

static void
forker(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	while (left-- > 0)
		one(&seed, true);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	while (left-- > 0)
		one(&seed, false);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t t;
	CHECK(argc == 3);
	unsigned seed = (unsigned)strtoul(argv[2], NULL, 10);
	left = atol(argv[1]);
	for (int i = 0; i < LOAD; i++) {
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(load, NULL) == 0);
	}
	CHECK(pthread_create(&t, NULL, thread, (void *)(uintptr_t)next(&seed)) == 0);
	for (int i = 0; i < FORKERS; i++) {
		thrum_wg_add(&wg, 1);
		CHECK(thrum_go(forker, (void *)(uintptr_t)next(&seed)) == 0);
	}
	while (left > 0)
		usleep(10000);
	CHECK(pthread_join(t, NULL) == 0);
	stop = 1;
	thrum_wg_wait(&wg);
	printf("exec %ld, _exit %ld, goes on %ld, posix_spawn %ld, system %ld\n", children[0], children[1], children[2], children[3],
		children[4]);
	return 0;
}
