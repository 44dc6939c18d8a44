// SPDX-License-Identifier: MIT
//
// unsafeframe.cpp - moves every local to which a pointer may exist off the stack.
//
// A local stays on the machine stack only if every use of it is a direct load or store at a
// constant offset inside it. Then nothing but rsp and rbp ever refers to it, and memcpy moves it.
// All other locals, by-value struct arguments whose address escapes, VLAs and alloca go to the
// unsafe frame:
//
//	entry:  base = usp - n, usp = base    (slow path: no room in this chunk)
//	exit:   usp = base + n, or on the slow path the top of the new chunk
//
// The exit stores `top`, which is base + n, rounded. After a slow path usp stays in the newer
// chunk, above every live frame, so the next call finds room at once: no hot split, no compare at
// exit. The frames of the callers stay where they are, and their exits go back to their own chunks.
//
// The address of a local that stays is computed in the very block of each access. An address kept
// in a register over a call would be a pointer into the stack after all. For the same reason
// by-value arguments are copied at entry: to the code generator their addresses are values.
//
// Some locals are never read or written. Their address is only subtracted from another address or
// compared with one in order. Such a local is a measure of the stack: `char here; depth = base -
// &here;`. In an unsafe frame it would measure the bytes of locals, not the frames. So
// thrum_measure returns the address that it would have had.
//
// A frame beyond THRUM_UFRAME_MAX comes from thrum_ubig, which keeps a list ordered by usp. There
// the exit stores the usp of the entry. Before that it removes the frame's mark, which lies in
// front of the frame unless the frame is aligned to more than 64. So the frame is dead, however usp
// moves until the next big one.
//
// A signal handler may interrupt at any instruction. It takes frames below usp and puts usp back.
// So only one order matters: no access to the frame may sink below the store that gives the frame
// back. A compiler fence ensures that.
//
// Source: clang's SafeStack, which splits frames the same way for security.

#include "thrum_pass.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/DIBuilder.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/EscapeEnumerator.h"
#include "llvm/Transforms/Utils/Local.h"
#include "thrum/abi.h"

namespace thrum {

// whyUnsafe returns why a pointer to V, Off bytes into an object of Size bytes, may exist; null
// when every use is direct.
static const char *whyUnsafe(const Value *V, int64_t Off, int64_t Size, const DataLayout &DL)
{
	for (const User *Us : V->users()) {
		Type *T = nullptr;
		if (auto *L = dyn_cast<LoadInst>(Us)) {
			T = L->getType();
		} else if (auto *S = dyn_cast<StoreInst>(Us)) {
			if (S->getValueOperand() == V)
				return "its address is stored";
			T = S->getValueOperand()->getType();
		} else if (auto *G = dyn_cast<GetElementPtrInst>(Us)) {
			APInt D(64, 0);
			if (!G->accumulateConstantOffset(DL, D))
				return "it is indexed by a variable";
			if (const char *W = whyUnsafe(G, Off + D.getSExtValue(), Size, DL))
				return W;
			continue;
		} else if (auto *I = dyn_cast<IntrinsicInst>(Us)) {
			if (I->isLifetimeStartOrEnd())
				continue;
			return I->getIntrinsicID() == Intrinsic::vastart ? "it is a va_list" : "its address goes to a memory intrinsic";
		} else if (auto *C = dyn_cast<CallBase>(Us)) {
			return C->isInlineAsm() ? "its address goes to inline asm" : "its address is passed to a call";
		} else if (isa<ReturnInst>(Us)) {
			return "its address is returned";
		} else if (isa<ICmpInst>(Us)) {
			return "its address is compared";
		} else {
			return "its address is computed with";
		}
		TypeSize TS = DL.getTypeStoreSize(T);
		int64_t N = TS.getFixedValue();
		if (N > 64 || Off < 0 || Off + N > Size)
			return "an access reaches beyond it";
		if ((isa<LoadInst>(Us) && cast<LoadInst>(Us)->isAtomic() && N > 8) ||
		    (isa<StoreInst>(Us) && cast<StoreInst>(Us)->isAtomic() && N > 8))
			return "a wide atomic access needs its address";
	}
	return nullptr;
}

// other returns the value against which I measures V. Returns null if I is no subtraction or
// comparison in order, or if that value is a constant or a local of the same function.
static Value *other(Instruction *I, const Value *V)
{
	auto *Cmp = dyn_cast<ICmpInst>(I);
	if (Cmp ? !Cmp->isRelational() : I->getOpcode() != Instruction::Sub)
		return nullptr;
	Value *O = I->getOperand(I->getOperand(0) == V);
	const Value *From = O;
	while (auto *Op = dyn_cast<CastInst>(From))
		From = Op->getOperand(0);
	return O == V || isa<Constant>(O) || isa<AllocaInst>(From->stripInBoundsOffsets()) ? nullptr : O;
}

// measures finds the instructions that measure with A, and the operand to replace in each. Returns
// false when A is used in another way.
static bool measures(Value *A, SmallVectorImpl<Use *> &Found)
{
	for (Use &Us : A->uses()) {
		auto *I = cast<Instruction>(Us.getUser());
		auto *II = dyn_cast<IntrinsicInst>(I);
		if (II && II->isLifetimeStartOrEnd())
			continue;
		if (isa<PtrToIntInst>(I) && I->getType()->isIntegerTy(64)) {
			if (!measures(I, Found))
				return false;
		} else if (other(I, A)) {
			Found.push_back(&Us);
		} else {
			return false;
		}
	}
	return true;
}

// addressNearby gives each access of a local that stays an address that is computed beside it.
static void addressNearby(AllocaInst *A, Value *V, int64_t Off, const DataLayout &DL)
{
	for (User *Us : make_early_inc_range(V->users())) {
		auto *I = cast<Instruction>(Us);
		if (auto *G = dyn_cast<GetElementPtrInst>(I)) {
			APInt D(64, 0);
			G->accumulateConstantOffset(DL, D);
			addressNearby(A, G, Off + D.getSExtValue(), DL);
			if (G->use_empty())
				G->eraseFromParent();
		} else if (V != A && (isa<LoadInst>(I) || isa<StoreInst>(I))) {
			IRBuilder<> B(I);
			Value *P = Off ? B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), A, Off) : static_cast<Value *>(A);
			I->setOperand(isa<LoadInst>(I) ? 0 : 1, P);
		}
	}
}

namespace {

// One local that moves.
struct Item {
	AllocaInst *A;
	uint64_t Size, Off = 0;
	Align Al;
	const char *Why;
};

class FrameMover {
	Unit &U;
	Function &F;
	const DataLayout &DL;
	OptimizationRemarkEmitter ORE;
	SmallVector<Item, 8> Items;
	SmallVector<AllocaInst *, 4> Dynamic;
	SmallVector<IntrinsicInst *, 4> Saves;
	SmallVector<std::pair<Argument *, AllocaInst *>, 4> Copies; // of by-value arguments
	bool Pin = false;
	bool Big = false;
	bool Marked = false; // the mark of the big frame is in front of it
	uint64_t Total = 0;
	Value *Base = nullptr, *Top = nullptr;
	Value *List = nullptr; // of a variadic function: usp at entry

public:
	FrameMover(Unit &U, Function &F) : U(U), F(F), DL(U.M.getDataLayout()), ORE(&F) {}

	void run()
	{
		if (U.Shells.count(&F))
			return;
		copyByValues();
		collect();
		if (Dynamic.empty())
			dropSaves();
		if (Items.empty() && Dynamic.empty() && Copies.empty() && !Pin && !U.Lists.count(&F))
			return;
		layOut();
		enter();
		moveItems();
		moveDynamic();
		leave();
	}

private:
	// helper declares a function of the runtime, which throws nothing.
	FunctionCallee helper(StringRef Name, Type *R, ArrayRef<Type *> Params)
	{
		FunctionCallee Fn = U.M.getOrInsertFunction(Name, FunctionType::get(R, Params, false));
		cast<Function>(Fn.getCallee())->setDoesNotThrow();
		return Fn;
	}
	void remark(const Item &I);
	void copyByValues();
	void measure(AllocaInst *A);
	void collect();
	void dropSaves();
	void layOut();
	void enter();
	void copyIn(IRBuilder<> &B);
	void moveItems();
	void moveDynamic();
	void dead(IRBuilder<> &B, Value *To);
	void leave();
};

void FrameMover::remark(const Item &I)
{
	ORE.emit([&]() {
		DebugLoc Loc;
		StringRef Name = I.A->getName();
		Name.consume_back(".addr"); // a parameter's home
		if (Name.contains('.'))     // a name made by clang or by this pass
			Name = "";
		SmallVector<DbgVariableIntrinsic *, 1> Old;
		SmallVector<DbgVariableRecord *, 2> Records;
		findDbgUsers(Old, I.A, &Records);
		for (DbgVariableRecord *R : Records) {
			Name = R->getVariable()->getName();
			Loc = DILocation::get(U.ctx(), R->getVariable()->getLine(), 0, R->getVariable()->getScope());
		}
		OptimizationRemark R("thrum", "MovedToUnsafeFrame", Loc, &F.getEntryBlock());
		R << "moved off the stack: " << (Name.empty() ? StringRef("a temporary") : Name) << " ("
		  << std::to_string(I.Size) << " bytes): " << I.Why;
		return R;
	});
}

// readsStackPointer returns whether inline asm names rsp or rbp, in any width and case, in its text
// or as a constraint. Such asm can see an absolute address.
static bool readsStackPointer(const CallBase &C)
{
	auto *IA = dyn_cast<InlineAsm>(C.getCalledOperand());
	if (!IA)
		return false;
	static const StringSet<> Names = {"rsp", "esp", "sp", "spl", "rbp", "ebp", "bp", "bpl"};
	std::string Text = (IA->getAsmString() + " " + IA->getConstraintString());
	StringRef S = Text;
	while (!S.empty()) {
		size_t N = std::min(S.size(), S.find_if_not([](char X) { return llvm::isAlnum(X) || X == '_' || X == '.'; }));
		if (Names.contains(S.take_front(N).lower()))
			return true;
		S = S.drop_front(std::max<size_t>(N, 1));
	}
	return false;
}

void FrameMover::copyByValues()
{
	for (Argument &P : F.args()) {
		if (!P.hasByValAttr() || (P.use_empty() && !P.isUsedByMetadata()))
			continue;
		auto *A = new AllocaInst(P.getParamByValType(), 0, nullptr, std::max(Align(16), P.getParamAlign().valueOrOne()),
			P.getName(), F.getEntryBlock().begin());
		P.replaceAllUsesWith(A);
		Copies.push_back({&P, A});
	}
}

void FrameMover::measure(AllocaInst *A)
{
	SmallVector<Use *, 4> Found;
	if (RuntimeMode || !measures(A, Found))
		return;
	for (Use *Us : Found) {
		auto *I = cast<Instruction>(Us->getUser());
		IRBuilder<> B(I);
		Value *O = other(I, Us->get());
		Value *Seen = B.CreateCall(helper("thrum_measure", U.i64(), {U.i64()}), {B.CreatePtrToInt(O, U.i64())});
		auto *Old = dyn_cast<PtrToIntInst>(Us->get());
		Us->set(Old ? Seen : B.CreateIntToPtr(Seen, U.ptr()));
		if (Old && Old->use_empty())
			Old->eraseFromParent();
	}
}

void FrameMover::collect()
{
	SmallVector<AllocaInst *, 16> Static;
	for (Instruction &I : instructions(F))
		if (auto *A = dyn_cast<AllocaInst>(&I); A && A->isStaticAlloca())
			Static.push_back(A);
	for (AllocaInst *A : Static)
		measure(A);
	for (Instruction &I : instructions(F)) {
		if (auto *A = dyn_cast<AllocaInst>(&I)) {
			if (!A->isStaticAlloca()) {
				Dynamic.push_back(A);
				continue;
			}
			uint64_t Size = A->getAllocationSize(DL)->getFixedValue();
			const char *Why = whyUnsafe(A, 0, Size, DL);
			if (Why) {
				Items.push_back({A, Size, 0, A->getAlign(), Why});
				remark(Items.back());
			} else {
				addressNearby(A, A, 0, DL);
				if (A->getAlign().value() > 64)
					A->setAlignment(Align(64)); // stacks move by multiples of 64
			}
		} else if (auto *II = dyn_cast<IntrinsicInst>(&I)) {
			switch (II->getIntrinsicID()) {
			case Intrinsic::stacksave:
			case Intrinsic::stackrestore:
				Saves.push_back(II);
				break;
			case Intrinsic::frameaddress:
			case Intrinsic::addressofreturnaddress:
			case Intrinsic::sponentry:
			case Intrinsic::eh_dwarf_cfa:
			case Intrinsic::read_register:
			case Intrinsic::read_volatile_register:
				Pin = true;
				break;
			default:
				break;
			}
		} else if (auto *C = dyn_cast<CallBase>(&I)) {
			Pin |= readsStackPointer(*C);
		}
	}
	if (RuntimeMode)
		Pin = false;
}

// dropSaves: if the optimiser made the VLAs static, the instructions that saved rsp around them
// must go.
void FrameMover::dropSaves()
{
	for (IntrinsicInst *S : Saves) {
		if (S->getIntrinsicID() == Intrinsic::stacksave)
			S->replaceAllUsesWith(ConstantPointerNull::get(cast<PointerType>(S->getType())));
		S->eraseFromParent();
	}
	Saves.clear();
}

void FrameMover::layOut()
{
	// Largest alignment first: no padding between.
	stable_sort(Items, [](const Item &A, const Item &B) { return A.Al > B.Al; });
	uint64_t MaxAl = 16;
	for (Item &I : Items) {
		Total = alignTo(Total, I.Al);
		I.Off = Total;
		Total += I.Size;
		MaxAl = std::max<uint64_t>(MaxAl, I.Al.value());
	}
	Total = alignTo(Total, 16);
	Big = Total + MaxAl > THRUM_UFRAME_MAX;
}

void FrameMover::enter()
{
	LLVMContext &C = U.ctx();
	BasicBlock *Entry = &F.getEntryBlock();
	BasicBlock *Body = Entry->splitBasicBlock(Entry->begin(), "thrum.body");
	// The allocas that stay are static only in the entry block.
	SmallVector<AllocaInst *, 8> Stay;
	for (Instruction &I : *Body)
		if (auto *A = dyn_cast<AllocaInst>(&I))
			if (isa<ConstantInt>(A->getArraySize()))
				Stay.push_back(A);
	for (AllocaInst *A : Stay)
		A->moveBefore(Entry->getTerminator());
	IRBuilder<> B(Entry->getTerminator());
	if (DISubprogram *SP = F.getSubprogram())
		B.SetCurrentDebugLocation(DILocation::get(C, SP->getLine(), 0, SP));
	if (CallInst *L = U.Lists.lookup(&F)) {
		List = loadTcb(B, THRUM_TCB_USP, "list");
		L->replaceAllUsesWith(B.CreateIntToPtr(List, U.ptr()));
		L->eraseFromParent();
	}
	if (Pin) {
		// thrum_pin may move the stack once more to make room. The addresses of by-value
		// arguments may be in registers by then.
		bool ByVal = any_of(F.args(), [](const Argument &P) { return P.hasByValAttr(); });
		B.CreateCall(helper(ByVal ? "thrum_pin_here" : "thrum_pin", B.getVoidTy(), {}));
	}
	if (Items.empty() && Dynamic.empty()) {
		copyIn(B);
		return;
	}
	Value *Old = List ? List : loadTcb(B, THRUM_TCB_USP, "usp");
	uint64_t MaxAl = Items.empty() ? 16 : std::max<uint64_t>(16, Items[0].Al.value());
	// A frame in a chunk asks for its bytes. Code that only restores usp asks whether there is
	// a chunk at all: a return to usp = 0 would lose the first chunk.
	bool InChunk = !Items.empty() && !Big;
	uint64_t N = InChunk ? Total + (MaxAl > 16 ? MaxAl - 16 : 0) : 0;
	Value *Short = InChunk ? B.CreateICmpULT(B.CreateTrunc(Old, B.getInt16Ty()), B.getInt16(N))
			       : B.CreateICmpEQ(Old, B.getInt64(0));
	BasicBlock *Slow = BasicBlock::Create(C, "thrum.uslow", &F);
	BasicBlock *Fast = Entry->splitBasicBlock(Entry->getTerminator(), "thrum.ufast");
	Entry->getTerminator()->eraseFromParent();
	B.SetInsertPoint(Entry);
	B.CreateCondBr(Short, Slow, Fast, MDBuilder(C).createUnlikelyBranchWeights());
	B.SetInsertPoint(Slow);
	// thrum_uframe_slow returns the top of a chunk with room. It keeps all registers but rax
	// and r11, so the fast path pays nothing for it.
	FunctionCallee Fn = helper("thrum_uframe_slow", U.i64(), {U.ptr()});
	CallInst *Call = B.CreateCall(Fn, {ConstantExpr::getIntToPtr(B.getInt64(N), U.ptr())});
	Call->setCallingConv(CallingConv::PreserveMost);
	Call->addParamAttr(0, Attribute::Nest);
	B.CreateBr(Fast);
	B.SetInsertPoint(Fast->getTerminator());
	PHINode *Phi = PHINode::Create(U.i64(), 2, "utop", Fast->begin());
	Phi->addIncoming(Old, Entry);
	Phi->addIncoming(Call, Slow);
	if (!InChunk) {
		Top = Phi;
		if (Big) {
			FunctionCallee Get = helper("thrum_ubig", U.ptr(), {U.i64(), U.i64()});
			Base = B.CreateCall(Get, {B.getInt64(Total), B.getInt64(MaxAl)}, "uframe");
			Marked = MaxAl <= 64;
		}
	} else {
		Value *Low = B.CreateSub(Phi, B.getInt64(Total));
		if (MaxAl > 16)
			Low = B.CreateAnd(Low, B.getInt64(~(MaxAl - 1)));
		storeTcb(B, Low, THRUM_TCB_USP);
		Base = B.CreateIntToPtr(Low, U.ptr(), "uframe");
		Top = MaxAl > 16 ? static_cast<Value *>(Phi) : nullptr; // null: base + Total
	}
}

// copyIn copies the by-value arguments to their locals, on the stack or in the unsafe frame.
void FrameMover::copyIn(IRBuilder<> &B)
{
	for (auto &[P, A] : Copies)
		B.CreateMemCpy(A, A->getAlign(), P, std::min(Align(64), P->getParamAlign().valueOrOne()), DL.getTypeAllocSize(P->getParamByValType()));
}

void FrameMover::moveItems()
{
	Instruction *At = F.getEntryBlock().getTerminator();
	if (auto *I = dyn_cast_or_null<Instruction>(Base ? Base : Top))
		At = I->getParent()->getTerminator();
	IRBuilder<> B(At);
	if (!Items.empty() || !Dynamic.empty())
		copyIn(B);
	if (Items.empty())
		return;
	B.SetInsertPoint(cast<Instruction>(Base)->getNextNode());
	// Without optimisation registers do not live long: the debugger finds the frame through a
	// slot of the machine stack.
	AllocaInst *Slot = nullptr;
	if (F.hasFnAttribute(Attribute::OptimizeNone) && F.getSubprogram()) {
		Slot = new AllocaInst(U.ptr(), 0, nullptr, Align(8), "thrum.base", F.getEntryBlock().begin());
		B.CreateStore(Base, Slot, true);
	}
	for (Item &I : Items) {
		Value *N = B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Base, I.Off);
		SmallVector<Instruction *, 4> Dead;
		for (User *Us : I.A->users())
			if (auto *II = dyn_cast<IntrinsicInst>(Us))
				if (II->isLifetimeStartOrEnd())
					Dead.push_back(II);
		for (Instruction *D : Dead)
			D->eraseFromParent();
		if (Slot) {
			for (DbgVariableRecord *R : findDVRDeclares(I.A)) {
				SmallVector<uint64_t, 4> Ops{dwarf::DW_OP_deref};
				if (I.Off)
					Ops.append({dwarf::DW_OP_plus_uconst, I.Off});
				R->replaceVariableLocationOp(I.A, Slot);
				R->setExpression(DIExpression::prependOpcodes(R->getExpression(), Ops));
			}
		} else {
			// A value for the debugger: the memory at base + offset.
			for (DbgVariableRecord *R : findDVRDeclares(I.A)) {
				DIExpression *E = DIExpression::prepend(R->getExpression(), DIExpression::ApplyOffset | DIExpression::DerefAfter,
					I.Off);
				auto *V = DbgVariableRecord::createDbgVariableRecord(Base, R->getVariable(), E, R->getDebugLoc());
				auto *At = cast<Instruction>(Base);
				At->getParent()->insertDbgRecordAfter(V, At);
				R->eraseFromParent();
			}
		}
		if (!I.A->getName().empty())
			N->setName(I.A->getName());
		I.A->replaceAllUsesWith(N);
		I.A->eraseFromParent();
	}
}

// product returns A times C, all ones when it overflows.
static Value *product(IRBuilder<> &B, Value *A, Value *C)
{
	Value *P = B.CreateBinaryIntrinsic(Intrinsic::umul_with_overflow, A, C);
	return B.CreateSelect(B.CreateExtractValue(P, 1), B.getInt64(-1), B.CreateExtractValue(P, 0));
}

// saturated returns V, a number of elements, as a product that does not wrap. V may be the product
// of the lengths in `int a[n][m]`, which clang assumes not to wrap.
static Value *saturated(IRBuilder<> &B, Value *V)
{
	auto *I = dyn_cast<OverflowingBinaryOperator>(V);
	if (!I || !I->hasNoUnsignedWrap() || !V->getType()->isIntegerTy(64))
		return V;
	auto *By = dyn_cast<ConstantInt>(I->getOperand(1));
	if (I->getOpcode() == Instruction::Mul)
		return product(B, saturated(B, I->getOperand(0)), saturated(B, I->getOperand(1)));
	if (I->getOpcode() == Instruction::Shl && By && By->getValue().ult(64))
		return product(B, saturated(B, I->getOperand(0)), B.getInt64(uint64_t(1) << By->getZExtValue()));
	return V;
}

// dead overwrites the address that the latest large VLA, if there is one, has at usp
// (core/stack/uframe.c). If the latest VLA is a small one, its bytes are there. If there was none
// since usp was To, the bytes belong to another frame.
void FrameMover::dead(IRBuilder<> &B, Value *To)
{
	B.CreateCall(InlineAsm::get(FunctionType::get(B.getVoidTy(), {U.i64(), U.i64()}, false),
			     "cmpq $1, $0\n\tje 1f\n\tmovq $$0, ($0)\n1:", "r,r,~{memory},~{flags},~{dirflag},~{fpsr}", true),
		{loadTcb(B, THRUM_TCB_USP), To});
}

void FrameMover::moveDynamic()
{
	for (AllocaInst *A : Dynamic) {
		IRBuilder<> B(A);
		// A product that overflows is too large for thrum_ualloca, too.
		Value *Size = saturated(B, B.CreateZExtOrTrunc(A->getArraySize(), U.i64()));
		uint64_t Each = DL.getTypeAllocSize(A->getAllocatedType()).getFixedValue();
		if (Each != 1)
			Size = product(B, Size, B.getInt64(Each));
		FunctionCallee Fn = helper("thrum_ualloca", U.ptr(), {U.i64(), U.i64()});
		SmallVector<Instruction *, 4> Dead;
		for (User *Us : A->users())
			if (auto *II = dyn_cast<IntrinsicInst>(Us))
				if (II->isLifetimeStartOrEnd())
					Dead.push_back(II);
		for (Instruction *D : Dead)
			D->eraseFromParent();
		CallInst *N = B.CreateCall(Fn, {Size, B.getInt64(std::max<uint64_t>(16, A->getAlign().value()))});
		N->takeName(A);
		A->replaceAllUsesWith(N);
		A->eraseFromParent();
	}
	for (IntrinsicInst *S : Saves) {
		IRBuilder<> B(S);
		if (S->getIntrinsicID() == Intrinsic::stacksave)
			S->replaceAllUsesWith(B.CreateIntToPtr(loadTcb(B, THRUM_TCB_USP), S->getType()));
		else {
			Value *To = B.CreatePtrToInt(S->getArgOperand(0), U.i64());
			dead(B, To);
			storeTcb(B, To, THRUM_TCB_USP);
		}
		S->eraseFromParent();
	}
}

void FrameMover::leave()
{
	// With -fexceptions a call may also be left by unwinding. Then a landing pad of this pass
	// gives the frame back. In the body of a variadic function it also gives back the frame of
	// thrum_variadic, which has called the body.
	EscapeEnumerator Exits(F, "thrum.unwind", !RuntimeMode && (Base || Top || Pin || List));
	while (IRBuilder<> *B = Exits.Next()) {
		bool Both = List && isa<ResumeInst>(B->GetInsertBlock()->getTerminator());
		if (Base || Top || Both) {
			B->CreateFence(AtomicOrdering::AcquireRelease, SyncScope::SingleThread);
			if (Marked)
				B->CreateStore(B->getInt64(0), B->CreateConstGEP1_64(B->getInt8Ty(), Base, -THRUM_UBIG_MARK), true);
			Value *V = Both  ? B->CreateAdd(List, B->getInt64(THRUM_VA_BYTES))
				   : Top ? Top
					 : B->CreateAdd(B->CreatePtrToInt(Base, U.i64()), B->getInt64(Total));
			if (!Dynamic.empty() && !Both)
				dead(*B, V);
			storeTcb(*B, V, THRUM_TCB_USP);
		}
		if (Pin)
			B->CreateCall(helper("thrum_unpin", B->getVoidTy(), {}));
	}
	// The callee may see a live frame, so the call is not the last act.
	for (Instruction &I : instructions(F))
		if (auto *C = dyn_cast<CallInst>(&I))
			if (!C->isMustTailCall())
				C->setTailCall(false);
}

} // namespace

void moveUnsafeLocals(Unit &U)
{
	for (Function &F : U.M)
		if (U.instruments(F))
			FrameMover(U, F).run();
}

} // namespace thrum
