// SPDX-License-Identifier: MIT
//
// Shows that nonsensical sizes of VLAs and alloca are refused: near 2^64, as numbers of elements
// whose product overflows, with an alignment on top. Each ends its process with the message; none
// is taken for a small one.
//
// thrum-only
// levels: O0 O2
// env: THRUM_TRACEBACK=none
// err: fatal error: a local variable is too large: check the size given to alloca or to a variable-length array

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) void
keep(void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static __attribute__((noinline)) void
take(int kind, size_t n)
{
	switch (kind) {
	case 0: keep(alloca(n)); break;
	case 1: { char a[n]; keep(a); break; }
	case 2: { int a[n]; keep(a); break; }
	case 3: { struct { char c[24]; } a[n]; keep(a); break; }
	case 4: keep(__builtin_alloca_with_align(n, 512)); break;
	case 5: keep(__builtin_alloca_with_align(n, 32768)); break;
	case 6: { int a[n][n]; keep(a); break; }
	case 7: { char a[n][8][n]; keep(a); break; }
	}
}

static const size_t bytes[] = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 16384, 16400, 1u << 20};

static void
refused(int kind, size_t n)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		take(kind, n);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 2) {
		printf("kind %d, %zx: status %x\n", kind, n, status);
		exit(1);
	}
}

int
main(void)
{
	int dummy = 0;
	keep(&dummy);
	for (int kind = 0; kind < 6; kind++)
		for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i += kind == 0 ? 2 : 7)
			refused(kind, -bytes[i]);
	refused(2, (size_t)1 << 62);
	refused(2, ((size_t)1 << 62) + 5);
	refused(3, (size_t)1 << 61);
	refused(6, (size_t)1 << 32); // products of lengths that are 0, or small, modulo 2^64
	refused(6, ((size_t)1 << 31) + 1);
	refused(7, (size_t)1 << 32);
	refused(7, ((size_t)1 << 61) + 1);
	for (int kind = 0; kind < 6; kind++)
		for (size_t n = 0; n < 20000; n += 999)
			take(kind, n); // these are fine
	puts("ok");
	return 0;
}
