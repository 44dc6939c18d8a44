// SPDX-License-Identifier: MIT
// Shows that changes a goroutine makes to the thread that it is locked to stay there. No other
// goroutine runs on a thread with its affinity, niceness, name, directory, user, capabilities or
// flags, neither while it lives nor after its end.
// thrum-only
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thrum.h>
#include <unistd.h>

#define OTHERS 20

struct state {
	cpu_set_t cpus;
	int nice, newprivs, policy;
	uid_t euid;
	gid_t egid;
	unsigned effective;
	char name[16], folder[512];
};

static thrum_wg wg, others;
static struct state clean;
static atomic_int odd;

static void
get(struct state *s)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2] = {{0}};
	memset(s, 0, sizeof *s);
	sched_getaffinity(0, sizeof s->cpus, &s->cpus);
	s->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	s->newprivs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	s->policy = sched_getscheduler(0);
	s->euid = (uid_t)syscall(SYS_geteuid);
	s->egid = (gid_t)syscall(SYS_getegid);
	if (syscall(SYS_capget, &h, d) == 0)
		s->effective = d[0].effective;
	prctl(PR_GET_NAME, s->name);
	if (!getcwd(s->folder, sizeof s->folder))
		abort();
}

static void
look(void *arg)
{
	struct state s;
	(void)arg;
	thrum_lock_thread(); // all of it is about one thread
	get(&s);
	if (memcmp(&s, &clean, sizeof s) != 0) {
		odd++;
		fprintf(stderr, "%d cpus, nice %d, no_new_privs %d, policy %d, euid %d, egid %d, capabilities %x, name %s, in %s\n",
			CPU_COUNT(&s.cpus), s.nice, s.newprivs, s.policy, (int)s.euid, (int)s.egid, s.effective, s.name, s.folder);
	}
	usleep(20000);
	thrum_unlock_thread();
	thrum_wg_done(&others);
}

static void
starts(void)
{
	for (int i = 0; i < OTHERS; i++) {
		thrum_wg_add(&others, 1);
		if (thrum_go(look, NULL) != 0)
			abort();
		usleep(1000); // blocks: another thread goes on
	}
}

static void
changes(void *arg)
{
	cpu_set_t one;
	int cpu = 0;
	struct sched_param none = {0};
	(void)arg;
	thrum_lock_thread();
	while (!CPU_ISSET(cpu, &clean.cpus))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof one, &one);
	setpriority(PRIO_PROCESS, (id_t)gettid(), clean.nice + 5);
	prctl(PR_SET_NAME, "changed");
	sched_setscheduler(0, SCHED_BATCH, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (unshare(CLONE_FS) == 0 && chdir("/") != 0)
		abort();
	syscall(SYS_setresgid, -1, 65534, -1);
	syscall(SYS_setresuid, -1, 65534, -1); // capabilities go with it
	starts();
	thrum_wg_done(&wg); // it ends locked, and so does its thread
}

int
main(void)
{
	alarm(60);
	get(&clean);
	thrum_wg_add(&wg, 1);
	if (thrum_go(changes, NULL) != 0)
		return 2;
	thrum_wg_wait(&wg);
	starts();
	thrum_wg_wait(&others);
	if (odd)
		return 3;
	puts("ok");
	return 0;
}
