// SPDX-License-Identifier: MIT
//
// sizeclass.c - the tables of size classes, in one place for C and assembly.

#include "alloc/sizeclass.h"

#include "alloc/sizeclass.inc"
