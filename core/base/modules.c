// SPDX-License-Identifier: MIT
//
// modules.c - the table of instrumented text, and the ranges without preemption (modules.h).

#include "core/base/modules.h"

#include "core/base/links.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "thrum/abi.h"

#define HIDDEN __attribute__((visibility("hidden"), weak))

// The bounds in the executable, which is where the runtime is.
extern const char __start_thrumtext[] HIDDEN;
extern const char __stop_thrumtext[] HIDDEN;
extern struct thrum_nopreempt __start_thrum_nopreempt[] HIDDEN;
extern struct thrum_nopreempt __stop_thrum_nopreempt[] HIDDEN;
// The runtime's own calls that may park: foreign code may also call them.
extern const char __start_thrum_api[] HIDDEN;
extern const char __stop_thrum_api[] HIDDEN;

// The first table. As in each table, its last entry keeps the size 0.
#define FIRST 16
static struct range firstranges[FIRST];
struct range *thrum_ranges = firstranges;
static size_t cap = FIRST; // entries of thrum_ranges; only the loader's constructors change it, one
                           // at a time

uint32_t thrum_fpexact;

// The text of the executable, where nearly all targets lie.
uintptr_t thrum_text_lo, thrum_text_size;

// Readers take no lock. The last range in use is followed by one of size 0. A range that is no
// longer in use matches nothing, and is used again.
#define NONE (~(uintptr_t)0)

static void
set(struct range *r, uintptr_t lo, uintptr_t size)
{
	__atomic_store_n(&r->lo, lo, __ATOMIC_RELEASE);
	__atomic_store_n(&r->size, size, __ATOMIC_RELEASE);
}

static void
sift(struct thrum_nopreempt *v, size_t i, size_t n)
{
	struct thrum_nopreempt x = v[i];
	for (size_t k; (k = 2 * i + 1) < n; i = k) {
		k += k + 1 < n && v[k + 1].start > v[k].start;
		if (v[k].start <= x.start)
			break;
		v[i] = v[k];
	}
	v[i] = x;
}

// settle turns the records into offsets from lo and sorts them by their starts. The linker keeps
// the order of the objects in both sections, so they are mostly sorted already.
static void
settle(const char *lo, const char *hi, struct thrum_nopreempt *v, size_t n)
{
	bool ascending = true;
	for (size_t i = 0; i < n; i++) {
		// If the code generator has emitted code in another order than the pass assumed,
		// the record ends before it begins.
		uintptr_t at = (uintptr_t)&v[i] + (uintptr_t)v[i].start - (uintptr_t)lo;
		if (at > (uintptr_t)(hi - lo) || v[i].size > (uintptr_t)(hi - lo) - at) {
			print("fatal error: a record in section " THRUM_NOPREEMPT_SECTION " points outside the code of its "
			      "module: build that with this thrumcc, and check inline asm that writes such records\n");
			osexit(2);
		}
		v[i].start = (int32_t)at;
		ascending = ascending && (i == 0 || v[i - 1].start <= v[i].start);
	}
	for (size_t i = ascending ? 0 : n / 2; i-- > 0;)
		sift(v, i, n);
	for (size_t i = ascending ? 0 : n; i-- > 1;) {
		struct thrum_nopreempt x = v[0];
		v[0] = v[i];
		v[i] = x;
		sift(v, 0, i);
	}
	// A range may lie within another. None may end before one that begins earlier, so that the
	// last one to begin at or before a pc decides.
	for (size_t i = 1; i < n; i++)
		if (v[i].start - v[i - 1].start + (int64_t)v[i].size < v[i - 1].size)
			v[i].size = v[i - 1].size - (uint32_t)(v[i].start - v[i - 1].start);
}

// grow replaces the table, which is full, by one of twice the size.
static void
grow(void)
{
	struct range *new = osmap(2 * cap * sizeof *new, PAGE, UseTables);
	if (!new) {
		print("fatal error: out of memory: no more than %zu shared objects built by thrumcc can be loaded\n", cap);
		osexit(2);
	}
	copybytes(new, thrum_ranges, cap * sizeof *new);
	cap *= 2;
	__atomic_store_n(&thrum_ranges, new, __ATOMIC_RELEASE);
}

static struct range *
table(void)
{
	return __atomic_load_n(&thrum_ranges, __ATOMIC_ACQUIRE);
}

static void
add(const char *lo, const char *hi, struct thrum_nopreempt *unsafe, struct thrum_nopreempt *unsafeend)
{
	size_t i = 0;
	while (thrum_ranges[i].size != 0 && thrum_ranges[i].lo != NONE)
		i++;
	if (i == cap - 1)
		grow();
	struct range *r = &thrum_ranges[i];
	settle(lo, hi, unsafe, (size_t)(unsafeend - unsafe));
	r->first = unsafe;
	r->n = (size_t)(unsafeend - unsafe);
	set(r, (uintptr_t)lo, (uintptr_t)(hi - lo));
}

void
modulesinit(void)
{
	if (thrum_ranges[0].size != 0)
		return;
	add(__start_thrum_api, __stop_thrum_api, NULL, NULL);
	thrum_text_lo = (uintptr_t)__start_thrumtext;
	thrum_text_size = (uintptr_t)(__stop_thrumtext - __start_thrumtext);
	if (thrum_text_size != 0)
		add(__start_thrumtext, __stop_thrumtext, __start_thrum_nopreempt, __stop_thrum_nopreempt);
}

// others tells whether there is instrumented text besides the executable's.
static bool
others(void)
{
	for (const struct range *r = thrum_ranges + 1; r->size != 0; r++)
		if (r->lo != NONE && r->lo != thrum_text_lo)
			return true;
	return false;
}

__asm__(".globl " THRUM_ABI_NAME "\n.type " THRUM_ABI_NAME ",@function\n" THRUM_ABI_NAME ":\n\t" TRAP "\n");

__attribute__((visibility("default"))) void
thrum_register_module(const char *lo, const char *hi, const struct thrum_module *first, const struct thrum_module *end,
	int abi, struct thrum_nopreempt *unsafe, struct thrum_nopreempt *unsafeend, const struct thrum_linkage *links)
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
	for (const struct thrum_module *mod = first; mod != end; mod++)
		thrum_fpexact |= (mod->flags & THRUM_FPENV) != 0;
	modulesinit();
	if (lo != hi && lo != __start_thrumtext)
		add(lo, hi, unsafe, unsafeend);
	// The executable's constructor runs after those of the shared objects that it needs. If
	// none of those is instrumented, no link of the executable can be direct.
	if (lo != __start_thrumtext || others())
		linkmodule(links);
}

__attribute__((visibility("default"))) void
thrum_unregister_module(const char *lo)
{
	for (int i = 1; thrum_ranges[i].size != 0; i++)
		if (thrum_ranges[i].lo == (uintptr_t)lo && lo != __start_thrumtext) {
			set(&thrum_ranges[i], NONE, 1);
			return;
		}
}

bool
instrumentedtext(uintptr_t pc)
{
	const struct range *api = table();
	return instrumented(pc) && pc - api->lo >= api->size;
}

bool
instrumented(uintptr_t pc)
{
	for (const struct range *r = table(); r->size != 0; r++)
		if (pc - r->lo < r->size)
			return true;
	return false;
}

bool
nopreempt(uintptr_t pc)
{
	const struct range *r = table();
	for (; pc - r->lo >= r->size; r++)
		if (r->size == 0)
			return false;
	// The module cannot go away meanwhile: the caller has interrupted its code.
	const struct thrum_nopreempt *v = r->first;
	uintptr_t at = pc - r->lo;
	size_t n = 0, end = r->n; // v[n] is the first that begins above at
	while (n < end) {
		size_t mid = (n + end) / 2;
		if ((uintptr_t)v[mid].start <= at)
			n = mid + 1;
		else
			end = mid;
	}
	return n > 0 && at - (uintptr_t)v[n - 1].start < v[n - 1].size;
}
