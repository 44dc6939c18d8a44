// SPDX-License-Identifier: MIT
// Shows that an idle thread does not end while something depends on it: children that die with the
// thread that forked them live on, and a robust mutex does not lose its owner. Other threads end.
// thrum-only
// levels: O2
// modes: normal (it waits until idle threads end)
// ldflags: -pthread
// out: ok
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#define N 20 // of each kind

static thrum_wg wg;
static pid_t child[N];
static pthread_mutex_t robust[N];

static int
threads(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/task");
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void
forks(void *arg)
{
	usleep(100000); // all at the same time: each has a thread of its own
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	child[(long)arg] = pid;
	usleep(100000);
	thrum_wg_done(&wg);
}

static void
takes(void *arg)
{
	usleep(100000);
	if (pthread_mutex_lock(&robust[(long)arg]) != 0)
		abort();
	usleep(100000);
	thrum_wg_done(&wg);
}

static void
naps(void *arg)
{
	(void)arg;
	usleep(200000);
	thrum_wg_done(&wg);
}

int
main(void)
{
	pthread_mutexattr_t a;
	alarm(60);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	thrum_wg_add(&wg, 3 * N);
	for (long i = 0; i < N; i++) {
		pthread_mutex_init(&robust[i], &a);
		if (thrum_go(forks, (void *)i) != 0 || thrum_go(takes, (void *)i) != 0 || thrum_go(naps, NULL) != 0)
			return 2;
	}
	thrum_wg_wait(&wg);
	int most = threads();
	while (threads() > most - N / 2) // some have ended
		thrum_sleep(10000000);
	thrum_sleep(1200000000);
	for (int i = 0; i < N; i++) {
		if (child[i] <= 0 || waitpid(child[i], NULL, WNOHANG) != 0) {
			fprintf(stderr, "child %d is gone\n", i);
			return 3;
		}
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
		int rc = pthread_mutex_trylock(&robust[i]);
		if (rc != EBUSY && rc != EDEADLK) {
			fprintf(stderr, "mutex %d: %d\n", i, rc);
			return 4;
		}
	}
	puts("ok");
	return 0;
}
