// SPDX-License-Identifier: MIT
//
// fpenv.cpp - finds out whether this module looks at the flags of floating-point operations.
//
// Reading MXCSR takes as long as all the rest of a switch. So a switch reads it only where a
// foreign call may have changed it (arch: know_fp). A change of the rounding mode by fesetround is
// such a call. Two things are not seen: the flags that operations raise, and a change of MXCSR or
// the x87 control word by an instruction. A module that reads the flags, or contains such an
// instruction, sets a flag in its module record. Then every switch of the program is exact. The
// signs are:
//
//	calls                  of the functions of <fenv.h> that are about flags
//	intrinsics             of MXCSR, of saved states, of the rounding mode, of strict floating point
//	inline assembly        that names such an instruction, or hides its text

#include "thrum_pass.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"

namespace thrum {

static bool isFlagsFunction(StringRef Name)
{
	return StringSwitch<bool>(Name)
		.Cases("feclearexcept", "fegetenv", "fegetexceptflag", "feholdexcept", "feraiseexcept", true)
		.Cases("fesetenv", "fesetexcept", "fesetexceptflag", "fetestexcept", "fetestexceptflag", "feupdateenv", true)
		.Default(false);
}

static bool isFPIntrinsic(StringRef Name)
{
	for (const char *Prefix : {"llvm.x86.sse.ldmxcsr", "llvm.x86.sse.stmxcsr", "llvm.x86.fx", "llvm.x86.xsave", "llvm.x86.xrstor",
		     "llvm.set.rounding", "llvm.set.fp", "llvm.get.fpenv", "llvm.reset.fp", "llvm.experimental.constrained"})
		if (Name.starts_with(Prefix))
			return true;
	return false;
}

static bool isFPAsm(const std::string &Lines)
{
	std::string Lower = StringRef(Lines).lower();
	for (const char *Part : {"mxcsr", "fldcw", "fstsw", "fnstsw", "fldenv", "stenv", "frstor", "fsave", "fnsave", "fxsave", "fxrstor",
		     "xsave", "xrstor", "init", "clex", ".byte", ".short", ".word", ".long", ".quad", ".insn", "call"})
		if (StringRef(Lower).contains(Part))
			return true;
	return false;
}

void findFPEnv(Unit &U)
{
	for (const Function &F : U.M) {
		if (F.isDeclaration() ? isFlagsFunction(plainName(F)) || isFPIntrinsic(F.getName()) : F.hasFnAttribute(Attribute::StrictFP))
			U.FPEnv = true;
		for (const Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I))
				if (auto *IA = dyn_cast<InlineAsm>(C->getCalledOperand()))
					U.FPEnv |= isFPAsm(IA->getAsmString());
	}
}

} // namespace thrum
