// SPDX-License-Identifier: MIT
//
// alignment.cpp - by-value arguments that are aligned to more than 64 bytes.
//
// If a function has or passes such an argument, LLVM aligns its whole frame. Its stack check does
// not count the bytes that are lost by that: up to twice the alignment. The reserve covers an
// alignment of 64, which vectors need. A larger one would write below the end of the stack. And a
// stack moves by multiples of 64, so it keeps no more than that anyway.
//
// So caller and callee both take such an argument for one that is aligned to 64. It must lie where
// it would lie for other compilers. That holds if it is the first argument in memory, or follows
// by-value arguments that end at such an address. Otherwise it is refused. The copy that the callee
// makes (unsafeframe.cpp) is aligned as its type requires.

#include "thrum_pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

#define MOST 64
#define INTS 6    // registers for integers and pointers
#define VECTORS 8 // ... for floating-point numbers and vectors

namespace thrum {

namespace {

// The places of arguments in memory, as far as they are known without the code generator.
struct Walk {
	const DataLayout &DL;
	uint64_t Offset = 0;
	unsigned Ints = 0, Vectors = 0;
	bool Sure = true; // nothing but by-value arguments can be in memory yet
	bool byValue(Type *T, uint64_t Al);
	void other(Type *T);
};

} // namespace

// byValue returns whether an argument lies at the same place if it is aligned to no more than MOST.
bool Walk::byValue(Type *T, uint64_t Al)
{
	uint64_t At = alignTo(Offset, std::max<uint64_t>(Al, 8));
	bool Same = Al <= MOST || (Sure && At == alignTo(Offset, MOST));
	Offset = At + alignTo(DL.getTypeAllocSize(T).getFixedValue(), 8);
	return Same;
}

void Walk::other(Type *T)
{
	uint64_t Size = DL.getTypeAllocSize(T).getFixedValue();
	auto *V = dyn_cast<FixedVectorType>(T);
	if (T->isIntOrPtrTy())
		Ints += divideCeil(Size, 8);
	else if (T->isX86_FP80Ty() || (V && (!isPowerOf2_32(V->getNumElements()) || V->getElementType()->isIntegerTy(1))))
		Sure = false;
	else
		Vectors += std::max<uint64_t>(1, divideCeil(Size, 16));
	Sure &= Ints <= INTS && Vectors <= VECTORS;
}

// lower serves functions and calls alike. Messages name Where.
template <class T> static void lower(Unit &U, T &X, unsigned Args, FunctionType *FT, const Function &Where, DebugLoc Loc)
{
	Walk W{U.M.getDataLayout()};
	for (unsigned I = 0; I < Args; I++) {
		Type *By = X.getParamByValType(I);
		if (!By) {
			// Nest has a register of its own.
			if (!X.getAttributes().hasParamAttr(I, Attribute::Nest))
				W.other(FT->getParamType(I));
			continue;
		}
		uint64_t Al = X.getParamAlign(I).valueOrOne().value();
		if (!W.byValue(By, Al))
			U.ctx().diagnose(DiagnosticInfoUnsupported(Where,
				"thrum: an argument aligned to more than 64 bytes follows other arguments in memory: pass a pointer to it, "
				"or pass it first", Loc));
		if (Al > MOST) {
			X.removeParamAttr(I, Attribute::Alignment);
			X.addParamAttr(I, Attribute::getWithAlignment(U.ctx(), Align(MOST)));
		}
	}
}

void lowerAlignment(Unit &U)
{
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		if (!F.isVarArg())
			lower(U, F, F.arg_size(), F.getFunctionType(), F, {});
		for (Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I))
				if (!C->getFunctionType()->isVarArg() && !C->isInlineAsm() && !isa<IntrinsicInst>(C))
					lower(U, *C, C->arg_size(), C->getFunctionType(), F, C->getDebugLoc());
	}
}

} // namespace thrum
