// SPDX-License-Identifier: MIT
//
// exec.c - becomes crtexec.o, which the driver links into every executable. It is not in
// libthrum.a, because it holds work that must be done before the constructors of shared objects
// run, and names that only an executable may define.

void thrum_forkfirst(void); // fork.c

static __attribute__((section(".preinit_array"), used)) void (*const first)(void) = thrum_forkfirst;

// atexit needs the name __dso_handle. The start-up files define it, but with -nostartfiles there
// are none.
__asm__(".weak __dso_handle\n.hidden __dso_handle\n.pushsection .data.rel.ro,\"aw\"\n"
	".p2align 3\n__dso_handle:\n\t.quad 0\n.popsection\n");
