// SPDX-License-Identifier: MIT
//
// vec_results.h - vectors that do not fit into the registers for results.

#define N 32
typedef int wide __attribute__((vector_size(4 * N)));
#define BITS 500
typedef _Bool bits __attribute__((ext_vector_type(BITS)));
typedef long three __attribute__((ext_vector_type(3))); // rax, rdx, rcx
typedef double doubles __attribute__((vector_size(8 * 16)));
