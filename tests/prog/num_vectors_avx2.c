// SPDX-License-Identifier: MIT
// Shows that ymm arguments, results and spills survive stack growth: the vector program with
// 256-bit registers.
// cflags: -mavx2 -Wno-psabi
#define NEEDS "avx2"
#include "extra/num_vectors.h"
