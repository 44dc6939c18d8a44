// SPDX-License-Identifier: MIT
//
// waitgroup.h - what the scheduler needs of wait groups.

#ifndef THRUM_SYNC_WAITGROUP_H
#define THRUM_SYNC_WAITGROUP_H

// waitgroupfork frees all locks, in the child of fork: who held them is gone.
void waitgroupfork(void);

#endif
