// SPDX-License-Identifier: MIT
// The vector program with 256-bit registers: ymm arguments, results and spills survive stack
// growth.
// cflags: -mavx2 -Wno-psabi
#define NEEDS "avx2"
#include "extra/num_vectors.h"
