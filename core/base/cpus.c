// SPDX-License-Identifier: MIT
//
// cpus.c - finds how many processors and how much memory the process may use.
//
// The affinity mask tells on which CPUs the kernel may run us. The CPU controller of cgroups tells
// how much of them: a quota of microseconds per period, counted over all threads. If there are more
// ps than quota / period, all of them run until the quota is used up. Then they stand still
// together for the rest of the period, 100 ms as a rule. So the quota bounds the number of ps.
//
// The quota is found in these steps:
//
// 1. /proc/self/cgroup names our group in each hierarchy. A line with the controller "cpu" is one
//    of version 1 and wins; otherwise the line "0::" is that of version 2.
// 2. /proc/self/mountinfo names the folder where that hierarchy is mounted, and which of its groups
//    (its root) is seen there. In a container that is seldom "/".
// 3. The folder of our group, and each one above it up to the mount, holds cpu.max ("QUOTA PERIOD",
//    QUOTA may be "max"), or in version 1 cpu.cfs_quota_us (-1: none) and cpu.cfs_period_us. The
//    smallest quota counts.
//
// Where a file is missing or malformed there is no limit, because the process must start anyway.
//
// The memory limit stands in the same folders: in memory.max ("max": none), in version 1 in
// memory.limit_in_bytes.
//
// Rejected: reading cpuset.cpus, because the affinity mask holds it already. Rejected: cpu.weight
// or cpu.shares, because a share of a busy machine bounds nothing on an idle one.

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

#define LINE 4096 // of mountinfo and cgroup; the rest of a longer line is dropped
#define MASK 128  // bytes of the first mask tried: 1024 CPUs
#define MASKMAX (1u << 20)

// Functions with a LINE of their own are not inlined. They run one after another, so each frame
// fits the thread's chunk of unsafe frames.
#define NOINLINE __attribute__((noinline))

// ---- the affinity mask ----------------------------------------------------------

// popmask counts the CPUs in a mask of size bytes. Returns: 0 if the kernel's mask is larger, or
// -errno.
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
	// The kernel does not tell the size of its mask, only that ours is too small.
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

// path joins three strings in LINE bytes at to. Returns: false if they do not fit.
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

// readline stores the next line in LINE bytes, without its newline. Returns: false at the end.
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

// field cuts the next field, up to sep, off *s. Returns: NULL if there is none.
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

// listed tells whether word is in a list such as "rw,cpu,cpuacct".
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

// unescape replaces \040 and similar sequences, by which mountinfo writes blanks.
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

// number reads a positive decimal number and moves *s behind it. Returns: 0 if there is none.
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

// findgroup stores in LINE bytes the path of our group in the hierarchy that has the controller.
// Returns: the version of cgroups of that hierarchy, 0 if there is none.
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

// within returns the part of path below dir ("" or "/..."), NULL if path is elsewhere.
static const char *
within(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	if (n > 0 && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) != 0 || (path[n] != 0 && path[n] != '/'))
		return NULL;
	// A group outside our namespace shows as "/..": it has no folder here.
	if (strstr(path + n, "/.."))
		return NULL;
	return path[n] == '/' && path[n + 1] == 0 ? "" : path + n;
}

// findfolder stores in LINE bytes the folder of the group; the first *top bytes are the mount
// point. Returns: false if no mount shows the group.
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

// firstline stores the first line of the file folder/name in LINE bytes.
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

// quota returns the quota of the files in folder, in whole CPUs; 0: no limit.
static NOINLINE uint64_t
quota(int version, const char *folder)
{
	char line[LINE];
	const char *s = line;
	if (!firstline(folder, version == 2 ? "/cpu.max" : "/cpu.cfs_quota_us", line))
		return 0;
	uint64_t us = number(&s); // also 0 for "max" and for -1
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

// memory returns the limit of the file in folder, in bytes; 0: no limit.
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

// least returns the smallest limit of our group's folder and those above it; 0: no limit.
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

// ---- the rule ----------------------------------------------------------------------

int
procsfor(int cpus, int quota)
{
	// With one p, the runtime's own work would stop the program.
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
