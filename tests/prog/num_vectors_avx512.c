// SPDX-License-Identifier: MIT
// The vector program with 512-bit registers: zmm arguments, results and spills survive stack
// growth.
// cflags: -mavx512f -mprefer-vector-width=512
#define NEEDS "avx512f"
#include "extra/num_vectors.h"
