// SPDX-License-Identifier: MIT
//
// thrum/type.h - the types of collected objects, while the program runs. Included by thrum.h.
//
// thrumcc describes each type that thrum_new and thrum_new_n name: its fields, and the words that
// may be pointers. That needs no -g, and is the same at all levels of optimisation. Code of other
// compilers may call thrum_new; its objects have no type.

#ifndef THRUM_TYPE_H
#define THRUM_TYPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A field of a struct, also of a struct in it. All fields are listed in the order of the source, the
// fields of an inner struct or union behind it. Those of an anonymous one take its place.
typedef struct thrum_field {
	const char *name, *type; // as the source spells them
	size_t offset;           // bytes, from the start of the object
	uint32_t size;           // bytes; 0: not known (some members of unions)
	uint16_t depth;          // 0: of the type itself; 1: of a field of it ...
	uint8_t bit, bits;       // of a bit-field: its lowest bit in the bytes there, and its width; or 0
} thrum_field;

typedef struct thrum_type {
	const char *name; // as the source gives it to thrum_new
	size_t size, align;
	size_t ptrbytes;      // no word from this offset on is a pointer
	const uint8_t *ptrs;  // bit i % 8 of ptrs[i / 8]: the word at 8 * i may be a pointer
	const thrum_field *fields;
	size_t nfields;       // 0 if it is no struct or union
	uint64_t hash;        // of all of it
} thrum_type;

// thrum_type_of returns the type of the object that p points into: of its elements, if it is an
// array. The result stays valid.
//
// Returns: NULL if there is no object at p, or if it has no type: memory of thrum_malloc,
// thrum_alloc, and of other compilers.
//
// Stack: any. Parks: no.
const thrum_type *thrum_type_of(const void *p);

// ---- of the compiler ---------------------------------------------------------
// THRUM_TYPE(T) is the descriptor of T, for thrum_newobject. The pass reads the fields out of what
// __builtin_dump_struct makes of a sample, and then removes both (cc/types.cpp).

typedef struct thrum_typeref thrum_typeref;

#if defined __THRUM__ && !defined __cplusplus
#define THRUM_TYPE(T)                                                                                                  \
	__extension__({                                                                                                \
		struct { __typeof__(T) value; } thrum_sample;                                                          \
		if (__thrum_type_begin(&thrum_sample))                                                                   \
			__builtin_dump_struct(&thrum_sample, __thrum_type_field, &thrum_sample);                         \
		__thrum_type_end(&thrum_sample, #T, sizeof(T), __alignof__(T));                                          \
	})
_Bool __thrum_type_begin(void *sample);
int __thrum_type_field(void *sample, const char *format, ...);
thrum_typeref *__thrum_type_end(void *sample, const char *name, size_t size, size_t align);
#else
#define THRUM_TYPE(T) ((thrum_typeref *)0)
#endif

#ifdef __cplusplus
}
#endif

#endif
