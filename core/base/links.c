// SPDX-License-Identifier: MIT
//
// links.c - makes calls to functions of other modules direct.
//
// A module (the executable, or a shared object) calls a function f of another module by a link
// (cc/calls.cpp). Initially the link leads to code that goes to the system stack and calls f there.
// The loader binds f as usual: at once or lazily, with its own message if f does not exist. That is
// right for each f. But if f is instrumented, it is slow, because f returns to the goroutine's
// stack as a callback does. So when a module is loaded, its links to instrumented functions are
// made direct.
//
// f belongs to another module only if the linker has left that open. Then the module has a
// relocation of the kind JUMP_SLOT or GLOB_DAT with the name; its version, if any, stands beside
// the symbol. The module looks up the name by its own call of dlsym, so the loader searches the
// same objects in the same order as for the relocation.
//
// If the module defines f itself, but another module may preempt it, the link's field def holds the
// loader's decision. Such a link is direct from the start.
//
// A link is one word, and each value of it is right, so it may change while other threads call by
// it. A target goes away only with its module, and the loader keeps that module as long as the
// module that has looked it up.

#include "core/base/links.h"

#include <string.h>

#include "core/base/modules.h"
#include "core/base/os.h"

// The imports of a module.
struct imports {
	const Elf64_Sym *symbols;
	const char *strings;
	const Elf64_Half *versions; // NULL: none
	const Elf64_Verneed *needed;
	const Elf64_Rela *rela[2]; // ordinary ones and those of the PLT
	size_t nrela[2];
	// An open hash table of indices of symbols, 0 = free. cap is a power of two.
	uint32_t *table;
	size_t cap;
};

static size_t
hash(const char *name)
{
	size_t h = 5381;
	for (; *name != '\0'; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static bool
imported(const Elf64_Rela *r)
{
	uint32_t type = (uint32_t)ELF64_R_TYPE(r->r_info);
	return (type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT) && ELF64_R_SYM(r->r_info) != 0;
}

// slot returns the entry of the name in the table, or the free entry where it would be.
static uint32_t *
slot(const struct imports *im, const char *name)
{
	size_t i = hash(name) & (im->cap - 1);
	while (im->table[i] != 0 && strcmp(im->strings + im->symbols[im->table[i]].st_name, name) != 0)
		i = (i + 1) & (im->cap - 1);
	return &im->table[i];
}

// dynamic reads the dynamic section. The addresses in it may be relocated or not.
static void
dynamic(struct imports *im, const Elf64_Dyn *d, uintptr_t base)
{
	for (; d->d_tag != DT_NULL; d++) {
		uintptr_t at = d->d_un.d_ptr < base ? base + d->d_un.d_ptr : d->d_un.d_ptr;
		switch (d->d_tag) {
		case DT_SYMTAB: im->symbols = (const void *)at; break;
		case DT_STRTAB: im->strings = (const void *)at; break;
		case DT_VERSYM: im->versions = (const void *)at; break;
		case DT_VERNEED: im->needed = (const void *)at; break;
		case DT_RELA: im->rela[0] = (const void *)at; break;
		case DT_RELASZ: im->nrela[0] = d->d_un.d_val / sizeof(Elf64_Rela); break;
		case DT_JMPREL: im->rela[1] = (const void *)at; break;
		case DT_PLTRELSZ: im->nrela[1] = d->d_un.d_val / sizeof(Elf64_Rela); break;
		}
	}
}

// version returns the name of the version that the module needs of a symbol, or NULL.
static const char *
version(const struct imports *im, uint32_t symbol)
{
	if (im->versions == NULL || im->needed == NULL)
		return NULL;
	Elf64_Half v = im->versions[symbol] & 0x7fff;
	for (const Elf64_Verneed *n = im->needed;; n = (const void *)((const char *)n + n->vn_next)) {
		const Elf64_Vernaux *a = (const void *)((const char *)n + n->vn_aux);
		for (int i = 0; i < n->vn_cnt; i++, a = (const void *)((const char *)a + a->vna_next))
			if (a->vna_other == v)
				return im->strings + a->vna_name;
		if (n->vn_next == 0)
			return NULL;
	}
}

void
linkmodule(const struct thrum_linkage *at)
{
	struct imports im = {0};

	for (struct thrum_link *l = at->first; l < at->end; l++)
		if (l->def != 0 && l->def != l->to)
			__atomic_store_n(&l->to, instrumented(l->def) ? l->def : l->late, __ATOMIC_RELEASE);
	if (at->first == at->end || at->dynamic == NULL || at->lookup == NULL)
		return;
	dynamic(&im, at->dynamic, at->base);
	size_t n = 0;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < im.nrela[k]; i++)
			n += imported(&im.rela[k][i]);
	for (im.cap = 2; im.cap < 2 * n; im.cap *= 2)
		continue;
	size_t bytes = (im.cap * sizeof *im.table + PAGE - 1) & ~(size_t)(PAGE - 1);
	im.table = n != 0 && im.symbols != NULL && im.strings != NULL ? osmap(bytes, PAGE, UseTables) : NULL;
	if (im.table == NULL)
		return; // all links stay as they are: slower, but right
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < im.nrela[k]; i++)
			if (imported(&im.rela[k][i])) {
				uint32_t symbol = (uint32_t)ELF64_R_SYM(im.rela[k][i].r_info);
				*slot(&im, im.strings + im.symbols[symbol].st_name) = symbol;
			}
	for (struct thrum_link *l = at->first; l < at->end; l++) {
		uint32_t symbol = l->def == 0 ? *slot(&im, l->name) : 0;
		if (symbol == 0)
			continue;
		uintptr_t f = (uintptr_t)at->lookup(l->name, version(&im, symbol));
		if (f != 0 && instrumented(f))
			__atomic_store_n(&l->to, f, __ATOMIC_RELEASE);
	}
	osunmap(im.table, bytes, UseTables);
}
