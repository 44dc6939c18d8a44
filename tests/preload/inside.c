// SPDX-License-Identifier: MIT
//
// inside.c - looks into the heap of libthrum-malloc.so: linked with its objects, so it sees their
// private names (inside.sh).
//
//	inside check           threads and children of fork; the heap is whole in each of them
//	inside twice, ended    an object is in a magazine twice, as after a double free by two threads
//	                       at the same moment. That is found while a lock is held. The handler of
//	                       SIGABRT allocates, and ends the program with status 3.

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc/mcache.h"
#include "tests/prog/extra/check.h"

// whole checks the heap. In a child, the objects in the magazines of other threads are lost.
static void
whole(bool lost)
{
	const char *wrong = heapcheck();
	if (wrong && lost && strcmp(wrong, "an object is lost") == 0)
		return;
	if (wrong)
		fprintf(stderr, "heapcheck: %s\n", wrong);
	CHECK(!wrong);
}

static void
work(unsigned s)
{
	char *p[500] = {NULL};
	for (int i = 0; i < 20000; i++) {
		unsigned k = (s = s * 1103515245u + 12345u) >> 8;
		free(p[k % 500]);
		CHECK(p[k % 500] = malloc(k % 97 == 0 ? k % 100000 : k % 700));
	}
	for (int i = 0; i < 500; i++)
		free(p[i]);
}

static void *
thread(void *arg)
{
	work((unsigned)(uintptr_t)arg);
	return NULL;
}

static pthread_barrier_t barrier;

static void *
waits(void *arg)
{
	work((unsigned)(uintptr_t)arg);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static int
count(bool inuse)
{
	int n = 0;
	for (mcache *c = caches.all; c; c = c->link)
		n += c->inuse == inuse;
	return n;
}

static void
check(void)
{
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, thread, (void *)(uintptr_t)i) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	whole(false);
	CHECK(count(true) == 1); // those of ended threads have no user
	pthread_barrier_init(&barrier, NULL, 5);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, waits, NULL) == 0);
	pthread_barrier_wait(&barrier);
	CHECK(count(true) == 5);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(count(true) == 1 && count(false) >= 4); // those of gone threads have none either
		work(9);
		whole(true);
		_exit(5);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	whole(false);
}

#define N 1000

static void *before[N]; // their spans have the home whose lock was held

static void
handler(int sig)
{
	(void)sig;
	work(5);
	for (int i = 0; i < N; i++)
		free(before[i]);
	_exit(3);
}

static void
takebefore(void)
{
	for (int i = 0; i < N; i++)
		CHECK(before[i] = malloc(300));
}

// twice frees one object two times, past the check.
static void
twice(void)
{
	static void *p[N];
	signal(SIGABRT, handler);
	for (int i = 0; i < N; i++)
		CHECK(p[i] = malloc(300));
	takebefore();
	mspan *s = spanof((uintptr_t)p[5]);
	free(p[5]);
	store(*cellof(s, (uintptr_t)p[5]), 1);
	free(p[5]);
	for (int i = 0; i < N; i++)
		if (i != 5)
			free(p[i]);
}

// The span of an object that is in use ends.
static void
ended(void)
{
	static void *p[N];
	signal(SIGABRT, handler);
	for (int i = 0; i < N; i++)
		CHECK(p[i] = malloc(300));
	mspan *s = spanof((uintptr_t)p[5]);
	takebefore();
	free(p[5]);
	mcacheflush(threadcache);
	store(*cellof(s, (uintptr_t)p[5]), 1); // an object that is free in its span, too
	for (int i = 0; i < N; i++)
		if (i != 5)
			free(p[i]);
	mcacheflush(threadcache);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	if (strcmp(what, "twice") == 0)
		twice();
	else if (strcmp(what, "ended") == 0)
		ended();
	else
		check();
	return 0;
}
