// SPDX-License-Identifier: MIT
//
// setjmp.cpp - __builtin_setjmp, whose five-word buffer cannot hold a moving stack.
//
// LLVM's intrinsic stores absolute rsp and rbp. Here the first word of the buffer points to a side
// buffer in the unsafe frame of the function that calls __builtin_setjmp. thrum_setjmp writes there
// what it writes for setjmp. The side buffer lives as long as the frame, and so does the right to
// jump there.
//
// With -fno-builtin and -ffreestanding clang does not know that setjmp and its kin return twice. It
// would make tail calls of them, and give the slot of a volatile variable to another one. So they
// are marked before any optimisation.

#include "thrum_pass.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

namespace thrum {

bool markSetjmp(Module &M)
{
	bool Changed = false;
	for (const char *Name : {"setjmp", "_setjmp", "sigsetjmp", "__sigsetjmp", "savectx", "getcontext"}) {
		Function *F = M.getFunction(Name);
		if (!F || !F->isDeclaration() || F->hasFnAttribute(Attribute::ReturnsTwice))
			continue;
		Changed = true;
		F->addFnAttr(Attribute::ReturnsTwice);
		for (User *Use : F->users())
			if (auto *C = dyn_cast<CallBase>(Use))
				if (C->getCalledOperand() == F)
					C->addFnAttr(Attribute::ReturnsTwice);
	}
	return Changed;
}

// clang stores the frame address and the stack pointer for the intrinsic.
static void dropSavedPointers(IntrinsicInst *S)
{
	bool Frame = false, Stack = false;
	for (Instruction *I = S->getPrevNode(), *Prev; I && !(Frame && Stack); I = Prev) {
		Prev = I->getPrevNode();
		auto *II = dyn_cast<IntrinsicInst>(I);
		if (!II || !II->hasOneUse() || !isa<StoreInst>(II->user_back()))
			continue;
		bool &Done = II->getIntrinsicID() == Intrinsic::frameaddress ? Frame : Stack;
		if (Done || (II->getIntrinsicID() != Intrinsic::frameaddress && II->getIntrinsicID() != Intrinsic::stacksave))
			continue;
		Done = true;
		auto *St = cast<StoreInst>(II->user_back());
		if (St == Prev)
			Prev = Prev->getPrevNode();
		St->eraseFromParent();
		II->eraseFromParent();
	}
}

void lowerBuiltinSetjmp(Unit &U)
{
	SmallVector<IntrinsicInst *, 4> Work;
	for (Function &F : U.M)
		if (U.instruments(F))
			for (Instruction &I : instructions(F))
				if (auto *II = dyn_cast<IntrinsicInst>(&I))
					if (II->getIntrinsicID() == Intrinsic::eh_sjlj_setjmp ||
					    II->getIntrinsicID() == Intrinsic::eh_sjlj_longjmp)
						Work.push_back(II);
	for (IntrinsicInst *S : Work) {
		IRBuilder<> B(S);
		Value *Buf = S->getArgOperand(0);
		if (S->getIntrinsicID() == Intrinsic::eh_sjlj_longjmp) {
			FunctionCallee Fn = U.M.getOrInsertFunction("thrum_longjmp", B.getVoidTy(), U.ptr(), B.getInt32Ty());
			B.CreateCall(Fn, {B.CreateLoad(U.ptr(), Buf), B.getInt32(1)})->setDoesNotReturn();
			S->eraseFromParent();
			continue;
		}
		dropSavedPointers(S);
		auto *Side = new AllocaInst(ArrayType::get(U.i64(), 25), 0, "thrum.jmpbuf",
			S->getFunction()->getEntryBlock().begin());
		Side->setAlignment(Align(16));
		B.CreateStore(Side, Buf);
		FunctionCallee Fn = U.M.getOrInsertFunction("thrum_setjmp", B.getInt32Ty(), U.ptr());
		CallInst *C = B.CreateCall(Fn, {Side});
		C->addFnAttr(Attribute::ReturnsTwice);
		cast<Function>(Fn.getCallee())->addFnAttr(Attribute::ReturnsTwice);
		S->replaceAllUsesWith(C);
		S->eraseFromParent();
	}
}

} // namespace thrum
