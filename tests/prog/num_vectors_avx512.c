// SPDX-License-Identifier: MIT
// Shows that zmm arguments, results and spills survive stack growth: the vector program with
// 512-bit registers.
// cflags: -mavx512f -mprefer-vector-width=512
#define NEEDS "avx512f"
#include "extra/num_vectors.h"
