// SPDX-License-Identifier: MIT
//
// variadic.cpp - splits a variadic function into a shell and a plain body.
//
// LLVM gives variadic functions no stack check, and a va_list holds absolute
// addresses of the frame. So
//
//	int f(int a, ...) { va_list ap; va_start(ap, a); ... }
//
// becomes a shell of known size, which runs in the guard reserve, makes room and
// pins the stack, and a body that is checked like any function:
//
//	int f(int a, ...) { va_list v; va_start(v); r = f.body(a, &v); return r; }
//	int f.body(int a, va_list *v) { va_list ap; va_copy(ap, *v); ... }
//
// Named arguments that do not fit in registers are passed on through the shell's frame, so
// there is a limit to them, and a clear error.
//
// By-value struct arguments go to the body as pointers: the shell's caller holds
// them, pinned. Called by foreign code, the shell runs on the system stack where
// its va_list is stable, and the body crosses over.

#include "thrum_pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

#define SHELL_MAX 48 // bytes

namespace thrum {

// shellBytes bounds what the shell passes on beyond the registers: it runs in the guard
// reserve, where there is not much.
static uint64_t shellBytes(Unit &U, const Function &F)
{
	const DataLayout &DL = U.M.getDataLayout();
	unsigned Ints = 1, Vecs = 0; // 1: the va_list
	uint64_t Mem = 0;
	for (const Argument &A : F.args()) {
		uint64_t Size = DL.getTypeAllocSize(A.getType()).getFixedValue();
		if (A.getType()->isIntOrPtrTy()) {
			Ints += divideCeil(Size, 8);
			if (Ints > 6)
				Mem += Size;
		} else if (A.getType()->isX86_FP80Ty() || Size > 16 || ++Vecs > 8) {
			Mem += Size;
		}
	}
	return Mem;
}

static void split(Unit &U, Function &F)
{
	if (shellBytes(U, F) > SHELL_MAX)
		U.ctx().diagnose(DiagnosticInfoUnsupported(F,
			"thrum: a variadic function has more than " + Twine(SHELL_MAX) +
				" bytes of named arguments beyond those in registers: pass a pointer to a struct"));
	LLVMContext &C = U.ctx();
	SmallVector<Type *, 8> Params;
	for (Argument &A : F.args())
		Params.push_back(A.getType());
	Params.push_back(U.ptr());
	FunctionType *FT = FunctionType::get(F.getReturnType(), Params, false);
	Function *Body = Function::Create(FT, GlobalValue::InternalLinkage, F.getAddressSpace(),
		(plainName(F) + ".body").str());
	U.M.getFunctionList().insert(F.getIterator(), Body);

	AttributeList Old = F.getAttributes(), New;
	New = New.addFnAttributes(C, AttrBuilder(C, Old.getFnAttrs()));
	New = New.addRetAttributes(C, AttrBuilder(C, Old.getRetAttrs()));
	for (unsigned I = 0; I < F.arg_size(); I++) {
		AttrBuilder AB(C, Old.getParamAttrs(I));
		AB.removeAttribute(Attribute::ByVal);
		New = New.addParamAttributes(C, I, AB);
	}
	Body->setAttributes(New);
	Body->setCallingConv(F.getCallingConv());
	Body->setSection(F.getSection());
	Body->setSubprogram(F.getSubprogram());
	F.setSubprogram(nullptr);

	SmallVector<std::pair<BlockAddress *, BasicBlock *>, 4> Labels;
	for (BasicBlock &BB : F)
		if (BB.hasAddressTaken())
			Labels.push_back({BlockAddress::get(&F, &BB), &BB});
	Body->splice(Body->begin(), &F);
	for (auto &[BA, BB] : Labels)
		BA->replaceAllUsesWith(BlockAddress::get(Body, BB));
	for (unsigned I = 0; I < F.arg_size(); I++) {
		Body->getArg(I)->setName(F.getArg(I)->getName());
		F.getArg(I)->replaceAllUsesWith(Body->getArg(I));
	}
	Argument *Ap = Body->getArg(F.arg_size());
	Ap->setName("thrum.ap");
	SmallVector<IntrinsicInst *, 2> Starts;
	for (Instruction &I : instructions(*Body))
		if (auto *II = dyn_cast<IntrinsicInst>(&I))
			if (II->getIntrinsicID() == Intrinsic::vastart)
				Starts.push_back(II);
	for (IntrinsicInst *S : Starts) {
		IRBuilder<> B(S);
		Function *Copy = Intrinsic::getDeclaration(&U.M, Intrinsic::vacopy, {U.ptr()});
		B.CreateCall(Copy, {S->getArgOperand(0), Ap});
		S->eraseFromParent();
	}

	BasicBlock *BB = BasicBlock::Create(C, "shell", &F);
	IRBuilder<> B(BB);
	AllocaInst *V = B.CreateAlloca(ArrayType::get(U.i64(), 3), nullptr, "thrum.va");
	V->setAlignment(Align(16));
	B.CreateCall(Intrinsic::getDeclaration(&U.M, Intrinsic::vastart, {U.ptr()}), {V});
	SmallVector<Value *, 8> Args;
	for (Argument &A : F.args())
		Args.push_back(&A);
	Args.push_back(V);
	CallInst *Call = B.CreateCall(FT, Body, Args);
	Call->setCallingConv(F.getCallingConv());
	AttributeList CA;
	CA = CA.addRetAttributes(C, AttrBuilder(C, New.getRetAttrs()));
	for (unsigned I = 0; I < F.arg_size(); I++)
		CA = CA.addParamAttributes(C, I, AttrBuilder(C, New.getParamAttrs(I)));
	Call->setAttributes(CA);
	B.CreateCall(Intrinsic::getDeclaration(&U.M, Intrinsic::vaend, {U.ptr()}), {V});
	if (F.getReturnType()->isVoidTy())
		B.CreateRetVoid();
	else
		B.CreateRet(Call);
	// The shell is a few moves; without optimisation it would have the same frame.
	F.removeFnAttr(Attribute::OptimizeNone);
	Body->addFnAttr(Attribute::NoInline);
	U.Shells.insert(&F);
	if (U.NoSplit.count(&F))
		U.NoSplit.insert(Body);
}

void splitVariadics(Unit &U)
{
	SmallVector<Function *, 8> Work;
	for (Function &F : U.M)
		if (F.isVarArg() && U.instruments(F))
			Work.push_back(&F);
	for (Function *F : Work)
		split(U, *F);
}

} // namespace thrum
