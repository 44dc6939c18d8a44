// SPDX-License-Identifier: MIT
//
// exec.c - becomes crtexec.o, which the driver links into every executable: what has to be done before the constructors
// of shared objects run. A shared object cannot have that, so it is no part of libthrum.a.

void thrum_forkfirst(void); // run.c

static __attribute__((section(".preinit_array"), used)) void (*const first)(void) = thrum_forkfirst;
