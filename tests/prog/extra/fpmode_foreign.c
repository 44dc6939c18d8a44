// SPDX-License-Identifier: MIT
#include <fenv.h>
#include <xmmintrin.h>

void
ftz(int on)
{
	_mm_setcsr((_mm_getcsr() & ~0x8000u) | (on ? 0x8000u : 0));
}

int
isftz(void)
{
	return (_mm_getcsr() & 0x8000) != 0;
}

// calls: the modes that fn leaves must be there afterwards; fn must see the modes that are set
// here.
void
calls(void (*fn)(void *), void *arg, int mode)
{
	for (int i = 0; i < 2; i++) {
		fesetround(i ? FE_TOWARDZERO : FE_UPWARD);
		fn(arg);
		if (fegetround() != mode)
			__builtin_trap();
	}
}
