// SPDX-License-Identifier: MIT
//
// os.c - system calls and their fault points (os.h).

#include "core/base/os.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/base/valgrind.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static const char *const faultname[NFAULT] = {"mmap", "madvise", "mprotect", "sigaltstack", "clone", "futex", "membarrier"};
static bool faulton[NFAULT]; // all later ones fail too
static _Atomic long faultat[NFAULT]; // counts down; the call at 1 fails

static uint64_t ticks0, ns0; // at osinit
static sigset_t initialmask; // of new threads
static _Atomic bool inherited;

// rate returns the ns per tick. It is known well once enough time has passed.
static double
rate(void)
{
	static _Atomic double known;
	double r = atomic_load_explicit(&known, memory_order_relaxed);
	if (r == 0) {
		uint64_t dt = cputicks() - ticks0, dn = nanotime() - ns0;
		r = dt == 0 ? 0 : (double)dn / (double)dt;
		if (dn > 100000000)
			atomic_store_explicit(&known, r, memory_order_relaxed);
	}
	return r;
}

uint64_t
ticksns(uint64_t ticks)
{
	return (uint64_t)((double)ticks * rate());
}

uint64_t
nsticks(uint64_t ns)
{
	double r = rate();
	return r == 0 ? 0 : (uint64_t)((double)ns / r);
}

typedef int creator(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

// The places of libc's pthread_create: under ThreadSanitizer, in a static executable.
extern creator __interceptor_pthread_create __attribute__((weak)), __pthread_create __attribute__((weak));
extern __typeof__(dlsym) dlsym __attribute__((weak));

static creator *
findcreator(void)
{
	static _Atomic(creator *) found;
	creator *create = atomic_load_explicit(&found, memory_order_relaxed);
	if (create)
		return create;
	create = __interceptor_pthread_create ? __interceptor_pthread_create : __pthread_create;
	if (!create && dlsym)
		create = (creator *)dlsym(RTLD_NEXT, "pthread_create");
	atomic_store_explicit(&found, create, memory_order_relaxed);
	return create;
}

void
osinit(void)
{
	valgrindinit();
	findcreator(); // the first lookup takes locks of the loader
	ticks0 = cputicks();
	ns0 = nanotime();
	pthread_sigmask(SIG_SETMASK, NULL, &initialmask);
	atomic_store(&inherited, false);
	const char *s = getenv("THRUM_FAULT");
	while (s && *s) {
		for (int i = 0; i < NFAULT; i++) {
			size_t n = strlen(faultname[i]);
			if (strncmp(s, faultname[i], n) == 0 && s[n] == ':') {
				char *end;
				faultat[i] = strtol(s + n + 1, &end, 10);
				faulton[i] = *end == '+';
			}
		}
		s = strchr(s, ',');
		s = s ? s + 1 : NULL;
	}
}

// failing tells whether this call is the one that THRUM_FAULT names, or a later one if that says
// n+.
static bool
failing(enum osfault f)
{
	long n = atomic_load_explicit(&faultat[f], memory_order_relaxed);
	return n > 0 && ((n == 1 && faulton[f]) || atomic_fetch_sub(&faultat[f], 1) == 1);
}

static bool
fault(enum osfault f, int err)
{
	if (!failing(f))
		return false;
	errno = err;
	return true;
}

static char *
map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

// The kernel often puts a mapping below the last one, so it is aligned at once: then there is no
// hole, and no more address space is used than needed.
static char *
mapaligned(size_t size, size_t align)
{
	size_t span = size + align;
	if (span < align || size == 0 || fault(FaultMmap, ENOMEM))
		return NULL;
	char *p = map(size);
	if (!p || align <= PAGE || ((uintptr_t)p & (align - 1)) == 0)
		return p;
	munmap(p, size);
	if (!(p = map(span)))
		return NULL;
	char *q = (char *)(((uintptr_t)p + align - 1) & -align);
	if (q != p)
		munmap(p, (size_t)(q - p));
	munmap(q + size, (size_t)(p + span - (q + size)));
	return q;
}

// Rejected: names in /proc/PID/maps (PR_SET_VMA_ANON_NAME). Mappings with different names do not
// join, each costs one more system call, and many kernels are built without them.
static const char *const usename[NUSE] = {"stacks", "frames", "sched", "regs", "signals", "sync", "timers", "tables", "heap", "meta"};
static _Atomic size_t mapped[NUSE];

static size_t
wholepages(size_t size)
{
	return (size + PAGE - 1) & -(size_t)PAGE;
}

void *
osmap(size_t size, size_t align, enum osuse use)
{
	size = wholepages(size); // 0 if that overflows
	char *p = mapaligned(size, align);
	if (!p)
		return NULL;
	atomic_fetch_add_explicit(&mapped[use], size, memory_order_relaxed);
	return p;
}

int
osmapat(void *at, size_t size, enum osuse use)
{
	if (fault(FaultMmap, ENOMEM))
		return -ENOMEM;
	char *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == MAP_FAILED)
		return errno == EEXIST ? -EEXIST : -ENOMEM;
	if (p != at) { // a kernel before 4.17
		munmap(p, size);
		return -EEXIST;
	}
	atomic_fetch_add_explicit(&mapped[use], wholepages(size), memory_order_relaxed);
	return 0;
}

size_t
osmapped(enum osuse use)
{
	return atomic_load_explicit(&mapped[use], memory_order_relaxed);
}

const char *
osusename(enum osuse use)
{
	return usename[use];
}

static size_t
soft(__rlimit_resource_t what)
{
	// Not a local: for it, a thread without a chunk would ask for its first one, for which the
	// caller holds the lock.
	static _Thread_local struct rlimit r;
	return getrlimit(what, &r) == 0 && r.rlim_cur < SIZE_MAX ? r.rlim_cur : SIZE_MAX;
}

size_t
osspace(void)
{
	size_t as = soft(RLIMIT_AS), data = soft(RLIMIT_DATA);
	return as < data ? as : data;
}

void
osunmap(void *p, size_t size, enum osuse use)
{
	if (munmap(p, size) == 0) // splitting a mapping may fail
		atomic_fetch_sub_explicit(&mapped[use], wholepages(size), memory_order_relaxed);
}

bool
osrelease(void *p, size_t size)
{
	return !failing(FaultMadvise) && ossyscall(SYS_madvise, (long)p, (long)size, MADV_DONTNEED, 0) == 0;
}

size_t
ostrim(void *p, size_t size)
{
	unsigned char has[1024];
	size_t n = 0, step = sizeof has * PAGE;
	if (fault(FaultMadvise, ENOMEM))
		return 0;
	for (size_t off = 0; off < size; off += step) {
		size_t part = size - off < step ? size - off : step;
		if (mincore((char *)p + off, part, has) == 0)
			for (size_t i = 0; i < part / PAGE; i++)
				n += has[i] & 1 ? PAGE : 0;
	}
	return madvise(p, size, MADV_DONTNEED) == 0 ? n : 0;
}

// Heapsort: the root is the largest address, and goes to the end.
void
sortaddresses(void **v, size_t n)
{
	for (size_t start = n / 2, end = n; end > 1;) {
		void *x;
		if (start > 0) {
			x = v[--start];
		} else {
			x = v[--end];
			v[end] = v[0];
		}
		size_t i = start;
		for (size_t k; (k = 2 * i + 1) < end; i = k) {
			if (k + 1 < end && (uintptr_t)v[k + 1] > (uintptr_t)v[k])
				k++;
			if ((uintptr_t)v[k] <= (uintptr_t)x)
				break;
			v[i] = v[k];
		}
		v[i] = x;
	}
}

void
oshuge(void *p, size_t size, bool want)
{
	madvise(p, size, want ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

int
osguard(void *p, size_t size)
{
	if (!failing(FaultMadvise) && ossyscall(SYS_madvise, (long)p, (long)size, MADV_GUARD_INSTALL, 0) == 0)
		return 0;
	return osprotect(p, size);
}

int
osprotect(void *p, size_t size)
{
	if (fault(FaultMprotect, ENOMEM) || mprotect(p, size, PROT_NONE) != 0)
		return -errno;
	return 0;
}

int
ossigaltstack(const void *ss, void *old)
{
	return (int)syscall(SYS_sigaltstack, ss, old); // the function of that name is ours
}

void
osonstack(void)
{
	struct {
		uintptr_t handler;
		unsigned long flags;
		uintptr_t restorer;
		uint64_t mask;
	} a;
	for (int sig = 1; sig < _NSIG; sig++)
		if (syscall(SYS_rt_sigaction, sig, NULL, &a, sizeof a.mask) == 0 && a.handler != (uintptr_t)SIG_DFL &&
			a.handler != (uintptr_t)SIG_IGN && !(a.flags & SA_ONSTACK)) {
			a.flags |= SA_ONSTACK;
			syscall(SYS_rt_sigaction, sig, &a, NULL, sizeof a.mask);
		}
}

int
osaltstack(void *p, size_t size)
{
	stack_t old, ss = {.ss_sp = p, .ss_size = size};
	if (ossigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE))
		return 0;
	if (fault(FaultSigaltstack, ENOMEM) || ossigaltstack(&ss, NULL) != 0)
		return -errno;
	return 1;
}

void
osaltstackoff(void)
{
	stack_t ss = {.ss_flags = SS_DISABLE};
	ossigaltstack(&ss, NULL);
}

// guessmain guesses the bounds of the main thread's stack if /proc, which the C library reads for
// them, is not mounted. At the stack's end the kernel puts the program's name, which is the last
// thing there that this process can find.
static void
guessmain(char **lo, char **hi)
{
	size_t limit = soft(RLIMIT_STACK);
	uintptr_t top = getauxval(AT_EXECFN);
	if (top == 0)
		top = (uintptr_t)__builtin_frame_address(0);
	top = (top + PAGE) & -(uintptr_t)PAGE;
	if (limit > 1u << 30)
		limit = 1u << 30;
	*hi = (char *)top;
	*lo = (char *)top - (limit & -(size_t)PAGE);
}

int
osstack(char **lo, char **hi)
{
	pthread_attr_t a;
	void *p;
	size_t n;
	int rc = pthread_getattr_np(pthread_self(), &a);
	if (rc != 0 && getpid() == ossyscall(SYS_gettid, 0, 0, 0, 0)) {
		guessmain(lo, hi);
		return 0;
	}
	if (rc != 0)
		return -rc;
	rc = pthread_attr_getstack(&a, &p, &n);
	pthread_attr_destroy(&a);
	*lo = p;
	*hi = (char *)p + n;
	return -rc;
}

void
osfutexsleep(_Atomic uint32_t *addr, uint32_t val, uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	if (!failing(FaultFutex))
		ossyscall(SYS_futex, (long)addr, FUTEX_WAIT_PRIVATE, (long)val, ns ? (long)&ts : 0);
}

void
osfutexwakeup(_Atomic uint32_t *addr, int n)
{
	ossyscall(SYS_futex, (long)addr, FUTEX_WAKE_PRIVATE, n, 0);
}

int
ospthread(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	creator *create = findcreator();
	return create ? create(t, attr, fn, arg) : ENOSYS;
}

#define THREADSTACK (8u << 20)
#define THREADSTACKMIN (128u << 10)

int
osthread(void *(*fn)(void *), void *arg, bool nosignals)
{
	pthread_attr_t a;
	pthread_t t;
	sigset_t all;
	if (fault(FaultClone, EAGAIN))
		return -EAGAIN;
	int rc = pthread_attr_init(&a);
	if (rc != 0)
		return -rc;
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	// Not the caller's mask: the caller may be a thread that blocks all signals.
	pthread_attr_setsigmask_np(&a, nosignals ? &all : &initialmask);
	// If address space is limited, stacks are smaller: a few threads must fit.
	size_t size = THREADSTACK, space = osspace();
	while (size > THREADSTACKMIN && size > space / 32)
		size /= 2;
	do {
		pthread_attr_setstacksize(&a, size);
		rc = ospthread(&t, &a, fn, arg);
		size /= 2;
	} while (rc == EAGAIN && size >= THREADSTACKMIN);
	pthread_attr_destroy(&a);
	return -rc;
}

void
osinherit(void)
{
	if (!atomic_exchange(&inherited, true))
		pthread_sigmask(SIG_SETMASK, NULL, &initialmask);
}

// timed tells whether /proc/self/timers lists a timer that belongs to the thread tid, or a clock of
// some thread, which may be tid.
static bool
timed(int tid)
{
	char *line = NULL;
	size_t room = 0;
	long n;
	bool found = false;
	FILE *f = fopen("/proc/self/timers", "re");
	while (f && !found && getline(&line, &room, f) >= 0) {
		const char *at = strstr(line, "tid.");
		found = (at && strtol(at + 4, NULL, 10) == tid) || (sscanf(line, "ClockID: %ld", &n) == 1 && (n == CLOCK_THREAD_CPUTIME_ID || (n < 0 && n & 4)));
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

bool
ostied(void)
{
	siginfo_t info;
	struct robust_list_head *robust = NULL;
	size_t size;
	long rc = ossyscall(SYS_waitid, P_ALL, 0, (long)&info, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD | __WALL);
	if (rc != -ECHILD)
		return true;
	if (ossyscall(SYS_get_robust_list, 0, (long)&robust, (long)&size, 0) == 0 && robust && robust->list.next != &robust->list)
		return true;
	return timed(ostid());
}

bool
osbarrierinit(void)
{
	return !failing(FaultMembarrier) &&
		ossyscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0) == 0;
}

void
osbarrier(void)
{
	if (ossyscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0) < 0)
		fatal("membarrier(2) worked when the program began and is refused now, by a seccomp filter: let the filter "
		      "allow it, or start the program with THRUM_DEBUG=membarrier=0");
}

int
osthreads(bool (*known)(int tid))
{
	for (int tries = 0; tries < 8; tries++) {
		DIR *d = opendir("/proc/self/task");
		struct stat before, after;
		nlink_t links = 2; // the directory's own: each thread is one more
		int n = 0;
		if (!d)
			return INT_MAX;
		bool ok = fstat(dirfd(d), &before) == 0;
		for (struct dirent *e; (e = readdir(d));)
			if (e->d_name[0] != '.') {
				links++;
				n += !known((int)strtol(e->d_name, NULL, 10));
			}
		ok = ok && fstat(dirfd(d), &after) == 0 && before.st_nlink == links && after.st_nlink == links;
		closedir(d);
		if (ok)
			return n;
	}
	return INT_MAX;
}

size_t
ospeek(const void *from, void *to, size_t n)
{
	struct iovec l = {to, n}, r = {(void *)from, n};
	int err = errno;
	ssize_t k = process_vm_readv(getpid(), &l, 1, &r, 1, 0);
	bool bad = k < 0 && errno == EFAULT;
	errno = err;
	if (k >= 0)
		return (size_t)k;
	if (bad || (uintptr_t)from < PAGE)
		return 0;
	copybytes(to, from, n); // the system call is forbidden here: read without protection
	return n;
}

int
oswrite(int fd, const void *p, size_t n)
{
	const char *s = p;
	int err = errno, rc = 0;
	while (n > 0) {
		ssize_t k = write(fd, s, n);
		if (k >= 0) {
			s += k;
			n -= (size_t)k;
		} else if (errno == EAGAIN) {
			struct pollfd pfd = {.fd = fd, .events = POLLOUT};
			poll(&pfd, 1, -1);
		} else if (errno != EINTR) {
			rc = -errno;
			break;
		}
	}
	errno = err;
	return rc;
}

uint64_t
nanotime(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
coarsetime(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void
osyield(void)
{
	ossyscall(SYS_sched_yield, 0, 0, 0, 0);
}

void
spinwait(unsigned n)
{
	if (n % 64 == 63)
		osyield();
	else
		procyield();
}

void
osnap(uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
	nanosleep(&ts, NULL);
}

void
osprompt(void)
{
	prctl(PR_SET_TIMERSLACK, 1000);
}

void
osunprompt(void)
{
	prctl(PR_SET_TIMERSLACK, 0);
}

int
ostid(void)
{
	return (int)syscall(SYS_gettid);
}

int
ostgkill(int tid, int sig)
{
	return (int)ossyscall(SYS_tgkill, getpid(), tid, sig, 0);
}

_Noreturn void
osexit(int status)
{
	_exit(status);
}
