// SPDX-License-Identifier: MIT
//
// asm_probe.h - layouts that asm_harness.h and asm_probe.S share.

#ifndef TESTS_UNIT_ASM_PROBE_H
#define TESTS_UNIT_ASM_PROBE_H

#define NSTACK 48 // words of stack arguments at most

// struct regs
#define R_RAX 0
#define R_RBX 8
#define R_RCX 16
#define R_RDX 24
#define R_RSI 32
#define R_RDI 40
#define R_RBP 48
#define R_RSP 56
#define R_R8 64
#define R_R9 72
#define R_R10 80
#define R_R11 88
#define R_R12 96
#define R_R13 104
#define R_R14 112
#define R_R15 120
#define R_FLAGS 128
#define R_MXCSR 136
#define R_FPCW 140
#define R_FPTAG 142
#define R_ST 144
#define R_NST 176
#define R_CANARY 184
#define R_VEC 192
#define R_K 704
#define R_STACK 768
#define R_SIZE (R_STACK + NSTACK * 8)

// struct call
#define C_IN 0
#define C_OUT R_SIZE
#define C_TARGET (2 * R_SIZE)
#define C_NSTACK (C_TARGET + 8)
#define C_PAD (C_TARGET + 16)
#define C_SIZE (C_TARGET + 24)

#endif
