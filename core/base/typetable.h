// SPDX-License-Identifier: MIT
//
// typetable.h - the types of objects, of all modules.
//
// Each module has a record per type in a section (cc/types.cpp). When the module is loaded, each
// type gets an index. Equal types of several modules get the same one. An object's index lies
// beside its span (alloc/heap.h).
//
// Objects stay when a module is unloaded. So the descriptors of shared objects are copied.

#ifndef THRUM_BASE_TYPETABLE_H
#define THRUM_BASE_TYPETABLE_H

#include <stdint.h>

#include "thrum/abi.h"
#include "thrum/type.h"

struct thrum_typeref {
	const thrum_type *type;
	uint32_t index;
	uint32_t bins; // number of the first bin of such objects
};

// thrum_register_types gives the types of a module their indices. Without memory, or if there are
// too many types, they keep THRUM_UNTYPED. The loader's constructors call it, one at a time.
void thrum_register_types(thrum_typeref *first, thrum_typeref *end);

// typeat returns the type of an index, NULL if there is none. Stack: any.
const thrum_type *typeat(uint32_t index);

#endif
