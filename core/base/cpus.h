// SPDX-License-Identifier: MIT
//
// cpus.h - how many processors the process has: its affinity mask, its cgroup's quota.
//
// All of it opens files and has buffers of some 16 KB: system stack, not in signal handlers.

#ifndef THRUM_BASE_CPUS_H
#define THRUM_BASE_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAXPROCS 4096 // the most that THRUM_PROCS may say

// cpucount returns how many Ps the process should start with: THRUM_PROCS where that is a
// number from 1 to MAXPROCS, otherwise what procsfor says of the mask and the quota.
// *told: THRUM_PROCS has said so. Warns on stderr of a bad one.
int cpucount(bool *told);

// cpuaffinity returns how many CPUs the calling thread may run on, at least 1.
int cpuaffinity(void);

// affinityfrom is cpuaffinity with a first try of size bytes, a multiple of 8.
int affinityfrom(size_t size);

// cgroupcpus returns the CPU quota of the process's cgroup and of all that it lies in, in
// whole CPUs, rounded up; 0 when there is none or it cannot be read. root stands before
// every path that is opened: "" but in tests.
int cgroupcpus(const char *root);

// cgroupmemory returns the memory limit in bytes, likewise.
uint64_t cgroupmemory(const char *root);

// procsfor is Go's rule: the CPUs of the mask, or of the quota (0: none) if those are fewer;
// a quota below 2 counts as 2.
int procsfor(int cpus, int quota);

// parseprocs returns the value of THRUM_PROCS in s, 0 when it is none.
int parseprocs(const char *s);

#endif
