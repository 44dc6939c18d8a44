// SPDX-License-Identifier: MIT
//
// cpus.h - how many processors and how much memory the process may use, by its affinity mask and
// its cgroup.
//
// These functions open files and have buffers of some 16 KB. Stack: the system stack. Not in signal
// handlers.

#ifndef THRUM_BASE_CPUS_H
#define THRUM_BASE_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAXPROCS 4096 // the largest value of THRUM_PROCS

// cpucount returns how many ps the process should start with. That is THRUM_PROCS if it is a number
// from 1 to MAXPROCS, otherwise the result of procsfor for the mask and the quota. *told is true if
// THRUM_PROCS was used. A bad THRUM_PROCS gets a warning on stderr.
int cpucount(bool *told);

// cpuaffinity returns how many CPUs the calling thread may run on, at least 1.
int cpuaffinity(void);

// affinityfrom is cpuaffinity with a first mask of size bytes, a multiple of 8.
int affinityfrom(size_t size);

// cgroupcpus returns the smallest CPU quota of the process's cgroup and of the groups that contain
// it, in whole CPUs, rounded up; 0 if there is none or it cannot be read. root stands before every
// path that is opened: it is "" outside of tests.
int cgroupcpus(const char *root);

// cgroupmemory returns the memory limit in bytes, by the same rules.
uint64_t cgroupmemory(const char *root);

// procsfor is Go's rule: the number of CPUs in the mask, or the quota (0: none) if that is lower. A
// quota below 2 counts as 2.
int procsfor(int cpus, int quota);

// parseprocs returns the value of THRUM_PROCS in s, 0 if it is not a valid one.
int parseprocs(const char *s);

#endif
