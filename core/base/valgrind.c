// SPDX-License-Identifier: MIT
//
// valgrind.c - the client requests for stacks (valgrind.h).

#include "core/base/valgrind.h"

#include "core/base/os.h"

bool valgrind;

enum {
	RunningOnValgrind = 0x1001,
	StackRegister = 0x1501,
	StackDeregister = 0x1502,
	MakeMemUndefined = 'M' << 24 | 'C' << 16 | 1, // of memcheck
};

static uintptr_t
request(uintptr_t what, uintptr_t a, uintptr_t b)
{
	volatile uintptr_t args[6] = {what, a, b, 0, 0, 0};
	return vgrequest(args);
}

// The stacks that valgrind knows, with its numbers of them. Threads run one at a time under
// valgrind.
static struct known {
	char *lo;
	uintptr_t id;
} *known;
static size_t nknown, room;
static _Atomic int busy;

void
valgrindinit(void)
{
	valgrind = request(RunningOnValgrind, 0, 0) != 0;
}

static void
enter(void)
{
	while (atomic_exchange(&busy, 1))
		osyield();
}

void
vgstack(char *lo, size_t size)
{
	enter();
	if (nknown == room) {
		size_t more = room ? 2 * room : 512;
		struct known *k = osmap(more * sizeof *k, PAGE, UseTables);
		if (k) {
			for (size_t i = 0; i < nknown; i++)
				k[i] = known[i];
			if (known)
				osunmap(known, room * sizeof *k, UseTables);
			known = k;
			room = more;
		}
	}
	if (nknown < room)
		known[nknown++] = (struct known){lo, request(StackRegister, (uintptr_t)lo, (uintptr_t)lo + size - 1)};
	request(MakeMemUndefined, (uintptr_t)lo, size);
	atomic_store(&busy, 0);
}

void
vgstackend(char *lo)
{
	enter();
	for (size_t i = nknown; i > 0; i--)
		if (known[i - 1].lo == lo) {
			request(StackDeregister, known[i - 1].id, 0);
			known[i - 1] = known[--nknown];
			break;
		}
	atomic_store(&busy, 0);
}
