// SPDX-License-Identifier: MIT
// Shows that an object's record says whether the object looks at floating-point flags, or changes
// MXCSR or the x87 control word itself. A call of fesetround, or mere computing, does not count.
//
// RUN: for d in CLEAR TEST GETCSR ASMX ASMU FSTSW HIDDEN BUILTIN STRICT; do thrumcc -O2 -D$d -S -o - %s | FileCheck --check-prefix=YES %s || { echo $d; exit 1; }; done
// RUN: for d in NOTHING ROUND READ ASM CONVERT; do thrumcc -O2 -D$d -S -o - %s | FileCheck --check-prefix=NO %s || { echo $d; exit 1; }; done

// YES: .Lthrum.module:
// YES-NEXT: .long 6
// YES-NEXT: .long 1
// NO: .Lthrum.module:
// NO-NEXT: .long 6
// NO-NEXT: .long 0
#include <fenv.h>
#include <xmmintrin.h>

double
f(double x)
{
#ifdef CLEAR
	feclearexcept(FE_ALL_EXCEPT);
#elif defined TEST
	x += fetestexcept(FE_INEXACT);
#elif defined GETCSR
	_mm_setcsr(_mm_getcsr() | 0x8000);
#elif defined ASMX
	__asm__ volatile("LDMXCSR %0" : : "m"(x));
#elif defined ASMU
	__asm__ volatile("fninit");
#elif defined FSTSW
	unsigned short s;
	__asm__ volatile("fnstsw %0" : "=am"(s));
	x += s;
#elif defined HIDDEN
	__asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(&x));
#elif defined BUILTIN
	__builtin_set_flt_rounds(2);
#elif defined STRICT
#pragma STDC FENV_ACCESS ON
	x = x * 3 / 7;
#elif defined ROUND
	fesetround(FE_UPWARD);
#elif defined READ
	x += fegetround() + __builtin_flt_rounds();
#elif defined ASM
	__asm__ volatile("pause" : : : "memory");
#elif defined CONVERT
	x += (double)(long)(long double)x;
#endif
	return x * 3;
}
