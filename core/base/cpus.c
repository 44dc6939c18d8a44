// SPDX-License-Identifier: MIT
//
// cpus.c - how many processors the process has.
//
// The affinity mask tells on which CPUs the kernel may run us, the CPU controller of cgroups
// how much of them: a quota of microseconds per period, counted over all threads. With
// more Ps than quota / period all of them run until it is used up and then stand still
// together for the rest of the period, 100 ms as a rule; so the quota bounds the Ps.
//
// Where the quota stands:
//  1. /proc/self/cgroup names our group in each hierarchy. A line with the controller
//     "cpu" is one of version 1 and wins; else the line "0::" is that of version 2.
//  2. /proc/self/mountinfo names the folder where that hierarchy is mounted, and which
//     of its groups (its root) one sees there. In a container that is seldom "/".
//  3. The folder of our group and each one above, up to the mount, holds
//     cpu.max ("QUOTA PERIOD", QUOTA may be "max"), or in version 1
//     cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us. The smallest one counts.
// Whatever is missing or malformed there is no limit: the process must start anyway.
//
// The memory limit stands likewise in memory.max ("max": none), in version 1 memory.limit_in_bytes.
//
// Rejected: reading cpuset.cpus (the affinity mask holds it already); cpu.weight or
// cpu.shares (a share of a busy machine bounds nothing on an idle one).

#include "core/base/cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/os.h"
#include "core/base/print.h"

#define LINE 4096 // of mountinfo and cgroup; the rest of a longer one is dropped
#define MASK 128  // bytes of a first mask: 1024 CPUs
#define MASKMAX (1u << 20)

// Functions with a line of their own are not inlined: their frames, one after another, fit the
// chunk of unsafe frames that the thread has.
#define NOINLINE __attribute__((noinline))

// ---- the affinity mask ----------------------------------------------------------

// popmask counts the CPUs in a mask of size bytes. 0 when the kernel's is larger, or -errno.
static int
popmask(uint64_t *mask, size_t size)
{
	long n = syscall(SYS_sched_getaffinity, 0, size, mask);
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	int cpus = 0;
	for (size_t i = 0; i < (size_t)n / sizeof *mask; i++)
		cpus += __builtin_popcountl(mask[i]);
	return cpus;
}

int
affinityfrom(size_t size)
{
	uint64_t first[MASK / sizeof(uint64_t)];
	int cpus = size <= sizeof first ? popmask(first, size) : 0;
	// The kernel does not say how large its mask is, only that ours is too small.
	for (size = PAGE; cpus == 0 && size <= MASKMAX; size *= 2) {
		uint64_t *mask = osmap(size, PAGE, UseTables);
		if (!mask)
			break;
		cpus = popmask(mask, size);
		osunmap(mask, size, UseTables);
	}
	return cpus > 0 ? cpus : 1;
}

int
cpuaffinity(void)
{
	return affinityfrom(MASK);
}

// ---- reading --------------------------------------------------------------------

typedef struct reader {
	int fd;
	size_t pos, end;
	char buf[512];
} reader;

// path joins three strings in LINE bytes at to. False when they do not fit.
static bool
path(char *to, const char *a, const char *b, const char *c)
{
	size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
	if (na + nb + nc >= LINE)
		return false;
	memcpy(to, a, na);
	memcpy(to + na, b, nb);
	memcpy(to + na + nb, c, nc + 1);
	return true;
}

static bool
readopen(reader *r, const char *name)
{
	r->pos = r->end = 0;
	r->fd = open(name, O_RDONLY | O_CLOEXEC);
	return r->fd >= 0;
}

// readline stores the next line in LINE bytes, without its newline. False at the end.
static bool
readline(reader *r, char *line)
{
	size_t n = 0;
	bool any = false;
	for (;;) {
		if (r->pos == r->end) {
			ssize_t k;
			do
				k = read(r->fd, r->buf, sizeof r->buf);
			while (k < 0 && errno == EINTR);
			if (k <= 0)
				break;
			r->pos = 0;
			r->end = (size_t)k;
		}
		char c = r->buf[r->pos++];
		any = true;
		if (c == '\n')
			break;
		if (n < LINE - 1)
			line[n++] = c;
	}
	line[n] = 0;
	return any;
}

// field cuts the next field, up to sep, off *s. NULL when there is none.
static char *
field(char **s, char sep)
{
	char *f = *s;
	if (!f)
		return NULL;
	char *end = strchr(f, sep);
	if (end)
		*end++ = 0;
	*s = end;
	return f;
}

// listed tells whether word is in a list like "rw,cpu,cpuacct".
static bool
listed(const char *list, const char *word)
{
	size_t n = strlen(word);
	for (;;) {
		size_t k = strcspn(list, ",");
		if (k == n && memcmp(list, word, n) == 0)
			return true;
		if (list[k] == 0)
			return false;
		list += k + 1;
	}
}

// unescape replaces \040 and its like, with which mountinfo writes blanks.
static void
unescape(char *s)
{
	char *to = s;
	for (; *s; s++)
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
			s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = 0;
}

// number reads a positive decimal number and moves *s behind it; 0 when there is none.
static uint64_t
number(const char **s)
{
	uint64_t v = 0;
	for (; **s >= '0' && **s <= '9'; ++*s) {
		if (v > UINT64_MAX / 100)
			return 0;
		v = 10 * v + (uint64_t)(**s - '0');
	}
	return v;
}

// ---- cgroups --------------------------------------------------------------------

// findgroup stores in LINE bytes the path of our group in the hierarchy that has the
// controller. Returns the version of cgroups it is in, 0 for none.
static NOINLINE int
findgroup(const char *root, const char *controller, char *group)
{
	char line[LINE];
	reader r;
	int version = 0;
	if (!path(line, root, "/proc/self/cgroup", "") || !readopen(&r, line))
		return 0;
	while (version != 1 && readline(&r, line)) {
		char *s = line, *id = field(&s, ':'), *list = field(&s, ':');
		if (!s || s[0] != '/')
			continue;
		if (listed(list, controller))
			version = 1;
		else if (id[0] == '0' && id[1] == 0 && list[0] == 0)
			version = 2;
		else
			continue;
		strcpy(group, s);
	}
	close(r.fd);
	return version;
}

// within returns what of path lies below dir ("" or "/..."), NULL when path is elsewhere.
static const char *
within(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	if (n > 0 && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) != 0 || (path[n] != 0 && path[n] != '/'))
		return NULL;
	// A group outside of our namespace shows as "/..": there is no folder for it.
	if (strstr(path + n, "/.."))
		return NULL;
	return path[n] == '/' && path[n + 1] == 0 ? "" : path + n;
}

// findfolder stores in LINE bytes the folder of the group; *top is how much of it is the
// mount point. False when no mount shows the group.
static NOINLINE bool
findfolder(const char *root, int version, const char *controller, const char *group, char *folder, size_t *top)
{
	char line[LINE];
	reader r;
	bool found = false;
	if (!path(line, root, "/proc/self/mountinfo", "") || !readopen(&r, line))
		return false;
	// "36 35 98:0 ROOT POINT OPTIONS optional fields - TYPE SOURCE SUPEROPTIONS"
	while (!found && readline(&r, line)) {
		char *s = line, *from = NULL, *point = NULL;
		for (int i = 0; i < 5; i++) {
			from = point;
			point = field(&s, ' ');
		}
		char *type = s ? strstr(s, " - ") : NULL;
		if (!type)
			continue;
		s = type + 3;
		type = field(&s, ' ');
		field(&s, ' ');
		if (version == 2 ? strcmp(type, "cgroup2") != 0
				 : strcmp(type, "cgroup") != 0 || !s || !listed(s, controller))
			continue;
		unescape(from);
		unescape(point);
		const char *rest = within(group, from);
		if (!rest || !path(folder, root, point, rest))
			continue;
		*top = strlen(root) + strlen(point);
		found = true;
	}
	close(r.fd);
	return found;
}

// firstline stores the first line of folder/name in LINE bytes.
static NOINLINE bool
firstline(const char *folder, const char *name, char *line)
{
	reader r;
	if (!path(line, folder, name, "") || !readopen(&r, line))
		return false;
	bool ok = readline(&r, line);
	close(r.fd);
	return ok;
}

// quota returns what the files in folder allow, in whole CPUs; 0: no limit.
static NOINLINE uint64_t
quota(int version, const char *folder)
{
	char line[LINE];
	const char *s = line;
	if (!firstline(folder, version == 2 ? "/cpu.max" : "/cpu.cfs_quota_us", line))
		return 0;
	uint64_t us = number(&s); // 0 for "max" and for -1, too
	if (version == 1) {
		if (*s != 0 || !firstline(folder, "/cpu.cfs_period_us", line))
			return 0;
		s = line;
	} else if (*s++ != ' ') {
		return 0;
	}
	uint64_t period = number(&s);
	if (us == 0 || period == 0 || *s != 0)
		return 0;
	uint64_t cpus = us / period + (us % period != 0);
	return cpus > INT_MAX ? INT_MAX : cpus;
}

// memory returns how many bytes the file in folder allows; 0: no limit.
static NOINLINE uint64_t
memory(int version, const char *folder)
{
	char line[LINE];
	const char *s = line;
	if (!firstline(folder, version == 2 ? "/memory.max" : "/memory.limit_in_bytes", line))
		return 0;
	uint64_t bytes = number(&s);
	return *s == 0 ? bytes : 0;
}

// least returns the smallest limit that a folder of our group or above it has; 0: there is none.
static uint64_t
least(const char *root, const char *controller, uint64_t (*limit)(int, const char *))
{
	char group[LINE], folder[LINE];
	size_t top;
	int version = findgroup(root, controller, group);
	uint64_t min = 0;
	if (version == 0 || !findfolder(root, version, controller, group, folder, &top))
		return 0;
	for (;;) {
		uint64_t v = limit(version, folder);
		if (v > 0 && (min == 0 || v < min))
			min = v;
		size_t n = strlen(folder);
		if (n <= top)
			return min;
		while (n > top && folder[n - 1] != '/')
			n--;
		folder[n > top ? n - 1 : top] = 0;
	}
}

int
cgroupcpus(const char *root)
{
	return (int)least(root, "cpu", quota);
}

uint64_t
cgroupmemory(const char *root)
{
	return least(root, "memory", memory);
}

// ---- what follows -----------------------------------------------------------------

int
procsfor(int cpus, int quota)
{
	// With one P, whatever the runtime does beside the program would stop the program.
	if (quota == 1)
		quota = 2;
	if (quota > 0 && quota < cpus)
		cpus = quota;
	return cpus < MAXPROCS ? cpus : MAXPROCS;
}

int
parseprocs(const char *s)
{
	int n = 0;
	do {
		if (*s < '0' || *s > '9')
			return 0;
		n = 10 * n + (*s - '0');
	} while (*++s && n <= MAXPROCS);
	return n <= MAXPROCS ? n : 0;
}

int
cpucount(bool *told)
{
	const char *s = getenv("THRUM_PROCS");
	*told = true;
	if (s && *s) {
		int n = parseprocs(s);
		if (n > 0)
			return n;
		print("thrum: warning: THRUM_PROCS=\"%s\" is ignored: write a number from 1 to %d\n", s, MAXPROCS);
	}
	*told = false;
	return procsfor(cpuaffinity(), cgroupcpus(""));
}
