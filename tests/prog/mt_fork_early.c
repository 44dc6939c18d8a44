// SPDX-License-Identifier: MIT
// Shows that fork handlers work that a constructor has registered before the runtime begins. They
// take frames and locks, and start and wake goroutines. Goroutines, plain threads and callbacks
// fork, while the storm takes Ps away and others compute.
// thrum-only
// env: THRUM_PROCS=3
// levels: O0 O2
// ldflags: -pthread
// out: ok
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <thrum.h>

#define FORKS 40
#define MEMORY (16u << 20) // makes a fork last

static thrum_wg wg, handled;
static atomic_bool stop;
static atomic_int calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static thrum_mutex mutex;
static thrum_chan *c;
static char *memory;

static __attribute__((noinline)) void
touch(volatile char *p, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (char)i;
}

static void
handles(void *arg)
{
	(void)arg;
	calls++;
	thrum_wg_done(&handled);
}

// The work of all handlers.
static void
act(void)
{
	char local[100];
	touch(local, (int)sizeof local);
	free(malloc(100));
	if (c == NULL)
		return;
	thrum_wg_add(&handled, 1);
	if (thrum_go(handles, NULL) != 0)
		abort();
}

// Under the lock: another thread's fork must not come while c is in use.
static void
try(void)
{
	int v = 1;
	if (c == NULL)
		return;
	(void)!thrum_chan_trysend(c, &v);
	(void)!thrum_chan_tryrecv(c, &v);
}

static void
prepare(void)
{
	act();
	thrum_mutex_lock(&mutex); // may park
	pthread_mutex_lock(&lock);
	try();
}

static void
after(void)
{
	try();
	pthread_mutex_unlock(&lock);
	thrum_mutex_unlock(&mutex);
	act();
}

static __attribute__((constructor)) void
early(void)
{
	pthread_atfork(prepare, after, after);
}

static void
busy(void *arg)
{
	(void)arg;
	for (unsigned i = 0; !stop; i++) {
		memory[(i * 4096u) % MEMORY]++;
		if (i % 1000 == 0) {
			thrum_mutex_lock(&mutex);
			thrum_mutex_unlock(&mutex);
			pthread_mutex_lock(&lock);
			pthread_mutex_unlock(&lock);
		}
	}
	thrum_wg_done(&wg);
}

static void
expect(pid_t pid, int want)
{
	int status = 0;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != want) {
		fprintf(stderr, "child %d: status %x\n", (int)pid, status);
		abort();
	}
}

static void
once(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(5);
	expect(pid, 5);
}

static int
compare(const void *a, const void *b)
{
	if (*(const int *)a == 1)
		once();
	return *(const int *)a - *(const int *)b;
}

static void *
thread(void *arg)
{
	for (int i = 0; i < FORKS; i++)
		once();
	return arg;
}

static void
forks(void *arg)
{
	(void)arg;
	for (int i = 0; i < FORKS; i++)
		once();
	thrum_wg_done(&wg);
}

int
main(void)
{
	extern char **environ;
	char *argv[] = {"true", NULL};
	pthread_t t;
	alarm(100);
	memory = malloc(MEMORY);
	memset(memory, 1, MEMORY);
	once();
	c = thrum_chan_make(sizeof(int), 1);
	thrum_wg_add(&wg, 4);
	for (int i = 0; i < 3; i++)
		if (thrum_go(busy, NULL) != 0)
			return 2;
	if (thrum_go(forks, NULL) != 0 || pthread_create(&t, NULL, thread, NULL) != 0)
		return 2;
	for (int i = 0; i < FORKS / 4; i++) {
		int v[] = {1, 3, 2};
		pid_t pid;
		qsort(v, 3, sizeof *v, compare);
		if (posix_spawnp(&pid, "true", NULL, NULL, argv, environ) != 0)
			return 3;
		expect(pid, 0);
		expect(system("exit 3") == 3 << 8 ? fork() ?: (_exit(6), 0) : -1, 6);
	}
	pthread_join(t, NULL);
	stop = true;
	thrum_wg_wait(&wg);
	thrum_wg_wait(&handled);
	if (calls == 0)
		return 4;
	puts("ok");
	return 0;
}
