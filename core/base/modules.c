// SPDX-License-Identifier: MIT
#include "core/base/modules.h"

#include "core/base/os.h"
#include "core/base/print.h"
#include "thrum/abi.h"

#define HIDDEN __attribute__((visibility("hidden"), weak))

// The executable's, which is where the runtime is.
extern const char __start_thrumtext[] HIDDEN;
extern const char __stop_thrumtext[] HIDDEN;
// The runtime's own calls that may park: foreign code may reach them too.
extern const char __start_thrum_api[] HIDDEN;
extern const char __stop_thrum_api[] HIDDEN;

struct range thrum_ranges[NRANGE + 2];

// The text of the executable, where nearly all targets lie.
uintptr_t thrum_text_lo, thrum_text_size;

// Readers take no lock. The last range in use is followed by one of size 0; one that is no
// longer in use matches nothing and is used again.
#define NONE (~(uintptr_t)0)

static void
set(struct range *r, uintptr_t lo, uintptr_t size)
{
	__atomic_store_n(&r->lo, lo, __ATOMIC_RELEASE);
	__atomic_store_n(&r->size, size, __ATOMIC_RELEASE);
}

static void
add(const char *lo, const char *hi)
{
	struct range *r = thrum_ranges;
	while (r->size != 0 && r->lo != NONE)
		r++;
	if (r >= thrum_ranges + NRANGE) {
		print("fatal error: more than %d shared objects built by thrumcc are loaded\n", NRANGE - 2);
		osexit(2);
	}
	set(r, (uintptr_t)lo, (uintptr_t)(hi - lo));
}

void
modulesinit(void)
{
	if (thrum_ranges[0].size != 0)
		return;
	add(__start_thrum_api, __stop_thrum_api);
	thrum_text_lo = (uintptr_t)__start_thrumtext;
	thrum_text_size = (uintptr_t)(__stop_thrumtext - __start_thrumtext);
	if (thrum_text_size != 0)
		add(__start_thrumtext, __stop_thrumtext);
}

__attribute__((visibility("default"))) void
thrum_register_module(const char *lo, const char *hi, const struct thrum_module *first, const struct thrum_module *end, int abi)
{
	for (const struct thrum_module *mod = first; mod != end; mod++)
		if (mod->abi != THRUM_ABI) {
			print("fatal error: %s was built for thrum ABI %u, but this runtime is ABI %d: "
			      "build it again with this thrumcc\n",
				mod->name, mod->abi, THRUM_ABI);
			osexit(2);
		}
	if (abi != THRUM_ABI) {
		print("fatal error: a shared object was linked for thrum ABI %d, but this runtime is ABI %d: "
		      "link it again with this thrumcc\n",
			abi, THRUM_ABI);
		osexit(2);
	}
	modulesinit();
	if (lo != hi && lo != __start_thrumtext)
		add(lo, hi);
}

__attribute__((visibility("default"))) void
thrum_unregister_module(const char *lo)
{
	for (int i = 2; thrum_ranges[i].size != 0; i++)
		if (thrum_ranges[i].lo == (uintptr_t)lo) {
			set(&thrum_ranges[i], NONE, 1);
			return;
		}
}

bool
instrumentedtext(uintptr_t pc)
{
	return instrumented(pc) && pc - thrum_ranges[0].lo >= thrum_ranges[0].size;
}

bool
instrumented(uintptr_t pc)
{
	for (int i = 0; thrum_ranges[i].size != 0; i++)
		if (pc - thrum_ranges[i].lo < thrum_ranges[i].size)
			return true;
	return false;
}
