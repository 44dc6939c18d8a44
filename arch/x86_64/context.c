// SPDX-License-Identifier: MIT
//
// context.c - reads and keeps the registers that a signal has interrupted, and makes them go on
// elsewhere.

#include <ucontext.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/sched/types.h"

void thrum_quickcall(void), asyncpreempt(void), asyncresume(void);
// In thrum_quickcall: the place where its frame is made, and where the foreign function returns.
extern const uintptr_t quickbegun, quickback;

#define REDZONE 128 // bytes below rsp that belong to the interrupted function

uintptr_t
contextpc(const ucontext_t *uc)
{
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
}

uintptr_t
contextsp(const ucontext_t *uc)
{
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
}

uintptr_t
contextbp(const ucontext_t *uc)
{
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RBP];
}

// The words that the kernel writes behind the x87 and SSE registers of a signal frame.
struct swbytes {
	uint32_t magic, size;
	uint64_t features;
};

#define MAGIC 0x46505853u
#define SWBYTES 464           // offset
#define HEADER 512            // offset of xsave's header
#define AMX (3ull << 17)

bool
xstatekeepable(uint64_t inuse)
{
	return (inuse & AMX) == 0;
}

// keepxstate copies the vector, mask and x87 registers of a signal frame. Returns: false if they
// cannot be kept.
static bool
keepxstate(regsave *r, const char *frame)
{
	const struct swbytes *sw = (const struct swbytes *)(frame + SWBYTES);
	if (thrum_xsavemask == 0 || sw->magic != MAGIC) {
		copybytes(r->xsave, frame, HEADER);
		fillbytes(r->xsave + HEADER, 0, 64);
		*(uint64_t *)(r->xsave + HEADER) = 3; // x87 and SSE
		return true;
	}
	uint64_t inuse = *(const uint64_t *)(frame + HEADER);
	if (!xstatekeepable(inuse))
		return false;
	copybytes(r->xsave, frame, thrum_xstatesize(inuse & thrum_xsavemask));
	return true;
}

static const uint8_t greg[] = {
	[RegRax] = REG_RAX, [RegRdx] = REG_RDX, [RegRdi] = REG_RDI, [RegRsi] = REG_RSI, [RegRcx] = REG_RCX, [RegR8] = REG_R8,
	[RegR9] = REG_R9, [RegR10] = REG_R10, [RegRbx] = REG_RBX, [RegR12] = REG_R12, [RegR13] = REG_R13, [RegR14] = REG_R14,
	[RegR15] = REG_R15, [RegR11] = REG_R11, [RegFlags] = REG_EFL,
};

bool
contextkeep(ucontext_t *uc, m *mp, g *gp, regsave *r)
{
	greg_t *gr = uc->uc_mcontext.gregs;
	const char *frame = (const char *)uc->uc_mcontext.fpregs;
	uintptr_t sp = (uintptr_t)gr[REG_RSP] - ASYNCROOM;
	if (!keepxstate(r, frame))
		return false;
	for (size_t i = 0; i < sizeof greg; i++)
		r->r[i] = (uint64_t)gr[greg[i]];
	r->r[RegSp] = sp;
	*(uintptr_t *)sp = (uintptr_t)gr[REG_RIP];
	gp->regs = r;
	gp->sched = (gobuf){.sp = sp, .pc = (uintptr_t)asyncresume, .bp = (uintptr_t)gr[REG_RBP]};
	gp->usp = gettcb_usp();
	gp->fp = (fpcontrol){.mxcsr = *(const uint32_t *)(frame + 24), .fpcw = *(const uint16_t *)frame};
	// The kernel sets them when the handler returns, see below.
	mp->fp = (fpknown){.mxcsr = MXCSR, .fpcw = FPCW};
	gr[REG_RIP] = (greg_t)(uintptr_t)asyncpreempt;
	gr[REG_RSP] = (greg_t)mp->sysp;
	gr[REG_RBX] = (greg_t)(uintptr_t)gp;
	gr[REG_EFL] &= ~(greg_t)0x40400; // a function expects DF and AC to be clear
	uc->uc_mcontext.fpregs = NULL;   // clean vector registers for the scheduler, a faster return
	return true;
}

void
contextrewind(ucontext_t *uc)
{
	greg_t *gr = uc->uc_mcontext.gregs;
	if ((uintptr_t)gr[REG_RIP] - quickbegun >= quickback - quickbegun)
		return;
	const uintptr_t *frame = (const uintptr_t *)gr[REG_RBP];
	gr[REG_RIP] = (greg_t)(uintptr_t)thrum_quickcall;
	gr[REG_RSP] = (greg_t)(uintptr_t)(frame + 1);
	gr[REG_RBP] = (greg_t)frame[0];
}

void
contextcall(ucontext_t *uc, void (*fn)(void), uint64_t a, uint64_t b, uint64_t c)
{
	greg_t *r = uc->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)r[REG_RIP], sp = (((uintptr_t)r[REG_RSP] - REDZONE) & ~(uintptr_t)15) - 8;
	*(uintptr_t *)sp = pc + 1; // an unwinder subtracts 1 before it looks up the caller
	r[REG_RSP] = (greg_t)sp;
	r[REG_RIP] = (greg_t)(uintptr_t)fn;
	r[REG_RDI] = (greg_t)a;
	r[REG_RSI] = (greg_t)b;
	r[REG_RDX] = (greg_t)c;
	r[REG_RCX] = (greg_t)pc;
	r[REG_EFL] &= ~(greg_t)0x400; // DF, the direction of string instructions
}

void
contextregs(const ucontext_t *uc, uintptr_t *to)
{
	static const uint8_t dwarf[NCONTEXTREG] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
	for (int i = 0; i < NCONTEXTREG; i++)
		to[i] = (uintptr_t)uc->uc_mcontext.gregs[dwarf[i]];
}

bool
callbefore(uintptr_t at)
{
	const uint8_t *pc = (const uint8_t *)at;
	return pc[-5] == 0xe8 || (pc[-6] == 0xff && pc[-5] == 0x15) || (pc[-2] == 0xff && (pc[-1] & 0x38) == 0x10) ||
		(pc[-3] == 0xff && (pc[-2] & 0x38) == 0x10);
}
