// SPDX-License-Identifier: MIT
// Shows that SIGURG stays the program's too, in a storm of the runtime's: each of its own comes to
// its handler, none of the others does.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include "extra/storm.h"

#define RESTORER 0x04000000 // glibc's, which everybody reads

static _Atomic long early, plain, info, once, queued, oob;
static _Atomic int badinfo;

static void
onearly(int sig)
{
	early += sig == SIGURG;
}

static void
onplain(int sig)
{
	plain += sig == SIGURG;
}

static void
oninfo(int sig, siginfo_t *i, void *context)
{
	if (sig != SIGURG || i->si_signo != SIGURG || i->si_pid != getpid() || context == NULL)
		badinfo++;
	if (i->si_code == SI_QUEUE)
		queued += i->si_value.sival_int;
	else
		info++;
}

static void
ononce(int sig)
{
	once += sig == SIGURG;
}

static void
onoob(int sig)
{
	oob += sig == SIGURG;
}

// Before the runtime begins.
__attribute__((constructor)) static void
before(void)
{
	struct sigaction a = {.sa_handler = onearly, .sa_flags = SA_RESTART};
	sigaddset(&a.sa_mask, SIGUSR1);
	sigaction(SIGURG, &a, NULL);
}

static _Atomic int stop;

static void
spins(void *arg)
{
	(void)arg;
	while (!stop)
		;
	thrum_wg_done(&wg);
}

static void
until(_Atomic long *what, long value)
{
	uint64_t end = ns() + 20000000000u;
	// One that is sent while the runtime's is on its way is one with it: rare, as a foreign
	// call waits for that.
	long least = value > 50 ? value - value / 50 : value;
	while (*what < value && ns() < (*what < least ? end : end - 19000000000u))
		usleep(100);
	if (*what < least || *what > value)
		fprintf(stderr, "%ld signals instead of %ld\n", (long)*what, value);
	CHECK(*what >= least && *what <= value);
}

// A while with many preemptions.
static void
storm(void)
{
	uint64_t from = signalled(), end = ns() + 20000000000u;
	while (signalled() < from + 30 && ns() < end)
		usleep(100);
	CHECK(signalled() >= from + 30);
}

// A while with many preemptions in which no handler is called.
static void
quiet(void)
{
	long had = early + plain + info + once + queued + oob;
	storm();
	CHECK(early + plain + info + once + queued + oob == had);
}

static void *
thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		raise(SIGURG);
	return NULL;
}

static void
outofband(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof at;
	int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), s;
	CHECK(l >= 0 && c >= 0 && bind(l, (struct sockaddr *)&at, sizeof at) == 0 && listen(l, 1) == 0);
	CHECK(getsockname(l, (struct sockaddr *)&at, &len) == 0);
	CHECK(connect(c, (struct sockaddr *)&at, sizeof at) == 0);
	CHECK((s = accept(l, NULL, NULL)) >= 0);
	CHECK(fcntl(s, F_SETOWN, getpid()) == 0);
	for (long i = 1; i <= 20; i++) {
		char b;
		CHECK(send(c, "!", 1, MSG_OOB) == 1);
		until(&oob, i);
		CHECK(recv(s, &b, 1, MSG_OOB) == 1 && b == '!');
	}
	close(s);
	close(c);
	close(l);
}

int
main(void)
{
	struct sigaction a, old;
	pthread_t t;
	alarm(100);
	thrum_wg_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_go(spins, NULL) == 0);
	quiet();

	// The program reads and gets the action that it had before the runtime.
	CHECK(sigaction(SIGURG, NULL, &old) == 0);
	CHECK(old.sa_handler == onearly && (old.sa_flags & ~RESTORER) == SA_RESTART && sigismember(&old.sa_mask, SIGUSR1) == 1);
	CHECK(early == 0);
	for (int i = 0; i < 100; i++)
		CHECK(raise(SIGURG) == 0);
	until(&early, 100);

	// signal(), and reading back
	CHECK(signal(SIGURG, onplain) == onearly);
	for (int i = 0; i < 100; i++)
		CHECK(raise(SIGURG) == 0);
	until(&plain, 100);
	quiet();
	CHECK(sigaction(SIGURG, NULL, &old) == 0 && old.sa_handler == onplain);

	// SA_SIGINFO, and its sender; a thread of the program, where no goroutine runs
	a = (struct sigaction){.sa_sigaction = oninfo, .sa_flags = SA_SIGINFO};
	CHECK(sigaction(SIGURG, &a, &old) == 0 && old.sa_handler == onplain);
	for (int i = 0; i < 100; i++)
		CHECK(raise(SIGURG) == 0);
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0 && pthread_join(t, NULL) == 0);
	until(&info, 200);
	for (int i = 1; i <= 20; i++) {
		long want = queued + i;
		CHECK(sigqueue(getpid(), SIGURG, (union sigval){.sival_int = i}) == 0);
		until(&queued, want);
	}
	for (long i = 1; i <= 50; i++) {
		CHECK(kill(getpid(), SIGURG) == 0);
		until(&info, 200 + i);
	}
	quiet();
	CHECK(badinfo == 0);

	// chained by hand: another handler comes and goes
	CHECK(sigaction(SIGURG, NULL, &old) == 0 && old.sa_sigaction == oninfo && old.sa_flags == SA_SIGINFO);
	a = (struct sigaction){.sa_handler = ononce, .sa_flags = (int)SA_RESETHAND};
	CHECK(sigaction(SIGURG, &a, NULL) == 0);
	for (int i = 0; i < 5 && once == 0; i++) // as in until
		CHECK(raise(SIGURG) == 0);
	CHECK(once == 1);
	CHECK(sigaction(SIGURG, NULL, &a) == 0 && a.sa_handler == SIG_DFL);
	CHECK(raise(SIGURG) == 0); // ignored by default
	CHECK(sigaction(SIGURG, &old, NULL) == 0);
	CHECK(raise(SIGURG) == 0);
	until(&info, 251);
	CHECK(once == 1);

	// nobody's
	CHECK(signal(SIGURG, SIG_IGN) != SIG_ERR && raise(SIGURG) == 0);
	quiet();
	CHECK(signal(SIGURG, SIG_DFL) == SIG_IGN && raise(SIGURG) == 0);
	quiet();
	CHECK(signal(SIGURG, SIG_DFL) == SIG_DFL);
	CHECK(once == 1 && early <= 100 && plain <= 100);

	CHECK(signal(SIGURG, onoob) == SIG_DFL);
	outofband();
	quiet();
	stop = 1;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
