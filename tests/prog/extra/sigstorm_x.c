// SPDX-License-Identifier: MIT
//
// sigstorm_x.c - the source of the signals of tests/run's mode sigstorm; built by clang. The
// handler is in sigstorm.c.
//
// Each thread of the process has a timer of the kernel that sends it SIGSTORM, 1 to 50 microseconds
// after its last handler has ended: so it always gets further. Where the signal came in a system
// call, the next is 20 times as late, and later when there are many threads: those that sleep are
// many, and all of them wake.
//
// A thread that looks for others in /proc/self/task makes the timers. It is a bare thread of the
// kernel, and the C library does not know of it. It has all signals blocked and files of its own.
// It uses no thread-locals, which would be those of the thread that has started it. A child has no
// storm, and neither has a program that is executed.
//
// The random numbers come from THRUM_SEED; what a thread executes when its signal comes does not.

#include "sigstorm.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define SLOTS 512
#define LOOK 300000 // ns between two looks for threads
#define FLAGS 0x10900 // CLONE_VM, CLONE_SIGHAND, CLONE_THREAD

static struct slot {
	int tid; // 0: free
	int timer, seen;
	uint64_t random;
} slots[SLOTS];

static int nslot;
static uint64_t seed;
static char stack[16384] __attribute__((aligned(64)));

struct dirent64 {
	uint64_t ino, off;
	uint16_t len;
	uint8_t type;
	char name[];
};

static inline long
sys(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall" : "+a"(nr) : "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return nr;
}

void
sigstorm_wrong(const char *what)
{
	char text[] = "sigstorm: wrong in a handler: ";
	sys(SYS_write, 2, (long)text, sizeof text - 1, 0);
	sys(SYS_write, 2, (long)what, (long)strlen(what), 0);
	sys(SYS_write, 2, (long)"\n", 1, 0);
	sys(SYS_exit_group, 97, 0, 0, 0);
	__builtin_unreachable();
}

uint64_t
sigstorm_random(const siginfo_t *info)
{
	uint64_t *x = &slots[info->si_value.sival_int].random;
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 16;
}

static void
start(const struct slot *s, uint64_t ns)
{
	struct itimerspec t = {{0, 0}, {0, (long)ns}};
	sys(SYS_timer_settime, s->timer, 0, (long)&t, 0);
}

void
sigstorm_again(const siginfo_t *info, const void *context)
{
	const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t ns = 1000 + sigstorm_random(info) % 49000;
	// The processor leaves the return address of a system call in rcx; one that will be
	// restarted lies two bytes before.
	if ((uint64_t)r[REG_RCX] - (uint64_t)r[REG_RIP] <= 2)
		ns *= 20 + (uint64_t)__atomic_load_n(&nslot, __ATOMIC_RELAXED);
	start(&slots[info->si_value.sival_int], ns);
}

void
sigstorm_nested(const siginfo_t *info)
{
	uint64_t one = (uint64_t)1 << (SIGSTORM - 1);
	start(&slots[info->si_value.sival_int], 1000 + sigstorm_random(info) % 10000);
	sys(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&one, 0, sizeof one);
}

void
sigstorm_alone(void)
{
	uint64_t one = (uint64_t)1 << (SIGSTORM - 1);
	sys(SYS_rt_sigprocmask, SIG_BLOCK, (long)&one, 0, sizeof one);
}

// The unwinder's own code cannot be unwound where it puts the registers of another frame in place:
// plain clang's programs end there, too.
static uintptr_t unwinder, unwinderend;

static void
findunwinder(void)
{
	struct dl_find_object o;
	void *lib = dlopen("libgcc_s.so.1", RTLD_LAZY | RTLD_NOLOAD), *at = lib ? dlsym(lib, "_Unwind_Backtrace") : NULL;
	if (at && _dl_find_object(at, &o) == 0) {
		unwinder = (uintptr_t)o.dlfo_map_start;
		unwinderend = (uintptr_t)o.dlfo_map_end;
	}
}

int
sigstorm_unwinds(const void *context)
{
	uintptr_t pc = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	return pc < unwinder || pc >= unwinderend;
}

static void
found(int tid, int round)
{
	struct slot *s, *empty = NULL;
	for (s = slots; s < slots + SLOTS && s->tid != tid; s++)
		if (!empty && s->tid == 0)
			empty = s;
	if (s == slots + SLOTS) {
		s = empty;
		struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGSTORM};
		e.sigev_value.sival_int = (int)(s - slots);
		e._sigev_un._tid = tid;
		if (!s || sys(SYS_timer_create, CLOCK_MONOTONIC, (long)&e, (long)&s->timer, 0) != 0)
			return; // it has ended
		s->tid = tid;
		s->random = seed = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
		__atomic_fetch_add(&nslot, 1, __ATOMIC_RELAXED);
		start(s, 1000 + seed % 49000);
	}
	s->seen = round;
}

__attribute__((noreturn, used)) static void
source(void)
{
	static char buf[4096] __attribute__((aligned(8)));
	struct timespec pause = {0, LOOK};
	long self = sys(SYS_gettid, 0, 0, 0, 0);
	sys(SYS_close_range, 0, ~0u, 0, 0);
	long fd = sys(SYS_openat, AT_FDCWD, (long)"/proc/self/task", O_RDONLY | O_DIRECTORY, 0);
	for (int round = 1;; round++) {
		sys(SYS_lseek, fd, 0, SEEK_SET, 0);
		for (long n; (n = sys(SYS_getdents64, fd, (long)buf, sizeof buf, 0)) > 0;)
			for (char *p = buf; p < buf + n; p += ((struct dirent64 *)p)->len) {
				int tid = 0;
				for (const char *d = ((struct dirent64 *)p)->name; *d >= '0' && *d <= '9'; d++)
					tid = tid * 10 + *d - '0';
				if (tid != 0 && tid != self)
					found(tid, round);
			}
		for (struct slot *s = slots; s < slots + SLOTS; s++)
			if (s->tid != 0 && s->seen != round) {
				sys(SYS_timer_delete, s->timer, 0, 0, 0);
				s->tid = 0;
				__atomic_fetch_sub(&nslot, 1, __ATOMIC_RELAXED);
			}
		sys(SYS_nanosleep, (long)&pause, 0, 0, 0);
	}
}

__attribute__((constructor)) static void
begin(void)
{
	struct sigaction a = {.sa_sigaction = sigstorm_handler, .sa_flags = SA_SIGINFO | SA_RESTART};
	uint64_t all = ~(uint64_t)0, mask;
	const char *s = getenv("THRUM_SEED");
	void *pc[2];
	backtrace(pc, 2); // the first one loads a library, which no handler may
	findunwinder();
	seed = s ? strtoull(s, NULL, 0) : 1;
	if (sigaction(SIGSTORM, &a, NULL) != 0)
		sigstorm_wrong("no handler can be installed");
	sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&mask, sizeof all);
	long tid = SYS_clone;
	__asm__ volatile("syscall\n\ttestl %%eax, %%eax\n\tjnz 1f\n\txorl %%ebp, %%ebp\n\tcall *%[fn]\n1:"
		: "+a"(tid) : "D"(FLAGS), "S"(stack + sizeof stack), [fn] "r"(source) : "rcx", "r11", "memory");
	sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof all);
	if (tid < 0)
		sigstorm_wrong("no thread can be started");
}
