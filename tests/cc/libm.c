// SPDX-License-Identifier: MIT
// Shows that a function that the code generator would call on its own is called through a thunk
// like any function of C. A function that is one instruction stays one.
//
// RUN: thrumcc -O2 -S -o - %s | FileCheck %s
// RUN: thrumcc -O2 -ffast-math -S -o - %s | FileCheck --check-prefix=FAST %s
// RUN: thrumcc -O2 -fno-math-errno -S -o - %s | FileCheck --check-prefix=NOERRNO %s

#include <math.h>

// The square root is an instruction; only its error goes to the library.
// CHECK-LABEL: root:
// CHECK: sqrtsd %xmm0, [[ROOT:%xmm[0-9]]]
// CHECK: ucomisd [[ROOT]], [[ROOT]]
// CHECK: j{{n?p}}
// CHECK: callq sqrt.thrum
// FAST-LABEL: root:
// FAST-NOT: sqrt.thrum
// FAST: retq
double
root(double x)
{
	return sqrt(x) + 1;
}

// CHECK-LABEL: rootf:
// CHECK: sqrtss
// CHECK: callq sqrtf.thrum
float
rootf(float x)
{
	return sqrtf(x) + 1;
}

// sin and cos of one number would become one call of sincos, with two results through pointers
// into the stack.
// CHECK-LABEL: both:
// CHECK-DAG: callq sin.thrum
// CHECK-DAG: callq cos.thrum
// CHECK-NOT: callq sincos
// FAST-LABEL: both:
// FAST-DAG: callq {{sin|__sin_finite}}.thrum
// FAST-DAG: callq {{cos|__cos_finite}}.thrum
// FAST-NOT: callq sincos
// NOERRNO-LABEL: both:
// NOERRNO-DAG: callq sin.thrum
// NOERRNO-DAG: callq cos.thrum
// NOERRNO-NOT: callq sincos
double
both(double x)
{
	return sin(x) * cos(x);
}

// CHECK-LABEL: rest:
// CHECK: callq fmod.thrum
// FAST-LABEL: rest:
// FAST: callq fmod.thrum
// NOERRNO-LABEL: rest:
// NOERRNO: callq fmod.thrum
double
rest(double x, double y)
{
	return fmod(x, y) + 1;
}

// NOERRNO-LABEL: power:
// NOERRNO: callq pow.thrum
// NOERRNO: callq exp.thrum
double
power(double x, double y)
{
	return pow(x, y) + exp(x);
}

// Rounding needs no stack to speak of: called in place.
// CHECK-LABEL: rounding:
// CHECK: callq *floor@GOTPCREL(%rip)
double
rounding(double x)
{
	return floor(x) + 1;
}
