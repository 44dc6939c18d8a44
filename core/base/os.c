// SPDX-License-Identifier: MIT
#include "core/base/os.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static const char *const faultname[NFAULT] = {"mmap", "madvise", "mprotect", "sigaltstack"};
static long faultat[NFAULT]; // counts down; 1 fails

static uint64_t ticks0, ns0; // at osinit

uint64_t
ticksns(uint64_t ticks)
{
	uint64_t dt = cputicks() - ticks0, dn = nanotime() - ns0;
	return dt == 0 ? 0 : (uint64_t)((double)ticks * (double)dn / (double)dt);
}

void
osinit(void)
{
	ticks0 = cputicks();
	ns0 = nanotime();
	const char *s = getenv("THRUM_FAULT");
	while (s && *s) {
		for (int i = 0; i < NFAULT; i++) {
			size_t n = strlen(faultname[i]);
			if (strncmp(s, faultname[i], n) == 0 && s[n] == ':')
				faultat[i] = strtol(s + n + 1, NULL, 10);
		}
		s = strchr(s, ',');
		s = s ? s + 1 : NULL;
	}
}

static bool
fault(enum osfault f, int err)
{
	if (faultat[f] == 0 || --faultat[f] != 0)
		return false;
	errno = err;
	return true;
}

void *
osmap(size_t size, size_t align)
{
	size_t span = align > PAGE ? size + align : size;
	if (span < size || fault(FaultMmap, ENOMEM))
		return NULL;
	char *p = mmap(NULL, span, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (align > PAGE) {
		char *q = (char *)(((uintptr_t)p + align - 1) & -align);
		if (q != p)
			munmap(p, (size_t)(q - p));
		if (q + size != p + span)
			munmap(q + size, (size_t)(p + span - (q + size)));
		p = q;
	}
	return p;
}

void
osunmap(void *p, size_t size)
{
	munmap(p, size);
}

void
osrelease(void *p, size_t size)
{
	if (!fault(FaultMadvise, ENOMEM))
		madvise(p, size, MADV_DONTNEED);
}

void
oshuge(void *p, size_t size, bool want)
{
	madvise(p, size, want ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

int
osguard(void *p, size_t size)
{
	if (!fault(FaultMadvise, EINVAL) && madvise(p, size, MADV_GUARD_INSTALL) == 0)
		return 0;
	if (fault(FaultMprotect, ENOMEM) || mprotect(p, size, PROT_NONE) != 0)
		return -errno;
	return 0;
}

int
osaltstack(void *p, size_t size)
{
	stack_t old, ss = {.ss_sp = p, .ss_size = size};
	if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE))
		return 0;
	if (fault(FaultSigaltstack, ENOMEM) || sigaltstack(&ss, NULL) != 0)
		return -errno;
	return 0;
}

int
osstack(char **lo, char **hi)
{
	pthread_attr_t a;
	void *p;
	size_t n;
	int rc = pthread_getattr_np(pthread_self(), &a);
	if (rc != 0)
		return -rc;
	rc = pthread_attr_getstack(&a, &p, &n);
	pthread_attr_destroy(&a);
	*lo = p;
	*hi = (char *)p + n;
	return -rc;
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

int
ostid(void)
{
	return (int)syscall(SYS_gettid);
}

_Noreturn void
osexit(int status)
{
	_exit(status);
}
