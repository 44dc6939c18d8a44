// SPDX-License-Identifier: MIT
//
// poll.cpp - loop checks: loops look at the guard, so that a goroutine in them gives way.
//
//	header:  cmpq $-1, %fs:112     the guard: ~0 when there is a request
//	         je   cold             cold: call thrum_looppoll; jmp back
//
// -fthrum-poll inserts them into all loops that may run long. Functions in which no signal may stop
// a goroutine (nopreempt.cpp) always get them. thrum_looppoll keeps every register, so the call is
// inline asm that clobbers nothing, and the values that the loop holds in registers stay there.
// This runs after all optimisation: a vectorised loop checks once per vector.
//
// The check stands at the head of a loop. At its end it would come between the countdown and the
// branch. Heads are the targets of the backward edges of a depth-first walk, so a cycle with
// several entries has one too. A loop needs no check if each way around passes one of these:
//
//	a call of a function of this object, which checks the stack itself; other calls may
//	be foreign ones, which check nothing
//	be foreign ones, which check nothing
//	the head of an inner loop that has a loop check
//
// It needs none either if the number of its iterations is known and all of them together are short.
//
// Addresses of thread-locals. A goroutine that has given way is on another thread. So no such
// address, nor a value computed from one, may live over a loop check: a loop that keeps one gets
// none. Mostly the program causes that, by walking through a thread-local array with a pointer. Or
// the optimiser does, in a loop that stores nothing. An access by name is computed anew in each
// iteration (threadlocal.cpp). To compute kept addresses again would be wrong. The program may mean
// the variable that it has filled before. Or the optimiser may have moved a load to before the
// loop, while the loop stores to the variable later.

#include "thrum_pass.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "thrum/abi.h"

namespace thrum {

// A loop of at most this much work gets no check: about a microsecond at worst. Units are
// instructions.
static const uint64_t ShortWork = 2048, DivisionWork = 16, CallWork = 128;

namespace {

class Poller {
	Unit &U;
	Function &F;
	DominatorTree DT;
	LoopInfo LI;
	AssumptionCache AC;
	TargetLibraryInfoImpl TLII;
	TargetLibraryInfo TLI;
	ScalarEvolution SE;
	OptimizationRemarkEmitter ORE;
	SmallPtrSet<const BasicBlock *, 16> Looks; // blocks that look at the guard
	DenseMap<const Loop *, uint64_t> Work;     // of all iterations, of loops without a check
	bool Irreducible;
	SmallVector<BasicBlock *, 8> Polled;

public:
	Poller(Unit &U, Function &F)
		: U(U), F(F), DT(F), LI(DT), AC(F), TLII(Triple(U.M.getTargetTriple())), TLI(TLII, &F), SE(F, TLI, AC, DT, LI),
		  ORE(&F)
	{
		ReversePostOrderTraversal<const Function *> Order(&F);
		Irreducible = containsIrreducibleCFG<const BasicBlock *>(Order, LI);
	}
	void run();

private:
	Loop *loopOf(const BasicBlock *Head) const
	{
		Loop *L = LI.getLoopFor(Head);
		return L && L->getHeader() == Head ? L : nullptr;
	}
	bool goesAround(const BasicBlock *Head) const;
	bool isShort(const Loop *L);
	bool between(const BasicBlock *Def, const BasicBlock *Use, BasicBlock *Head, bool IsPhi) const;
	bool keepsAddress(BasicBlock *Head) const;
	void poll(BasicBlock *Head);
	void remark(const BasicBlock *Head, bool Done, StringRef Text);
};

// placeOf returns the block of a use. A use by a phi is at the end of the block that the value
// comes from.
const BasicBlock *placeOf(const Use &Us)
{
	auto *I = cast<Instruction>(Us.getUser());
	if (auto *Phi = dyn_cast<PHINode>(I))
		return Phi->getIncomingBlock(Us);
	return I->getParent();
}

void Poller::remark(const BasicBlock *Head, bool Done, StringRef Text)
{
	const Loop *L = loopOf(Head);
	DebugLoc At = L ? L->getStartLoc() : Head->getTerminator()->getDebugLoc();
	if (Done)
		ORE.emit([&]() { return OptimizationRemark("thrum", "Polled", At, Head) << Text; });
	else
		ORE.emit([&]() { return OptimizationRemarkMissed("thrum", "NotPolled", At, Head) << Text; });
}

// goesAround returns whether there is a way from Head back to it on which no block looks at the
// guard.
bool Poller::goesAround(const BasicBlock *Head) const
{
	if (Looks.count(Head))
		return false;
	const Loop *L = Irreducible ? nullptr : loopOf(Head);
	SmallPtrSet<const BasicBlock *, 32> Seen;
	SmallVector<const BasicBlock *, 32> Todo{Head};
	while (!Todo.empty())
		for (const BasicBlock *S : successors(Todo.pop_back_val())) {
			if (S == Head)
				return true;
			if ((!L || L->contains(S)) && !Looks.count(S) && Seen.insert(S).second)
				Todo.push_back(S);
		}
	return false;
}

bool Poller::isShort(const Loop *L)
{
	uint64_t Trips = SE.getSmallConstantMaxTripCount(L), Sum = 0;
	if (Trips == 0)
		return false;
	for (const BasicBlock *BB : L->blocks()) {
		if (LI.getLoopFor(BB) != L)
			continue;
		for (const Instruction &I : *BB) {
			if (auto *C = dyn_cast<CallBase>(&I); C && !isa<IntrinsicInst>(C))
				Sum += CallWork;
			else if (I.getOpcode() == Instruction::UDiv || I.getOpcode() == Instruction::SDiv ||
				 I.getOpcode() == Instruction::URem || I.getOpcode() == Instruction::SRem ||
				 I.getOpcode() == Instruction::FDiv)
				Sum += DivisionWork;
			else
				Sum += !I.isDebugOrPseudoInst();
		}
	}
	for (const Loop *Inner : L->getSubLoops())
		Sum += Work.lookup(Inner); // 0 for one that has a check
	if (Sum > ShortWork || Trips * Sum > ShortWork)
		return false;
	Work[L] = Trips * Sum;
	return true;
}

// between returns whether a check at Head may come after Def and before Use, without Def coming
// again.
bool Poller::between(const BasicBlock *Def, const BasicBlock *Use, BasicBlock *Head, bool IsPhi) const
{
	if (Def == Head) // phis come before the check, all else comes after it
		return IsPhi;
	SmallPtrSet<BasicBlock *, 1> Again{const_cast<BasicBlock *>(Def)};
	return isPotentiallyReachable(Def, Head, nullptr, &DT, &LI) && Use != Def &&
	       (Use == Head || isPotentiallyReachable(Head, Use, &Again, &DT, &LI));
}

// keepsAddress returns whether an address of the thread would live over a check at Head.
bool Poller::keepsAddress(BasicBlock *Head) const
{
	auto Found = U.ThreadAddresses.find(&F);
	if (Found == U.ThreadAddresses.end())
		return false;
	SmallVector<const Instruction *, 16> Todo(Found->second.begin(), Found->second.end());
	SmallPtrSet<const Instruction *, 16> Seen(Todo.begin(), Todo.end());
	while (!Todo.empty()) {
		const Instruction *I = Todo.pop_back_val();
		for (const Use &Us : I->uses()) {
			if (between(I->getParent(), placeOf(Us), Head, isa<PHINode>(I)))
				return true;
			auto *To = cast<Instruction>(Us.getUser());
			if (!isa<CmpInst>(To) && !To->mayReadOrWriteMemory() && Seen.insert(To).second)
				Todo.push_back(To);
		}
	}
	return false;
}

void Poller::poll(BasicBlock *Head)
{
	LLVMContext &C = U.ctx();
	BasicBlock *Body = Head->splitBasicBlock(Head->getFirstNonPHIIt(), "thrum.polled");
	BasicBlock *Cold = BasicBlock::Create(C, "thrum.poll", &F);
	DebugLoc At;
	for (const Instruction &I : *Body)
		if (!At)
			At = I.getDebugLoc();
	Head->getTerminator()->eraseFromParent();
	IRBuilder<> B(Head);
	B.SetCurrentDebugLocation(At);
	// As asm, because a volatile load is not made part of the compare and takes a register.
	Value *Asked = B.CreateCall(InlineAsm::get(FunctionType::get(B.getInt8Ty(), false),
		("cmpq $$-1, %fs:" + Twine(THRUM_TCB_GUARD)).str(), "={@cce},~{dirflag},~{fpsr},~{flags}", true));
	B.CreateCondBr(B.CreateTrunc(Asked, B.getInt1Ty()), Cold, Body, MDBuilder(C).createUnlikelyBranchWeights());
	B.SetInsertPoint(Cold);
	B.CreateCall(InlineAsm::get(FunctionType::get(B.getVoidTy(), false), "call *thrum_looppoll@GOTPCREL(%rip)",
		"~{memory},~{dirflag},~{fpsr},~{flags}", true));
	B.CreateBr(Body);
}

void Poller::run()
{
	SmallVector<std::pair<const BasicBlock *, const BasicBlock *>, 16> Edges;
	FindFunctionBackedges(F, Edges);
	if (Edges.empty())
		return;
	SetVector<BasicBlock *> Heads;
	for (auto &[From, To] : Edges)
		Heads.insert(const_cast<BasicBlock *>(To));
	SmallVector<BasicBlock *, 16> Order(Heads.begin(), Heads.end());
	// Inner loops first.
	stable_sort(Order, [&](BasicBlock *A, BasicBlock *B) { return LI.getLoopDepth(A) > LI.getLoopDepth(B); });
	for (BasicBlock &BB : F)
		for (Instruction &I : BB)
			if (auto *C = dyn_cast<CallBase>(&I))
				if (auto *To = C->getCalledFunction(); To && U.instruments(*To) && !U.NoSplit.count(To) && !To->isInterposable())
					Looks.insert(&BB);
	for (BasicBlock *Head : Order) {
		const Loop *L = loopOf(Head);
		if (!goesAround(Head))
			continue;
		if (L && isShort(L)) {
			remark(Head, false, "loop not polled: it is short");
		} else if (keepsAddress(Head)) {
			if (L)
				Work[L] = ShortWork;
			remark(Head, false, "loop not polled: it keeps the address of a thread-local");
		} else {
			Polled.push_back(Head);
			Looks.insert(Head);
			remark(Head, true, "loop polled");
		}
	}
	if (Polled.empty())
		return;
	for (BasicBlock *Head : Polled)
		poll(Head);
	F.addFnAttr(Attribute::NoRedZone);
}

} // namespace

void insertPolls(Unit &U)
{
	for (Function &F : U.M)
		if (U.instruments(F) && !U.Shells.count(&F) && !U.NoSplit.count(&F) && (PollLoops || U.NoPreempt.count(&F)))
			Poller(U, F).run();
}

} // namespace thrum
