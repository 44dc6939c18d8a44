// SPDX-License-Identifier: MIT
//
// cpus_test.c - the mask and the quota that say how many Ps there are.
//
// Trees of /proc and /sys are made in a folder of their own, from texts as kernels
// write them, and as they do not.

#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cpus.h"

static char root[] = "/tmp/cpus_test.XXXXXX";

static int
gone(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static void
setup(void)
{
	cr_assert(mkdtemp(root));
	unsetenv("THRUM_PROCS");
}

static void
teardown(void)
{
	nftw(root, gone, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(cpus, .init = setup, .fini = teardown);

// put writes text into the file name of the tree, with the folders above it.
static void
put(const char *name, const char *text)
{
	char path[8192];
	snprintf(path, sizeof path, "%s%s", root, name);
	for (char *s = path + strlen(root) + 1; (s = strchr(s, '/')); s++) {
		*s = 0;
		mkdir(path, 0755);
		*s = '/';
	}
	FILE *f = fopen(path, "w");
	cr_assert(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

#define OTHERS                                                                       \
	"22 27 0:21 / /proc rw,relatime - proc proc rw\n"                                \
	"27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,cpu\n"
#define V2 OTHERS "41 31 0:38 / /sys/fs/cgroup rw,nosuid shared:4 master:2 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1                                                                           \
	OTHERS "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"              \
	       "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"       \
	       "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"

static void
tree(const char *group, const char *mounts)
{
	put("/proc/self/cgroup", group);
	put("/proc/self/mountinfo", mounts);
}

static int
v2(const char *max)
{
	tree("0::/app\n", V2);
	put("/sys/fs/cgroup/app/cpu.max", max);
	return cgroupcpus(root);
}

static int
v1(const char *quota, const char *period)
{
	tree("3:cpuset:/\n2:cpu,cpuacct:/app\n0::/elsewhere\n", V1);
	put("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us", quota);
	put("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us", period);
	return cgroupcpus(root);
}

static int
count(void)
{
	bool told;
	return cpucount(&told);
}

Test(cpus, v2_quota)
{
	cr_expect_eq(v2("150000 100000\n"), 2);
	cr_expect_eq(v2("200000 100000\n"), 2);
	cr_expect_eq(v2("200001 100000\n"), 3);
	cr_expect_eq(v2("1000 100000\n"), 1);
	cr_expect_eq(v2("12800000 100000"), 128, "no newline");
	cr_expect_eq(v2("max 100000\n"), 0);
}

Test(cpus, v1_quota)
{
	cr_expect_eq(v1("150000\n", "100000\n"), 2);
	cr_expect_eq(v1("50000\n", "20000\n"), 3);
	cr_expect_eq(v1("-1\n", "100000\n"), 0);
	cr_expect_eq(v1("0\n", "100000\n"), 0);
}

Test(cpus, memory)
{
	tree("0::/a/b\n", V2);
	put("/sys/fs/cgroup/a/b/memory.max", "max\n");
	cr_expect_eq(cgroupmemory(root), 0);
	put("/sys/fs/cgroup/a/memory.max", "536870912\n");
	cr_expect_eq(cgroupmemory(root), 536870912);
	put("/sys/fs/cgroup/a/b/memory.max", "134217728\n");
	cr_expect_eq(cgroupmemory(root), 134217728);
	tree("4:memory:/app\n0::/elsewhere\n", OTHERS "34 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	put("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
	cr_expect_eq(cgroupmemory(root), 1048576);
}

Test(cpus, nested_v2)
{
	tree("0::/a/b/c\n", V2);
	put("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/a/b/cpu.max", "700000 100000\n");
	put("/sys/fs/cgroup/a/cpu.max", "350000 100000\n");
	put("/sys/fs/cgroup/ab/cpu.max", "100000 100000\n");
	put("/sys/fs/cpu.max", "100000 100000\n"); // above the mount
	cr_expect_eq(cgroupcpus(root), 4);
	put("/sys/fs/cgroup/a/b/c/cpu.max", "250000 100000\n");
	cr_expect_eq(cgroupcpus(root), 3);
	put("/sys/fs/cgroup/cpu.max", "200000 100000\n"); // a namespace's root has one
	cr_expect_eq(cgroupcpus(root), 2);
}

Test(cpus, nested_v1)
{
	v1("-1\n", "100000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "450000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	cr_expect_eq(cgroupcpus(root), 5);
}

Test(cpus, root_group)
{
	tree("0::/\n", V2);
	cr_expect_eq(cgroupcpus(root), 0);
	put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
	cr_expect_eq(cgroupcpus(root), 3);
}

// A container sees a part of the hierarchy: the mount's root is a prefix of the group.
Test(cpus, part_of_a_hierarchy)
{
	tree("0::/docker/abc/sub\n",
		"50 40 0:30 /docker/other /mnt rw - cgroup2 cgroup rw\n"
		"51 40 0:30 /docker/ab /mnt rw - cgroup2 cgroup rw\n"
		"52 40 0:30 /docker/abc /sys/fs/cg\\040roup\\134x rw - cgroup2 cgroup rw\n");
	put("/mnt/cpu.max", "100000 100000\n");
	put("/sys/fs/cg roup\\x/cpu.max", "500000 100000\n");
	cr_expect_eq(cgroupcpus(root), 5);
	put("/sys/fs/cg roup\\x/sub/cpu.max", "400000 100000\n");
	cr_expect_eq(cgroupcpus(root), 4);
}

Test(cpus, another_namespace)
{
	put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
	tree("0::/../neighbour\n", V2);
	cr_expect_eq(cgroupcpus(root), 0);
	tree("0::/\n", "52 40 0:30 /../.. /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
	cr_expect_eq(cgroupcpus(root), 0);
}

// Version 1 has the controller, version 2 is mounted beside it.
Test(cpus, hybrid)
{
	v1("600000\n", "100000\n");
	tree("2:cpu,cpuacct:/app\n0::/app\n", V1 "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	put("/sys/fs/cgroup/unified/app/cpu.max", "300000 100000\n");
	cr_expect_eq(cgroupcpus(root), 6);
	tree("0::/app\n2:cpu,cpuacct:/app\n", V1);
	cr_expect_eq(cgroupcpus(root), 6, "in any order");
}

Test(cpus, nothing_there)
{
	cr_expect_eq(cgroupcpus(root), 0, "no /proc");
	cr_expect_eq(cgroupcpus("/nonexistent"), 0);
	put("/proc/self/cgroup", "0::/app\n");
	cr_expect_eq(cgroupcpus(root), 0, "no mountinfo");
	tree("0::/app\n", OTHERS);
	cr_expect_eq(cgroupcpus(root), 0, "no cgroup mounted");
	tree("0::/app\n", V2);
	cr_expect_eq(cgroupcpus(root), 0, "no file");
	tree("9:name=systemd:/\n8:pids:/\n", V1);
	cr_expect_eq(cgroupcpus(root), 0, "no CPU controller");
	v1("150000\n", "100000\n");
	char path[4096];
	snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us", root);
	unlink(path);
	cr_expect_eq(cgroupcpus(root), 0, "half of version 1");
}

Test(cpus, malformed_quota)
{
	static const char *const bad[] = {"", "\n", " ", "max", "150000", "150000\n", "150000 \n", "150000 0\n", "0 100000\n",
		"-5 100000\n", "abc 100000\n", "150000 abc\n", "150000 100000 7\n", "150000  100000\n", "1.5 1\n",
		"99999999999999999999999 100000\n", "150000 99999999999999999999999\n"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(v2(bad[i]), 0, "\"%s\"", bad[i]);
	cr_expect_eq(v2("99999999999999999 1\n"), 2147483647);
	cr_expect_eq(v1("", "100000\n"), 0);
	cr_expect_eq(v1("150000\n", ""), 0);
	cr_expect_eq(v1("150000\n", "x\n"), 0);
	cr_expect_eq(v1("15x\n", "100000\n"), 0);
}

Test(cpus, malformed_proc)
{
	static const char *const groups[] = {"", "\n", ":", "::", "0::\n", "0::app\n", "0:\n", "garbage\n", "1:cpu\n", "1:cpu:\n"};
	put("/sys/fs/cgroup/app/cpu.max", "300000 100000\n");
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		tree(groups[i], V2);
		cr_expect_eq(cgroupcpus(root), 0, "\"%s\"", groups[i]);
	}
	static const char *const mounts[] = {"", "\n", " - ", "1 2 3 4 5 6 - ", "1 2 3 / /sys/fs/cgroup", "1 2 3 / /sys/fs/cgroup - ",
		"1 2 3 / /sys/fs/cgroup - cgroup2", "1 2 3 / /sys/fs/cgroup rw\n", "1 2 3 / /sys/fs/cgroup rw -cgroup2 a b\n"};
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		tree("0::/app\n", mounts[i]);
		(void)cgroupcpus(root); // any answer, no crash
		tree("1:cpu:/app\n", mounts[i]);
		cr_expect_eq(cgroupcpus(root), 0, "\"%s\"", mounts[i]);
	}
}

// Lines and paths as long as the kernel makes them, and longer ones.
Test(cpus, long_lines)
{
	char *mounts = calloc(1, 70000), group[6000];
	strcpy(mounts, "60 27 0:50 / /merged rw - overlay overlay rw,lowerdir=");
	memset(mounts + strlen(mounts), 'l', 60000);
	strcat(mounts, "\n" V2);
	tree("0::/app\n", mounts);
	put("/sys/fs/cgroup/app/cpu.max", "300000 100000\n");
	cr_expect_eq(cgroupcpus(root), 3);
	for (size_t n = 4000; n < 4200; n++) {
		memset(group, 'g', sizeof group);
		memcpy(group, "0::/", 4);
		strcpy(group + n, "\n");
		tree(group, V2);
		cr_expect_eq(cgroupcpus(root), 0);
	}
	free(mounts);
}

Test(cpus, rule)
{
	cr_expect_eq(procsfor(8, 0), 8);
	cr_expect_eq(procsfor(8, 3), 3);
	cr_expect_eq(procsfor(8, 16), 8);
	cr_expect_eq(procsfor(8, 1), 2, "at least 2");
	cr_expect_eq(procsfor(1, 1), 1, "but not more than there are");
	cr_expect_eq(procsfor(1, 5), 1);
	cr_expect_eq(procsfor(100000, 0), MAXPROCS);
}

Test(cpus, variable)
{
	static const char *const bad[] = {"0", "-1", "4097", "99999999999999999999", "x", "2x", " 2", "2 ", "1.5", "+2"};
	cr_expect_eq(parseprocs("1"), 1);
	cr_expect_eq(parseprocs("4096"), 4096);
	cr_expect_eq(parseprocs("0007"), 7);
	cr_expect_eq(parseprocs(""), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect_eq(parseprocs(bad[i]), 0, "\"%s\"", bad[i]);
	setenv("THRUM_PROCS", "37", 1);
	cr_expect_eq(count(), 37);
}

Test(cpus, bad_variable)
{
	cr_redirect_stderr();
	int plain = count();
	setenv("THRUM_PROCS", "", 1);
	cr_expect_eq(count(), plain);
	setenv("THRUM_PROCS", "many", 1);
	cr_expect_eq(count(), plain);
	fflush(stderr);
	cr_assert_stderr_eq_str("thrum: warning: THRUM_PROCS=\"many\" is ignored: write a number from 1 to 4096\n");
}

Test(cpus, affinity)
{
	cpu_set_t set, one;
	cr_assert(sched_getaffinity(0, sizeof set, &set) == 0);
	cr_expect_eq(cpuaffinity(), CPU_COUNT(&set));
	cr_expect_eq(affinityfrom(0), CPU_COUNT(&set), "a mask that is too small grows");
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			CPU_SET(i, &one);
			break;
		}
	cr_assert(sched_setaffinity(0, sizeof one, &one) == 0);
	cr_expect_eq(cpuaffinity(), 1);
	cr_expect_eq(count(), 1);
}
