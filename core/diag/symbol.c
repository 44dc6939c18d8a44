// SPDX-License-Identifier: MIT
//
// symbol.c - looks up pcs by libbacktrace, and keeps the results (symbol.h).

#include "core/diag/symbol.h"

#include <backtrace.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "core/base/os.h"
#include "core/base/print.h"
#include "routines.h" // ROUTINES(f): f(name) of each

#define NSYMBOL 16384    // entries, a power of two
#define NTEXT (1u << 20) // bytes
#define NONE 4096        // bytes of text for one pc

// The bounds of the runtime's code: the build gives its sections these names.
#define HIDDEN __attribute__((visibility("hidden"), weak))
extern const char __start_thrum_runtime[] HIDDEN;
extern const char __stop_thrum_runtime[] HIDDEN;
extern const char __start_thrum_api[] HIDDEN;
extern const char __stop_thrum_api[] HIDDEN;
extern const char __start_thrum_call[] HIDDEN;
extern const char __stop_thrum_call[] HIDDEN;
extern const char __start_thrum_leaf[] HIDDEN;
extern const char __stop_thrum_leaf[] HIDDEN;

static struct backtrace_state *state;
static unsigned long long loads; // objects ever loaded and unloaded, at the last symbolrefresh

static struct cache {
	symbol symbols[NSYMBOL]; // by hash, or in the next free entry; pc 0: free
	char text[NTEXT];
} *cache;
static size_t nsymbol, ntext;

// The symbol that is being read.
static symbol one;
static char onetext[NONE];

// The assembly routines. They have no size in any symbol table (cfi.inc).
#define DECLARE(name) void name##_code(void) __asm__(#name);
#define ENTRY(name) {name##_code, #name},
ROUTINES(DECLARE)
static const struct {
	void (*code)(void);
	const char *name;
} routines[] = {ROUTINES(ENTRY)};

// routine returns the name of the routine that begins closest before pc.
static const char *
routine(uintptr_t pc)
{
	const char *best = "?";
	uintptr_t at = 0;
	for (size_t i = 0; i < sizeof routines / sizeof *routines; i++) {
		uintptr_t code = (uintptr_t)routines[i].code;
		if (code <= pc && code > at) {
			at = code;
			best = routines[i].name;
		}
	}
	return best;
}

bool
inruntime(uintptr_t pc)
{
	return (pc >= (uintptr_t)__start_thrum_runtime && pc < (uintptr_t)__stop_thrum_runtime) ||
		inleaf(pc) || inentry(pc);
}

bool
inentry(uintptr_t pc)
{
	return (pc >= (uintptr_t)__start_thrum_call && pc < (uintptr_t)__stop_thrum_call) ||
		(pc >= (uintptr_t)__start_thrum_api && pc < (uintptr_t)__stop_thrum_api);
}

bool
inleaf(uintptr_t pc)
{
	return pc >= (uintptr_t)__start_thrum_leaf && pc < (uintptr_t)__stop_thrum_leaf;
}

static void
ignore(void *data, const char *msg, int err)
{
	(void)data;
	(void)msg;
	(void)err;
}

// add counts one more function, whose n bytes already stand behind the text of the others. From the
// runtime's frames a program wants to see only its own call, a function named thrum_*.
static void
add(size_t n, const char *fn)
{
	uint16_t start = one.len;
	one.len = (uint16_t)(start + n);
	if (one.first == 0)
		one.first = one.len;
	if (!inruntime(one.pc))
		return;
	if (strncmp(fn, "thrum_", 6) == 0)
		one.shown = start;
	else if (one.shown == start)
		one.shown = one.len;
}

static int
line(void *data, uintptr_t pc, const char *file, int lineno, const char *fn)
{
	(void)data;
	(void)pc;
	if (fn && lineno > 0)
		add(printto(onetext + one.len, NONE - one.len, "%s(...)\n\t%s:%d\n", fn, file ? file : "?", lineno), fn);
	else if (fn) // without a line: the compiler has merged several
		add(printto(onetext + one.len, NONE - one.len, "%s(...)\n\t%s\n", fn, file ? file : "?"), fn);
	return 0;
}

// object returns the file that holds pc's code: "" for the program itself, NULL if there is none.
static const char *
object(uintptr_t pc, uintptr_t *base)
{
	struct dl_find_object o;
	if (_dl_find_object((void *)pc, &o) != 0)
		return NULL;
	*base = o.dlfo_link_map->l_addr;
	return o.dlfo_link_map->l_name;
}

static void
name(void *data, uintptr_t pc, const char *fn, uintptr_t val, uintptr_t size)
{
	uintptr_t base;
	const char *file = object(pc, &base);
	(void)data;
	(void)size;
	if (fn)
		add(printto(onetext, NONE, "%s(...)\n\t%s%s+0x%lx\n", fn, file ? file : "", file && *file ? " " : "",
			    (unsigned long)(pc - val)),
			fn);
}

static void
read(uintptr_t pc)
{
	one = (symbol){.pc = pc, .text = onetext};
	if (!state)
		state = backtrace_create_state(NULL, 1, ignore, NULL);
	if (state)
		backtrace_pcinfo(state, pc, line, ignore, NULL);
	if (one.len == 0 && state)
		backtrace_syminfo(state, pc, name, ignore, NULL);
	if (one.len > 0)
		return;
	if (inruntime(pc)) {
		const char *fn = routine(pc);
		add(printto(onetext, NONE, "%s(...)\n\tassembly\n", fn), "");
		return;
	}
	uintptr_t base;
	const char *file = object(pc, &base);
	size_t n = printto(onetext, NONE, "0x%lx\n", (unsigned long)pc);
	if (file)
		n += printto(onetext + n, NONE - n, "\t%s +0x%lx\n", *file ? file : "the program", (unsigned long)(pc - base));
	add(n, "");
}

static void
forget(void)
{
	memset(cache->symbols, 0, sizeof cache->symbols);
	nsymbol = ntext = 0;
}

const symbol *
symbolof(uintptr_t pc)
{
	if (!cache)
		cache = osmap((sizeof *cache + PAGE - 1) & -(size_t)PAGE, PAGE, UseTables);
	if (!cache) {
		read(pc);
		return &one;
	}
	size_t i = (pc * 0x9e3779b97f4a7c15u) >> 50;
	for (; cache->symbols[i].pc != 0; i = (i + 1) & (NSYMBOL - 1))
		if (cache->symbols[i].pc == pc)
			return &cache->symbols[i];
	read(pc);
	if (pc == 0)
		return &one;
	if (nsymbol >= NSYMBOL / 2 || NTEXT - ntext < one.len) {
		forget();
		i = (pc * 0x9e3779b97f4a7c15u) >> 50;
	}
	symbol *s = &cache->symbols[i];
	*s = one;
	s->text = memcpy(cache->text + ntext, onetext, one.len);
	ntext += one.len;
	nsymbol++;
	return s;
}

static int
count(struct dl_phdr_info *info, size_t size, void *sum)
{
	(void)size;
	*(unsigned long long *)sum = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

void
symbolrefresh(void)
{
	unsigned long long now = 0;
	dl_iterate_phdr(count, &now);
	if (now == loads)
		return;
	loads = now;
	state = NULL; // libbacktrace cannot give it back
	if (cache)
		forget();
}
