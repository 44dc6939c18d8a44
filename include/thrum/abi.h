// SPDX-License-Identifier: MIT
//
// abi.h - the contract between the pass, the assembly and the runtime.
//
// Everything in this file is baked into the objects that thrumcc makes. It does not change without
// a new THRUM_ABI; the runtime refuses objects of another number by name. The file is read by C, by
// the C++ of the pass, and (through arch/x86_64/offsets.c) by NASM, so it holds constants only.
//
// Three words of the thread control block (glibc's tcbhead_t, at fs:0) hold the state that code
// needs at every call. fs:0x70 is the split-stack word that both gcc and LLVM compare rsp with.
// fs:0x60 and fs:0x68 are the last two words of __private_tm. Only gcc's -fgnu-tm library ever used
// that field, and it uses the first two words. A fixed word costs one instruction in every code
// model, in shared objects too, and a thread that thrum does not know finds zeros there:
//
//	fs:0x60  the running goroutine, 0 on a thread that runs none
//	fs:0x68  usp, the unsafe stack pointer, 0 while there is no unsafe frame
//	fs:0x70  the stack guard: rsp below it enters __morestack
//
// Unsafe frames lie in chunks of THRUM_UCHUNK bytes, aligned to their size, and grow downwards. So
// one word is the whole state: a frame of n bytes fits if the low 16 bits of usp are at least n.
// usp = 0 means "no room" by the same compare.
//
// Stack arguments: a call that passes bytes on the stack to code which may be foreign gives their
// number in r10 (LLVM's nest register). The number is tagged, because other calls leave garbage
// there. Indirect calls to foreign code go through thrum_icall, with the target in r10 and the size
// in units of 16 bytes above it.
//
// A goroutine may be stopped at any instruction of thrumtext, except in the ranges that objects
// list in thrum_nopreempt: {int32_t start, relative to the record; uint32_t size in bytes}. The
// ranges may come in any order and lie within one another.
//
// Allocations of a constant size are inlined (cc/alloc.cpp). thrum_cache, a thread-local, holds the
// address of a cache: an array of magazines, one per bin (alloc/mcache.h). The number of a bin is
// that of a size class (alloc/sizeclass.inc), plus THRUM_SCANBINS for collected objects, or
// THRUM_NOSCANBINS for those without pointers. An object's cell gets the index of its type, which is
// in the record that its module has for the type (core/base/typetable.h).

#ifndef THRUM_ABI_H
#define THRUM_ABI_H

#define THRUM_ABI 6

#define THRUM_TCB_G 0x60
#define THRUM_TCB_USP 0x68
#define THRUM_TCB_GUARD 0x70

#define THRUM_UCHUNK 65536     // bytes, size and alignment of an unsafe frame chunk
#define THRUM_UFRAME_MAX 16384 // bytes, the largest frame taken from a chunk
#define THRUM_UBIG_MARK 56      // bytes in front of a larger one are 8 that its exit sets to 0

#define THRUM_ARGS_TAG 0x5448524d // "THRM" in the upper half of r10, bytes in the lower
#define THRUM_ICALL_SHIFT 48      // r10 = target | units of 16 bytes << 48

#define THRUM_GUARD 784    // bytes below the guard that unchecked code may use
#define THRUM_SMALL 256    // frames below this compare rsp itself (LLVM's and gcc's rule)
#define THRUM_PIN_ROOM 512 // bytes made free before a frame is pinned
#define THRUM_VA_BYTES 208 // of the unsafe frame that thrum_variadic gives a variadic function

#define THRUM_MAG 32       // bytes of a magazine
#define THRUM_MAG_TOP 0    // offsets in it
#define THRUM_MAG_BOTTOM 8
#define THRUM_SLOT 16      // bytes of an entry
#define THRUM_SLOT_OBJECT 0
#define THRUM_SLOT_CELL 8
#define THRUM_SCANBINS 68
#define THRUM_NOSCANBINS 136
#define THRUM_UNTYPED 1      // what a cell has for an object without a type
#define THRUM_SAMPLED 0x8000 // a bit of the cell: thrum_free takes its slow way
#define THRUM_REF_INDEX 8    // offset in the record of a type
#define THRUM_TYPES_SECTION "thrum_types" // thrum_typeref records

// Flag of a module: it looks at floating-point flags, or changes the modes by itself.
#define THRUM_FPENV 1

// Names of the sections that instrumented objects carry.
#define THRUM_TEXT_SECTION "thrumtext"      // instrumented code
#define THRUM_MODULE_SECTION "thrum_modules" // one thrum_module per object
#define THRUM_NOPREEMPT_SECTION "thrum_nopreempt" // thrum_nopreempt records, see above

#define THRUM_LINKS_SECTION "thrum_links" // thrum_link records: targets of calls to other modules

// A symbol that instrumented objects need from crtthrum.o. If another driver links, the linker's
// message shows this name.
#define THRUM_LINK_NAME "thrum_link_this_with_thrumcc"

// crtthrum.o needs this name of the runtime, which contains the number. So the loader refuses a
// shared object of another ABI, and dlopen returns NULL.
#define THRUM_ABI_NAME "thrum_abi_" THRUM_DIGITS(THRUM_ABI) "_build_it_again"
#define THRUM_DIGITS(n) THRUM_DIGITS_(n)
#define THRUM_DIGITS_(n) #n

#endif
