// SPDX-License-Identifier: MIT
// Shows that vector types of 8 to 64 bytes work as arguments (in registers and on the stack),
// results and address-taken locals, baseline SSE2.
// cflags: -Wno-psabi
#include "extra/num_vectors.h"
