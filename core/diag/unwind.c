// SPDX-License-Identifier: MIT
//
// unwind.c - the part of DWARF's call frame information that compilers and our assembly use.
//
// A module has a sorted table (.eh_frame_hdr) of its functions' entries (FDE). Several entries
// share a common part (CIE). Common part and entry are programs: run one after the other, they make
// a row of rules for each pc. The row has a rule for the frame's address (CFA) and one for each
// register that the caller wants back.

#include "core/diag/unwind.h"

#include <dlfcn.h>
#include <string.h>

#include "core/base/os.h"

#define KEEP 8  // rows that may be remembered
#define STACK 8 // words of an expression

enum rule { Same, Undefined, Saved, Value, Register, SavedExpr, ValueExpr };

typedef struct rules {
	struct {
		enum rule rule;
		int64_t n;           // offset from the CFA, or a register
		const uint8_t *expr; // a length comes first
	} reg[NDW];
	uint64_t cfareg;
	int64_t cfaoff;
	const uint8_t *cfaexpr; // not NULL: used instead of cfareg and cfaoff
} rules;

typedef struct entry {
	const uint8_t *cie, *cieend, *fde, *fdeend; // the programs
	uint64_t codealign;
	int64_t dataalign;
	uint64_t ra;
	uintptr_t start;
	bool signal; // the frame to which a signal handler returns
} entry;

// peek reads a word of a stack, which may be damaged.
static bool
peek(const regs *r, uintptr_t addr, uintptr_t *v)
{
	stackcopy *c = r->copy;
	if (addr & 7)
		return false;
	if (!c)
		return ospeek((const void *)addr, v, sizeof *v) == sizeof *v;
	if (addr - c->lo > c->size || c->size - (addr - c->lo) < sizeof *v) {
		c->lo = addr;
		c->size = ospeek((const void *)addr, c->bytes, sizeof c->bytes);
		if (c->size < sizeof *v)
			return false;
	}
	memcpy(v, c->bytes + (addr - c->lo), sizeof *v);
	return true;
}

// ---- reading -----------------------------------------------------------------

static uint64_t
fixed(const uint8_t **p, size_t n)
{
	uint64_t v = 0;
	memcpy(&v, *p, n);
	*p += n;
	return v;
}

static uint64_t
uleb(const uint8_t **p)
{
	uint64_t v = 0;
	for (unsigned shift = 0;; shift += 7) {
		uint8_t b = *(*p)++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
}

static int64_t
sleb(const uint8_t **p)
{
	uint64_t v = 0;
	for (unsigned shift = 0;;) {
		uint8_t b = *(*p)++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
		if (b & 0x80)
			continue;
		if ((b & 0x40) && shift < 64)
			v |= ~(uint64_t)0 << shift;
		return (int64_t)v;
	}
}

// pointer reads a pointer in the encoding enc (DW_EH_PE).
static uintptr_t
pointer(const uint8_t **p, uint8_t enc)
{
	uintptr_t at = (uintptr_t)*p, v;
	switch (enc & 0x0f) {
	case 0x01: v = uleb(p); break;
	case 0x02: v = fixed(p, 2); break;
	case 0x03: v = fixed(p, 4); break;
	case 0x09: v = (uintptr_t)sleb(p); break;
	case 0x0a: v = (uintptr_t)(int16_t)fixed(p, 2); break;
	case 0x0b: v = (uintptr_t)(int32_t)fixed(p, 4); break;
	default: v = fixed(p, 8); break;
	}
	return (enc & 0x70) == 0x10 ? v + at : v;
}

// ---- finding -----------------------------------------------------------------

static bool
readcie(const uint8_t *p, entry *e, uint8_t *enc, bool *augmented)
{
	const uint8_t *end = p + 4;
	end += fixed(&p, 4);
	p += 4;
	uint8_t version = *p++;
	const char *aug = (const char *)p;
	p += strlen(aug) + 1;
	if (version != 1 && version != 3)
		return false;
	e->codealign = uleb(&p);
	e->dataalign = sleb(&p);
	e->ra = version == 1 ? *p++ : uleb(&p);
	*enc = 0;
	*augmented = *aug == 'z';
	const uint8_t *rest = p;
	if (*augmented) {
		uint64_t n = uleb(&p);
		rest = p + n;
		for (aug++; *aug; aug++)
			switch (*aug) {
			case 'R': *enc = *p++; break;
			case 'L': p++; break;
			case 'S': e->signal = true; break;
			case 'P': {
				uint8_t how = *p++;
				pointer(&p, how);
				break;
			}
			}
	} else if (*aug) {
		return false;
	}
	e->cie = rest;
	e->cieend = end;
	return e->ra == DwPc;
}

// find looks up the entry of pc.
static bool
find(uintptr_t pc, entry *e)
{
	struct dl_find_object o;
	if (_dl_find_object((void *)pc, &o) != 0 || !o.dlfo_eh_frame)
		return false;
	const uint8_t *hdr = o.dlfo_eh_frame, *p = hdr + 4;
	// Version 1, count of 4 bytes, a table of two words of 4 bytes relative to the header.
	if (hdr[0] != 1 || hdr[2] != 0x03 || hdr[3] != 0x3b)
		return false;
	pointer(&p, hdr[1]);
	uint64_t lo = 0, hi = fixed(&p, 4);
	const uint8_t *table = p;
	while (lo < hi) {
		uint64_t mid = (lo + hi) / 2;
		p = table + 8 * mid;
		if (pc < (uintptr_t)hdr + (uintptr_t)(int32_t)fixed(&p, 4))
			hi = mid;
		else
			lo = mid + 1;
	}
	if (lo == 0)
		return false;
	p = table + 8 * (lo - 1) + 4;
	p = hdr + (int32_t)fixed(&p, 4);
	const uint8_t *end = p + 4;
	end += fixed(&p, 4);
	const uint8_t *cie = p;
	cie -= fixed(&p, 4);
	uint8_t enc;
	bool augmented;
	*e = (entry){0};
	if (!readcie(cie, e, &enc, &augmented))
		return false;
	e->start = pointer(&p, enc);
	uintptr_t size = pointer(&p, enc & 0x0f);
	if (augmented) {
		uint64_t n = uleb(&p);
		p += n;
	}
	e->fde = p;
	e->fdeend = end;
	return pc - e->start < size;
}

// ---- executing ---------------------------------------------------------------

static void
setrule(rules *row, uint64_t reg, enum rule rule, int64_t n, const uint8_t *expr)
{
	if (reg >= NDW)
		return;
	row->reg[reg].rule = rule;
	row->reg[reg].n = n;
	row->reg[reg].expr = expr;
}

static void
skipexpr(const uint8_t **p)
{
	uint64_t n = uleb(p);
	*p += n;
}

// execute runs the program from p to end and makes the row for pc; first is the row of the CIE.
static bool
execute(const entry *e, const uint8_t *p, const uint8_t *end, uintptr_t pc, const rules *first, rules *row)
{
	rules kept[KEEP];
	int nkept = 0;
	uintptr_t at = e->start;
	while (p < end) {
		uint8_t op = *p++, low = op & 0x3f;
		uint64_t reg;
		const uint8_t *expr;
		switch (op & 0xc0) {
		case 0x40: // advance_loc
			at += low * e->codealign;
			if (at > pc)
				return true;
			continue;
		case 0x80: // offset
			setrule(row, low, Saved, (int64_t)uleb(&p) * e->dataalign, NULL);
			continue;
		case 0xc0: // restore
			if (low < NDW)
				row->reg[low] = first->reg[low];
			continue;
		}
		switch (low) {
		case 0x00: // nop
			break;
		case 0x01: // set_loc: no compiler emits it
			return false;
		case 0x02: case 0x03: case 0x04: // advance_loc1, 2, 4
			at += fixed(&p, (size_t)1 << (low - 2)) * e->codealign;
			if (at > pc)
				return true;
			break;
		case 0x05: // offset_extended
			reg = uleb(&p);
			setrule(row, reg, Saved, (int64_t)uleb(&p) * e->dataalign, NULL);
			break;
		case 0x06: // restore_extended
			if ((reg = uleb(&p)) < NDW)
				row->reg[reg] = first->reg[reg];
			break;
		case 0x07: // undefined
			setrule(row, uleb(&p), Undefined, 0, NULL);
			break;
		case 0x08: // same_value
			setrule(row, uleb(&p), Same, 0, NULL);
			break;
		case 0x09: // register
			reg = uleb(&p);
			setrule(row, reg, Register, (int64_t)uleb(&p), NULL);
			break;
		case 0x0a: // remember_state
			if (nkept == KEEP)
				return false;
			kept[nkept++] = *row;
			break;
		case 0x0b: // restore_state
			if (nkept == 0)
				return false;
			*row = kept[--nkept];
			break;
		case 0x0c: // def_cfa
			row->cfareg = uleb(&p);
			row->cfaoff = (int64_t)uleb(&p);
			row->cfaexpr = NULL;
			break;
		case 0x0d: // def_cfa_register
			row->cfareg = uleb(&p);
			row->cfaexpr = NULL;
			break;
		case 0x0e: // def_cfa_offset
			row->cfaoff = (int64_t)uleb(&p);
			break;
		case 0x0f: // def_cfa_expression
			row->cfaexpr = p;
			skipexpr(&p);
			break;
		case 0x10: case 0x16: // expression, val_expression
			reg = uleb(&p);
			expr = p;
			skipexpr(&p);
			setrule(row, reg, low == 0x10 ? SavedExpr : ValueExpr, 0, expr);
			break;
		case 0x11: // offset_extended_sf
			reg = uleb(&p);
			setrule(row, reg, Saved, sleb(&p) * e->dataalign, NULL);
			break;
		case 0x12: // def_cfa_sf
			row->cfareg = uleb(&p);
			row->cfaoff = sleb(&p) * e->dataalign;
			row->cfaexpr = NULL;
			break;
		case 0x13: // def_cfa_offset_sf
			row->cfaoff = sleb(&p) * e->dataalign;
			break;
		case 0x14: // val_offset
			reg = uleb(&p);
			setrule(row, reg, Value, (int64_t)uleb(&p) * e->dataalign, NULL);
			break;
		case 0x2e: // GNU_args_size
			uleb(&p);
			break;
		default:
			return false;
		}
	}
	return true;
}

// evaluate computes an expression. If start is not NULL, its word is on the expression's stack at
// first.
static bool
evaluate(const uint8_t *p, const regs *r, const uintptr_t *start, uintptr_t *result)
{
	uintptr_t s[STACK];
	int n = 0;
	if (start)
		s[n++] = *start;
	const uint8_t *end = p;
	uint64_t len = uleb(&end);
	p = end;
	end += len;
	while (p < end) {
		uint8_t op = *p++;
		bool two = op == 0x1a || op == 0x1c || op == 0x22 || op == 0x24 || (op >= 0x29 && op <= 0x2e);
		if (two ? n < 2 : (op == 0x06 || op == 0x23) ? n < 1 : n == STACK)
			return false;
		if (two)
			n--;
		switch (op) {
		case 0x06: // deref
			if (!peek(r, s[n - 1], &s[n - 1]))
				return false;
			break;
		case 0x08: s[n++] = fixed(&p, 1); break;                    // const1u
		case 0x09: s[n++] = (uintptr_t)(int8_t)fixed(&p, 1); break; // const1s
		case 0x0a: s[n++] = fixed(&p, 2); break;                    // const2u
		case 0x10: s[n++] = uleb(&p); break;                        // constu
		case 0x11: s[n++] = (uintptr_t)sleb(&p); break;             // consts
		case 0x1a: s[n - 1] &= s[n]; break;
		case 0x1c: s[n - 1] -= s[n]; break;
		case 0x22: s[n - 1] += s[n]; break;
		case 0x23: s[n - 1] += uleb(&p); break; // plus_uconst
		case 0x24: s[n - 1] <<= s[n] & 63; break;
		case 0x2a: s[n - 1] = (intptr_t)s[n - 1] >= (intptr_t)s[n]; break;
		default:
			if (op >= 0x30 && op < 0x50) // lit
				s[n++] = op - 0x30u;
			else if (op >= 0x70 && op < 0x70 + NDW) // breg
				s[n++] = r->r[op - 0x70] + (uintptr_t)sleb(&p);
			else
				return false;
		}
	}
	if (n > 0)
		*result = s[n - 1];
	return n > 0;
}

void
callerregs(regs *r, uintptr_t frame)
{
	*r = (regs){0};
	r->r[DwRbp] = ((const uintptr_t *)frame)[0];
	r->r[DwPc] = ((const uintptr_t *)frame)[1];
	r->r[DwRsp] = frame + 2 * sizeof(uintptr_t);
}

uintptr_t
routine(uintptr_t pc)
{
	entry e;
	return find(pc, &e) ? e.start : 0;
}

bool
unwind(regs *r)
{
	entry e;
	rules row = {0}, first;
	uintptr_t pc = r->exact ? r->r[DwPc] : r->r[DwPc] - 1, cfa;
	if (!find(pc, &e) || !execute(&e, e.cie, e.cieend, UINTPTR_MAX, &row, &row))
		return false;
	first = row;
	if (!execute(&e, e.fde, e.fdeend, pc, &first, &row))
		return false;
	if (row.cfaexpr) {
		if (!evaluate(row.cfaexpr, r, NULL, &cfa))
			return false;
	} else if (row.cfareg < NDW) {
		cfa = r->r[row.cfareg] + (uintptr_t)row.cfaoff;
	} else {
		return false;
	}
	regs up = *r;
	up.r[DwRsp] = cfa;
	for (int i = 0; i < NDW; i++) {
		uintptr_t v = cfa + (uintptr_t)row.reg[i].n;
		switch (row.reg[i].rule) {
		case Same:
			continue;
		case Undefined:
			if (i == DwPc)
				return false;
			continue;
		case Register:
			if (row.reg[i].n >= NDW)
				return false;
			v = r->r[row.reg[i].n];
			break;
		case Value:
			break;
		case ValueExpr:
		case SavedExpr:
			if (!evaluate(row.reg[i].expr, r, &cfa, &v))
				return false;
			if (row.reg[i].rule == ValueExpr)
				break;
			// fall through
		case Saved:
			if (!peek(r, v, &v))
				return false;
			break;
		}
		up.r[i] = v;
	}
	up.exact = e.signal;
	if (up.r[DwPc] == 0 || (up.r[DwPc] == r->r[DwPc] && cfa == r->r[DwRsp]))
		return false;
	*r = up;
	return true;
}
