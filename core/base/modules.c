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

static int
nranges(void)
{
	int n = 0;
	while (thrum_ranges[n].size != 0)
		n++;
	return n;
}

static void
add(const char *lo, const char *hi)
{
	int n = nranges();
	if (n >= NRANGE) {
		print("fatal error: more than %d shared objects built by thrumcc are loaded\n", NRANGE - 2);
		osexit(2);
	}
	thrum_ranges[n].lo = (uintptr_t)lo;
	thrum_ranges[n].size = (uintptr_t)(hi - lo);
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
	int n = nranges();
	for (int i = 2; i < n; i++)
		if (thrum_ranges[i].lo == (uintptr_t)lo) {
			thrum_ranges[i] = thrum_ranges[n - 1];
			thrum_ranges[n - 1] = (struct range){0, 0};
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
