// SPDX-License-Identifier: MIT
// Vector types of 8 to 64 bytes as arguments (in registers and on the stack), results and
// address-taken locals, baseline SSE2.
// cflags: -Wno-psabi
#include "extra/num_vectors.h"
