// SPDX-License-Identifier: MIT
//
// nopreempt.cpp - the list of code in which no signal may stop a goroutine.
//
// A goroutine that a signal stops continues on another thread. An address of a thread-local in a
// register is then the address of another thread's variable. The same holds for one half of a load
// and store. So each function that holds such an address is listed, from its start to its end. It
// gives way in calls, and in the loop checks of its loops (poll.cpp), where it holds no such
// address.
//
// Listed are functions that
//
//	use a _Thread_local variable, after inlining
//	call a function of libc that returns the address of one (ctype.h, h_errno)
//	read the thread pointer, or memory by way of fs or gs, unless it is inline asm that lists
//	itself
//
// errno is the goroutine's (thrum_errno_location) and needs no entry.
//
// The end of a function is where the next one of this object begins. Functions are emitted in the
// order of the module, all of them into thrumtext, and a private mark follows the last one. If a
// code generator kept another order, a difference would be negative, and the program would not
// start (modules.c). No part of such a function may be moved elsewhere: the machine outliner is
// told not to.

#include "thrum_pass.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "thrum/abi.h"

namespace thrum {

// usersOf lists the functions that refer to a thread-local directly; IR of other compilers may do
// so.
static void usersOf(Unit &U, const Value *V, SmallPtrSetImpl<const Value *> &Seen)
{
	for (const User *Us : V->users()) {
		if (auto *I = dyn_cast<Instruction>(Us))
			U.NoPreempt.insert(I->getFunction());
		else if (isa<Constant>(Us) && Seen.insert(Us).second)
			usersOf(U, Us, Seen);
	}
}

// ofThread returns whether I sees memory or words that belong to the thread.
static bool ofThread(const Instruction &I)
{
	if (auto *II = dyn_cast<IntrinsicInst>(&I))
		if (II->getIntrinsicID() == Intrinsic::thread_pointer || II->getIntrinsicID() == Intrinsic::threadlocal_address)
			return true;
	if (auto *C = dyn_cast<CallBase>(&I))
		if (auto *IA = dyn_cast<InlineAsm>(C->getCalledOperand()))
			return !StringRef(IA->getAsmString()).contains(THRUM_NOPREEMPT_SECTION) &&
			       (StringRef(IA->getAsmString()).contains("%fs") || StringRef(IA->getAsmString()).contains("%gs"));
	const Value *P = getLoadStorePointerOperand(&I);
	if (auto *A = dyn_cast<AtomicRMWInst>(&I))
		P = A->getPointerOperand();
	if (auto *A = dyn_cast<AtomicCmpXchgInst>(&I))
		P = A->getPointerOperand();
	return P && (P->getType()->getPointerAddressSpace() == 256 || P->getType()->getPointerAddressSpace() == 257);
}

void findNoPreempt(Unit &U)
{
	for (auto &[F, Addresses] : U.ThreadAddresses)
		U.NoPreempt.insert(F);
	SmallPtrSet<const Value *, 8> Seen;
	for (const GlobalVariable &G : U.M.globals())
		if (G.isThreadLocal())
			usersOf(U, &G, Seen);
	for (const Function &F : U.M)
		for (const Instruction &I : instructions(F))
			if (ofThread(I))
				U.NoPreempt.insert(&F);
}

static bool inText(const Function &F) { return !F.isDeclarationForLinker() && F.getSection() == THRUM_TEXT_SECTION; }

void emitNoPreempt(Unit &U)
{
	SmallVector<Function *, 32> Text;
	bool Any = false;
	for (Function &F : U.M) {
		if (!inText(F))
			continue;
		if (U.NoPreempt.count(&F)) {
			Any = true;
			F.addFnAttr("nooutline");
			F.setComdat(nullptr); // a comdat would give it a section of its own
		}
		if (!F.hasComdat())
			Text.push_back(&F);
	}
	if (!Any)
		return;
	Function *End = Function::Create(FunctionType::get(Type::getVoidTy(U.ctx()), false), GlobalValue::PrivateLinkage,
		"thrum.end", U.M);
	End->setSection(THRUM_TEXT_SECTION);
	End->addFnAttr(Attribute::Naked);
	End->addFnAttr(Attribute::NoUnwind);
	End->setAlignment(Align(1));
	IRBuilder<> B(BasicBlock::Create(U.ctx(), "", End));
	B.CreateUnreachable();
	appendToCompilerUsed(U.M, {End});
	Text.push_back(End);

	U.Asm += ".pushsection " THRUM_NOPREEMPT_SECTION ",\"aw\",@progbits\n.balign 4\n";
	for (size_t I = 0; I + 1 < Text.size(); I++) {
		if (!U.NoPreempt.count(Text[I]))
			continue;
		// The assembler would not know a private name. The alias serves names that another
		// definition may replace.
		for (Function *F : {Text[I], Text[I + 1]})
			if (F->hasPrivateLinkage() && F != End)
				F->setLinkage(GlobalValue::InternalLinkage);
		std::string Here = ".Lthrum.unsafe" + std::to_string(I), Next = Text[I + 1] == End
			? (U.M.getDataLayout().getPrivateGlobalPrefix() + End->getName()).str()
			: plainName(*Text[I + 1]).str();
		U.Asm += ".set " + Here + ", \"" + plainName(*Text[I]).str() + "\"\n.long " + Here + " - ., \"" + Next + "\" - " +
			 Here + "\n";
	}
	U.Asm += ".popsection\n";
}

} // namespace thrum
