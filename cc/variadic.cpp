// SPDX-License-Identifier: MIT
//
// variadic.cpp - splits a variadic function into a shell and a plain body.
//
// LLVM gives variadic functions no stack check, and a va_list holds absolute addresses of the
// frame. So
//
//	int f(int a, ...) { va_list ap; va_start(ap, a); ... }
//
// becomes a shell and a body. The shell is a jump to thrum_variadic (arch/x86_64/variadic.asm). The
// body is checked like any function:
//
//	f:      r11 = f.body, r10 = how many registers are named
//	        jmp thrum_variadic
//	int f.body(int a) { va_list ap; va_copy(ap, *v); ... }    usp points to v at entry
//
// thrum_variadic makes the list v from its constants and the argument registers, in an unsafe
// frame. It pins the stack, because v holds the address of the stack arguments, and calls the body.
// So a shell uses no stack of its own, whatever arguments it has.
//
// Named arguments that System V passes in memory are no parameters of the body. They begin where v
// says that the stack arguments are. The body reads them there by their offsets, by-value structs
// in place, and the variadic arguments begin behind them. The caller holds the memory, pinned. If
// foreign code calls the shell, it runs on the system stack where the list is stable, and the body
// crosses over.

#include "thrum_pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

#define INTS 6    // registers for integers and pointers
#define VECTORS 8 // ... for floating-point numbers and vectors
#define AREA 8    // offset of the address of the memory arguments in a va_list

namespace thrum {

namespace {

// The places of the named arguments of a variadic function.
struct Places {
	SmallVector<Argument *, 8> Registers;
	unsigned Ints = 0, Vectors = 0; // the number of registers that they are in
	SmallVector<std::pair<Argument *, uint64_t>, 8> Memory; // and the offset
	uint64_t Bytes = 0;                                    // of Memory
};

} // namespace

// place follows System V, as clang has split structs into single values already.
static Places place(Unit &U, Function &F)
{
	const DataLayout &DL = U.M.getDataLayout();
	Places P;
	for (Argument &A : F.args()) {
		Type *T = A.hasByValAttr() ? A.getParamByValType() : A.getType();
		uint64_t Size = DL.getTypeAllocSize(T).getFixedValue(), Al = Size <= 8 ? 8 : 16;
		bool Memory = true;
		if (A.hasByValAttr()) {
			Al = std::max<uint64_t>(8, A.getParamAlign().valueOrOne().value());
		} else if (T->isIntOrPtrTy()) {
			unsigned N = divideCeil(Size, 8);
			if (P.Ints + N <= INTS) {
				P.Ints += N;
				Memory = false;
			} else if (N > 1) {
				// The next arguments do not go back to one that is left, unlike gcc's.
				P.Ints = INTS;
			}
			if (N > 2)
				U.ctx().diagnose(DiagnosticInfoUnsupported(F, "thrum: a variadic function has a named argument of " +
					Twine(Size) + " bytes after those in registers: pass a pointer to it"));
		} else if (T->isX86_FP80Ty()) {
			Size = 16;
		} else if (Size > 16) { // in a variadic function, ymm and zmm hold no arguments
			Al = Size;
		} else if (P.Vectors < VECTORS) {
			P.Vectors++;
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

// makeShell fills F, whose code is gone, with the jump to thrum_variadic.
static void makeShell(Unit &U, Function &F, Function *Body, const Places &P)
{
	LLVMContext &C = U.ctx();
	F.setSubprogram(nullptr);
	F.setPersonalityFn(nullptr);
	for (Attribute::AttrKind K : {Attribute::AlwaysInline, Attribute::OptimizeNone, Attribute::Memory})
		F.removeFnAttr(K);
	F.addFnAttr(Attribute::Naked);
	F.addFnAttr(Attribute::NoInline);
	IRBuilder<> B(BasicBlock::Create(C, "shell", &F));
	uint64_t Offsets = 8 * P.Ints | uint64_t(8 * INTS + 16 * P.Vectors) << 32;
	std::string Asm = "leaq ${0:P}(%rip), %r11\n\tmovabsq $$" + std::to_string(Offsets) + ", %r10\n\tjmpq *thrum_variadic@GOTPCREL(%rip)";
	B.CreateCall(InlineAsm::get(FunctionType::get(B.getVoidTy(), {U.ptr()}, false), Asm, "i", true), {Body});
	B.CreateUnreachable();
	U.Shells.insert(&F);
}

static void split(Unit &U, Function &F)
{
	LLVMContext &C = U.ctx();
	Places P = place(U, F);
	SmallVector<Type *, 8> Params;
	for (Argument *A : P.Registers)
		Params.push_back(A->getType());
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
	// moveUnsafeLocals says where the list is.
	IRBuilder<> E(&*Body->getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
	CallInst *Ap = E.CreateCall(U.M.getOrInsertFunction(ListName, U.ptr()), {}, "thrum.ap");
	U.Lists[Body] = Ap;
	if (!P.Memory.empty()) {
		Value *Area = E.CreateConstGEP1_64(E.getInt8Ty(), Ap, AREA), *First = E.CreateLoad(U.ptr(), Area);
		for (auto &[A, Off] : P.Memory) {
			Value *At = E.CreateConstGEP1_64(E.getInt8Ty(), First, Off);
			A->replaceAllUsesWith(A->hasByValAttr() ? At : E.CreateAlignedLoad(A->getType(), At, Align(8)));
		}
		// A struct of another alignment may begin behind a gap, which belongs to no
		// argument before it.
		E.CreateStore(E.CreateConstGEP1_64(E.getInt8Ty(), First, P.Bytes), Area);
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

	makeShell(U, F, Body, P);
	Body->removeFnAttr(Attribute::AlwaysInline);
	Body->addFnAttr(Attribute::NoInline);
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
