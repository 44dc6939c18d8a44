// SPDX-License-Identifier: MIT
// Shows that the runtime is asked for the address of a local that only measures the stack, and not
// for that of a local with another use.
// RUN: thrumcc -O2 -fthrum-verify -c %s -o %t.o
// RUN: thrumcc -O2 -S %s -o - | FileCheck %s
// RUN: thrumcc -O0 -S %s -o - | FileCheck %s

extern char *base;
void keep(void *);

// CHECK-LABEL: depth:
// CHECK: thrum_measure@GOTPCREL
// CHECK: retq
long depth(void) { char here; return base - &here; }

// CHECK-LABEL: below:
// CHECK: thrum_measure@GOTPCREL
// CHECK: retq
int below(void) { int here; return (char *)&here < base; }

// CHECK-LABEL: used:
// CHECK-NOT: thrum_measure
// CHECK: keep
long used(void) { char here; keep(&here); return base - &here; }

// CHECK-LABEL: within:
// CHECK-NOT: thrum_measure
// CHECK: keep
long within(int n) { char room[8]; keep(room); return room + n < room + 8; }

// CHECK-LABEL: kept:
// CHECK-NOT: thrum_measure
// CHECK: .size kept
void kept(void) { char here; base = &here; keep(0); }

// CHECK-LABEL: apart:
// CHECK-NOT: thrum_measure
// CHECK: .size apart
long apart(void) { char a, b; return &a - &b; }
