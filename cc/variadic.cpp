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
// Named arguments that System V passes in memory are no parameters of the shell. So its va_start yields
// the address of the first of them, where the body reads them by their offsets, by-value structs in
// place; what is variadic begins behind them. The shell passes on what is in registers only, and its
// frame stays small. Its caller holds the memory, pinned. Called by foreign code, the shell runs on
// the system stack where its va_list is stable, and the body crosses over.

#include "thrum_pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

#define INTS 6    // registers for integers and pointers
#define VECTORS 8 // ... for floating-point numbers and vectors
#define AREA 8    // offset of the address of the memory arguments in a va_list

namespace thrum {

namespace {

// Where the named arguments of a variadic function are.
struct Places {
	SmallVector<Argument *, 8> Registers;
	SmallVector<std::pair<Argument *, uint64_t>, 8> Memory; // and the offset
	uint64_t Bytes = 0;                                    // of Memory
	bool Skipped = false; // the last register for integers stays empty
};

} // namespace

// place follows System V, as clang has split structs into single values already.
static Places place(Unit &U, Function &F)
{
	const DataLayout &DL = U.M.getDataLayout();
	unsigned Ints = 0, Vectors = 0;
	Places P;
	for (Argument &A : F.args()) {
		Type *T = A.hasByValAttr() ? A.getParamByValType() : A.getType();
		uint64_t Size = DL.getTypeAllocSize(T).getFixedValue(), Al = Size <= 8 ? 8 : 16;
		bool Memory = true;
		if (A.hasByValAttr()) {
			Al = std::max<uint64_t>(8, A.getParamAlign().valueOrOne().value());
		} else if (T->isIntOrPtrTy()) {
			unsigned N = divideCeil(Size, 8);
			if (Ints + N <= INTS) {
				Ints += N;
				Memory = false;
			} else if (N > 1 && Ints < INTS) {
				Ints = INTS; // what comes next does not go back to it, unlike gcc's
				P.Skipped = true;
			}
			if (N > 2)
				U.ctx().diagnose(DiagnosticInfoUnsupported(F, "thrum: a variadic function has a named argument of " +
					Twine(Size) + " bytes behind those in registers: pass a pointer to it"));
		} else if (T->isX86_FP80Ty()) {
			Size = 16;
		} else if (Size > 16) { // in a variadic function, ymm and zmm are no registers for arguments
			Al = Size;
		} else if (Vectors < VECTORS) {
			Vectors++;
			Memory = false;
		} else if (T->isVectorTy()) {
			Al = Size = 16;
		}
		if (!Memory) {
			P.Registers.push_back(&A);
			continue;
		}
		P.Bytes = alignTo(P.Bytes, Al);
		P.Memory.push_back({&A, P.Bytes});
		P.Bytes += alignTo(Size, 8);
	}
	return P;
}

// registersOnly returns the attributes of F for those parameters that are in registers.
static AttributeList registersOnly(LLVMContext &C, AttributeList Old, const Places &P)
{
	AttributeList New;
	New = New.addFnAttributes(C, AttrBuilder(C, Old.getFnAttrs()));
	New = New.addRetAttributes(C, AttrBuilder(C, Old.getRetAttrs()));
	for (unsigned I = 0; I < P.Registers.size(); I++)
		New = New.addParamAttributes(C, I, AttrBuilder(C, Old.getParamAttrs(P.Registers[I]->getArgNo())));
	return New;
}

// shellOf returns a function in place of F, with the same name and the parameters in registers only. F
// keeps its code and is to be erased.
static Function *shellOf(Unit &U, Function &F, const Places &P)
{
	SmallVector<Type *, 8> Types;
	for (Argument *A : P.Registers)
		Types.push_back(A->getType());
	Function *S = Function::Create(FunctionType::get(F.getReturnType(), Types, true), F.getLinkage(), F.getAddressSpace(), "", nullptr);
	U.M.getFunctionList().insert(F.getIterator(), S);
	S->copyAttributesFrom(&F);
	S->setPersonalityFn(nullptr);
	S->setAttributes(registersOnly(U.ctx(), F.getAttributes(), P));
	S->setComdat(F.getComdat());
	S->takeName(&F);
	for (auto *Set : {&U.Skip, &U.NoSplit, &U.InPlace})
		if (Set->erase(&F))
			Set->insert(S);
	if (U.Blocking.erase(&F))
		U.Blocking.insert(S);
	return S;
}

static void split(Unit &U, Function &F)
{
	LLVMContext &C = U.ctx();
	Places P = place(U, F);
	SmallVector<Type *, 8> Params;
	for (Argument *A : P.Registers)
		Params.push_back(A->getType());
	Params.push_back(U.ptr());
	FunctionType *FT = FunctionType::get(F.getReturnType(), Params, false);
	Function *Body = Function::Create(FT, GlobalValue::InternalLinkage, F.getAddressSpace(),
		(plainName(F) + ".body").str());
	U.M.getFunctionList().insert(F.getIterator(), Body);
	AttributeList New = registersOnly(C, F.getAttributes(), P);
	Body->setAttributes(New);
	Body->setCallingConv(F.getCallingConv());
	Body->setSection(F.getSection());
	if (F.hasPersonalityFn())
		Body->setPersonalityFn(F.getPersonalityFn());
	Body->setSubprogram(F.getSubprogram());
	F.setSubprogram(nullptr);

	SmallVector<std::pair<BlockAddress *, BasicBlock *>, 4> Labels;
	for (BasicBlock &BB : F)
		if (BB.hasAddressTaken())
			Labels.push_back({BlockAddress::get(&F, &BB), &BB});
	Body->splice(Body->begin(), &F);
	for (auto &[BA, BB] : Labels)
		BA->replaceAllUsesWith(BlockAddress::get(Body, BB));
	for (unsigned I = 0; I < P.Registers.size(); I++) {
		Body->getArg(I)->setName(P.Registers[I]->getName());
		P.Registers[I]->replaceAllUsesWith(Body->getArg(I));
	}
	Argument *Ap = Body->getArg(P.Registers.size());
	Ap->setName("thrum.ap");
	if (!P.Memory.empty()) {
		IRBuilder<> E(&*Body->getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
		Value *Area = E.CreateConstGEP1_64(E.getInt8Ty(), Ap, AREA), *First = E.CreateLoad(U.ptr(), Area);
		for (auto &[A, Off] : P.Memory) {
			Value *At = E.CreateConstGEP1_64(E.getInt8Ty(), First, Off);
			A->replaceAllUsesWith(A->hasByValAttr() ? At : E.CreateAlignedLoad(A->getType(), At, Align(8)));
		}
		// A struct of another alignment may begin behind a gap, which belongs to no argument before it.
		E.CreateStore(E.CreateConstGEP1_64(E.getInt8Ty(), First, P.Bytes), Area);
		if (P.Skipped)
			E.CreateStore(E.getInt32(8 * INTS), Ap);
	}
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

	Function *Shell = shellOf(U, F, P);
	BasicBlock *BB = BasicBlock::Create(C, "shell", Shell);
	IRBuilder<> B(BB);
	AllocaInst *V = B.CreateAlloca(ArrayType::get(U.i64(), 3), nullptr, "thrum.va");
	V->setAlignment(Align(16));
	B.CreateCall(Intrinsic::getDeclaration(&U.M, Intrinsic::vastart, {U.ptr()}), {V});
	SmallVector<Value *, 8> Args;
	for (Argument &A : Shell->args())
		Args.push_back(&A);
	Args.push_back(V);
	CallInst *Call = B.CreateCall(FT, Body, Args);
	Call->setCallingConv(F.getCallingConv());
	AttributeList CA;
	CA = CA.addRetAttributes(C, AttrBuilder(C, New.getRetAttrs()));
	for (unsigned I = 0; I < Shell->arg_size(); I++)
		CA = CA.addParamAttributes(C, I, AttrBuilder(C, New.getParamAttrs(I)));
	Call->setAttributes(CA);
	B.CreateCall(Intrinsic::getDeclaration(&U.M, Intrinsic::vaend, {U.ptr()}), {V});
	if (F.getReturnType()->isVoidTy())
		B.CreateRetVoid();
	else
		B.CreateRet(Call);
	// The shell is a few moves; without optimisation it would have the same frame.
	Shell->removeFnAttr(Attribute::OptimizeNone);
	Body->addFnAttr(Attribute::NoInline);
	U.Shells.insert(Shell);
	if (U.NoSplit.count(Shell))
		U.NoSplit.insert(Body);
	F.replaceAllUsesWith(Shell);
	F.eraseFromParent();
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
