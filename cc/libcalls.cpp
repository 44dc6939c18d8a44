// SPDX-License-Identifier: MIT
//
// libcalls.cpp - library calls that the code generator would make behind our back.
//
// llvm.sin and its kin become calls of libm during instruction selection, on the
// goroutine's small stack. Made explicit here they go through the thunks like
// any call of C. Functions that need no stack to speak of (floor, trunc, the
// memcpy family, libgcc's arithmetic) stay as they are: the guard reserve holds them.
//
// sqrt is the other way round: its fast path is one instruction, and only the
// argument that sets errno goes to the library.

#include "thrum_pass.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"

namespace thrum {

static const char *libmName(Intrinsic::ID Id)
{
	switch (Id) {
	case Intrinsic::sin: return "sin";
	case Intrinsic::cos: return "cos";
	case Intrinsic::tan: return "tan";
	case Intrinsic::asin: return "asin";
	case Intrinsic::acos: return "acos";
	case Intrinsic::atan: return "atan";
	case Intrinsic::sinh: return "sinh";
	case Intrinsic::cosh: return "cosh";
	case Intrinsic::tanh: return "tanh";
	case Intrinsic::exp: return "exp";
	case Intrinsic::exp2: return "exp2";
	case Intrinsic::exp10: return "exp10";
	case Intrinsic::log: return "log";
	case Intrinsic::log2: return "log2";
	case Intrinsic::log10: return "log10";
	case Intrinsic::pow: return "pow";
	case Intrinsic::ldexp: return "ldexp";
	default: return nullptr;
	}
}

// The same with -frounding-math and the like; one more of their operands each is metadata.
static const char *constrainedName(Intrinsic::ID Id)
{
	switch (Id) {
	case Intrinsic::experimental_constrained_sin: return "sin";
	case Intrinsic::experimental_constrained_cos: return "cos";
	case Intrinsic::experimental_constrained_tan: return "tan";
	case Intrinsic::experimental_constrained_asin: return "asin";
	case Intrinsic::experimental_constrained_acos: return "acos";
	case Intrinsic::experimental_constrained_atan: return "atan";
	case Intrinsic::experimental_constrained_sinh: return "sinh";
	case Intrinsic::experimental_constrained_cosh: return "cosh";
	case Intrinsic::experimental_constrained_tanh: return "tanh";
	case Intrinsic::experimental_constrained_exp: return "exp";
	case Intrinsic::experimental_constrained_exp2: return "exp2";
	case Intrinsic::experimental_constrained_log: return "log";
	case Intrinsic::experimental_constrained_log2: return "log2";
	case Intrinsic::experimental_constrained_log10: return "log10";
	case Intrinsic::experimental_constrained_pow: return "pow";
	case Intrinsic::experimental_constrained_ldexp: return "ldexp";
	case Intrinsic::experimental_constrained_frem: return "fmod";
	case Intrinsic::experimental_constrained_fma: return "fma";
	default: return nullptr;
	}
}

static const char *suffix(Type *T)
{
	if (T->isFloatTy())
		return "f";
	if (T->isDoubleTy())
		return "";
	return T->isX86_FP80Ty() ? "l" : nullptr;
}

static bool hasFma(const Function &F)
{
	StringRef S = F.getFnAttribute("target-features").getValueAsString();
	return S.contains("+fma") || S.contains("+avx512f");
}

// call emits libm's Name for scalars, lane by lane for vectors.
static Value *call(Unit &U, IRBuilder<> &B, StringRef Name, ArrayRef<Value *> Args)
{
	Type *T = Args[0]->getType();
	if (auto *V = dyn_cast<FixedVectorType>(T)) {
		Value *R = PoisonValue::get(V);
		for (unsigned I = 0; I < V->getNumElements(); I++) {
			SmallVector<Value *, 3> Lane;
			for (Value *A : Args)
				Lane.push_back(A->getType()->isVectorTy() ? B.CreateExtractElement(A, I) : A);
			R = B.CreateInsertElement(R, call(U, B, Name, Lane), I);
		}
		return R;
	}
	SmallVector<Type *, 3> Types;
	for (Value *A : Args)
		Types.push_back(A->getType());
	FunctionCallee Fn = U.M.getOrInsertFunction((Name + suffix(T)).str(), FunctionType::get(T, Types, false));
	return B.CreateCall(Fn, Args);
}

static void splitSqrt(CallInst *C)
{
	IRBuilder<> B(C);
	CallInst *Fast = B.CreateUnaryIntrinsic(Intrinsic::sqrt, C->getArgOperand(0));
	Value *Nan = B.CreateFCmpUNO(Fast, Fast);
	BasicBlock *Head = C->getParent();
	BasicBlock *Tail = Head->splitBasicBlock(C->getNextNode(), "sqrt.done");
	BasicBlock *Slow = Head->splitBasicBlock(C, "sqrt.errno");
	Head->getTerminator()->eraseFromParent();
	B.SetInsertPoint(Head);
	B.CreateCondBr(Nan, Slow, Tail, MDBuilder(C->getContext()).createUnlikelyBranchWeights());
	PHINode *P = PHINode::Create(C->getType(), 2, "", Tail->begin());
	C->replaceAllUsesWith(P);
	P->addIncoming(Fast, Head);
	P->addIncoming(C, Slow);
}

void lowerLibcalls(Unit &U)
{
	SmallVector<Instruction *, 16> Work;
	SmallVector<CallInst *, 8> Sqrts;
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		for (Instruction &I : instructions(F)) {
			Type *T = I.getType()->getScalarType();
			if (auto *II = dyn_cast<IntrinsicInst>(&I)) {
				bool Fma = II->getIntrinsicID() == Intrinsic::fma && (!hasFma(F) || T->isX86_FP80Ty());
				Fma |= II->getIntrinsicID() == Intrinsic::experimental_constrained_fma;
				const char *Constrained = constrainedName(II->getIntrinsicID());
				if (Constrained && hasFma(F) && Fma && !T->isX86_FP80Ty())
					continue;
				if ((libmName(II->getIntrinsicID()) || Constrained || Fma) && suffix(T))
					Work.push_back(II);
			} else if (I.getOpcode() == Instruction::FRem && suffix(T)) {
				Work.push_back(&I);
			} else if (auto *C = dyn_cast<CallInst>(&I)) {
				Function *Fn = C->getCalledFunction();
				if (Fn && Fn->isDeclaration() && C->arg_size() == 1 && !C->isMustTailCall() &&
				    ((Fn->getName() == "sqrt" && T->isDoubleTy()) || (Fn->getName() == "sqrtf" && T->isFloatTy())) &&
				    C->getArgOperand(0)->getType() == T)
					Sqrts.push_back(C);
			}
		}
	}
	for (Instruction *I : Work) {
		IRBuilder<> B(I);
		Value *V;
		if (auto *II = dyn_cast<IntrinsicInst>(I)) {
			const char *Name = libmName(II->getIntrinsicID());
			if (!Name)
				Name = constrainedName(II->getIntrinsicID());
			SmallVector<Value *, 3> Args;
			for (Value *A : II->args())
				if (!isa<MetadataAsValue>(A))
					Args.push_back(A);
			V = call(U, B, Name ? Name : "fma", Args);
		} else {
			V = call(U, B, "fmod", {I->getOperand(0), I->getOperand(1)});
		}
		I->replaceAllUsesWith(V);
		I->eraseFromParent();
	}
	for (CallInst *C : Sqrts)
		splitSqrt(C);
}

} // namespace thrum
