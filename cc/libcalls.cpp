// SPDX-License-Identifier: MIT
//
// libcalls.cpp - makes library calls explicit that the code generator would make later.
//
// llvm.sin and its kin become calls of libm during instruction selection, on the goroutine's small
// stack. If they are explicit, they go through the thunks like any call of C. The code generator
// computes half and bfloat in float, and so does this file. frexp has a second result, for which
// the code generator would pass the address of a stack slot.
//
// Functions that need almost no stack (floor, trunc, the memcpy family, libgcc's arithmetic) stay
// as they are: they fit into the reserve. Those of __float128 do not fit, so all of them are made
// explicit.
//
// If the processor has no instruction for an atomic access, it becomes a call of libatomic. That
// function may sleep, and some of its arguments are addresses of stack slots. So these calls are
// made explicit too.
//
// sqrt is the other way round: its fast path is one instruction, and only an argument that sets
// errno goes to the library.

#include "thrum_pass.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"

namespace thrum {

namespace {

struct Libm {
	const char *Name;
	bool Near; // the reserve holds it, but not for __float128
};

} // namespace

#define BOTH(ID) \
	case Intrinsic::ID: \
	case Intrinsic::experimental_constrained_##ID

static Libm libm(Intrinsic::ID Id)
{
	switch (Id) {
	BOTH(sin): return {"sin", false};
	BOTH(cos): return {"cos", false};
	BOTH(tan): return {"tan", false};
	BOTH(asin): return {"asin", false};
	BOTH(acos): return {"acos", false};
	BOTH(atan): return {"atan", false};
	BOTH(sinh): return {"sinh", false};
	BOTH(cosh): return {"cosh", false};
	BOTH(tanh): return {"tanh", false};
	BOTH(exp): return {"exp", false};
	BOTH(exp2): return {"exp2", false};
	case Intrinsic::exp10: return {"exp10", false};
	BOTH(log): return {"log", false};
	BOTH(log2): return {"log2", false};
	BOTH(log10): return {"log10", false};
	BOTH(pow): return {"pow", false};
	BOTH(ldexp): return {"ldexp", false};
	BOTH(fma): return {"fma", false};
	case Intrinsic::frexp: return {"frexp", false};
	case Intrinsic::experimental_constrained_frem: return {"fmod", false};
	BOTH(sqrt): return {"sqrt", true};
	BOTH(floor): return {"floor", true};
	BOTH(ceil): return {"ceil", true};
	BOTH(trunc): return {"trunc", true};
	BOTH(rint): return {"rint", true};
	BOTH(nearbyint): return {"nearbyint", true};
	BOTH(round): return {"round", true};
	BOTH(roundeven): return {"roundeven", true};
	BOTH(lround): return {"lround", true};
	BOTH(llround): return {"llround", true};
	BOTH(lrint): return {"lrint", true};
	BOTH(llrint): return {"llrint", true};
	BOTH(minnum): return {"fmin", true};
	BOTH(maxnum): return {"fmax", true};
	default: return {nullptr, false};
	}
}

// suffix returns the ending of libm's names for the type, null when there is none.
static const char *suffix(Type *T)
{
	if (T->isFloatTy())
		return "f";
	if (T->isDoubleTy())
		return "";
	if (T->isFP128Ty())
		return "f128";
	return T->isX86_FP80Ty() ? "l" : nullptr;
}

static bool inFloat(Type *T) { return T->isHalfTy() || T->isBFloatTy(); }

static bool hasFeature(const Function &F, StringRef Name)
{
	return F.getFnAttribute("target-features").getValueAsString().contains(("+" + Name).str());
}

// explicitly returns whether the code generator would call a function of libm that does not fit
// into the reserve.
static bool explicitly(const Function &F, Intrinsic::ID Id, Type *T)
{
	Libm L = libm(Id);
	if (!L.Name || (!suffix(T) && !inFloat(T)))
		return false;
	if (StringRef(L.Name) == "fma" && !T->isFP128Ty() && !T->isX86_FP80Ty() &&
	    (hasFeature(F, "fma") || hasFeature(F, "avx512f")))
		return false;
	return !L.Near || T->isFP128Ty();
}

// call emits a call of libm's Name for scalars, lane by lane for vectors.
static Value *call(Unit &U, IRBuilder<> &B, StringRef Name, ArrayRef<Value *> Args, Type *Result)
{
	Type *T = Args[0]->getType();
	if (auto *V = dyn_cast<FixedVectorType>(T)) {
		Value *R = PoisonValue::get(Result);
		for (unsigned I = 0; I < V->getNumElements(); I++) {
			SmallVector<Value *, 3> Lane;
			for (Value *A : Args)
				Lane.push_back(A->getType()->isVectorTy() ? B.CreateExtractElement(A, I) : A);
			auto *ST = dyn_cast<StructType>(Result);
			if (!ST) {
				R = B.CreateInsertElement(R, call(U, B, Name, Lane, Result->getScalarType()), I);
				continue;
			}
			Value *P = call(U, B, Name, Lane, StructType::get(ST->getElementType(0)->getScalarType(),
				ST->getElementType(1)->getScalarType()));
			for (unsigned K = 0; K < 2; K++)
				R = B.CreateInsertValue(R, B.CreateInsertElement(B.CreateExtractValue(R, K),
					B.CreateExtractValue(P, K), I), K);
		}
		return R;
	}
	Type *Real = inFloat(T) ? B.getFloatTy() : T;
	SmallVector<Value *, 3> Actual;
	SmallVector<Type *, 3> Types;
	AllocaInst *Exponent = nullptr;
	auto *Pair = dyn_cast<StructType>(Result);
	for (Value *A : Args)
		Actual.push_back(A->getType() == T && Real != T ? B.CreateFPExt(A, Real) : A);
	if (Pair) {
		Function *F = B.GetInsertBlock()->getParent();
		Exponent = new AllocaInst(Pair->getElementType(1), 0, "thrum.exponent", F->getEntryBlock().begin());
		Actual.push_back(Exponent);
	}
	for (Value *A : Actual)
		Types.push_back(A->getType());
	Type *Back = Pair || Result == T ? Real : Result;
	FunctionCallee Fn = U.M.getOrInsertFunction((Name + suffix(Real)).str(), FunctionType::get(Back, Types, false));
	Value *R = B.CreateCall(Fn, Actual);
	if (Back == Real && Real != T)
		R = B.CreateFPTrunc(R, T);
	if (!Pair)
		return R;
	R = B.CreateInsertValue(PoisonValue::get(Pair), R, 0);
	return B.CreateInsertValue(R, B.CreateLoad(Pair->getElementType(1), Exponent), 1);
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

// ---- atomics ------------------------------------------------------------------------

static AllocaInst *slot(Instruction *I, Type *T)
{
	return new AllocaInst(T, 0, nullptr, Align(16), "thrum.atomic", I->getFunction()->getEntryBlock().begin());
}

static int cOrder(AtomicOrdering O) { return static_cast<int>(toCABI(O)); }

// needsLibrary returns whether no instruction does the access, so that the code generator would
// call libatomic.
static bool needsLibrary(const Instruction &I, Type *T, Align Al, const DataLayout &DL)
{
	uint64_t Size = DL.getTypeStoreSize(T).getFixedValue();
	return Size > (hasFeature(*I.getFunction(), "cx16") ? 16 : 8) || Al.value() < Size;
}

namespace {

// Libatomic emits the generic functions of libatomic: __atomic_load(size, address, result, order)
// and so on.
struct Libatomic {
	Unit &U;
	Instruction *I;
	IRBuilder<> B{I};
	Value *Size(Type *T) { return B.getInt64(U.M.getDataLayout().getTypeStoreSize(T).getFixedValue()); }
	Value *Order(AtomicOrdering O) { return B.getInt32(cOrder(O)); }

	void run(StringRef Name, Type *R, ArrayRef<Value *> Args, Value **Result = nullptr)
	{
		SmallVector<Type *, 6> Types;
		for (Value *A : Args)
			Types.push_back(A->getType());
		Value *C = B.CreateCall(U.M.getOrInsertFunction(Name, FunctionType::get(R, Types, false)), Args);
		if (Result)
			*Result = C;
	}

	Value *load(Value *P, Type *T, AtomicOrdering O)
	{
		AllocaInst *To = slot(I, T);
		run("__atomic_load", B.getVoidTy(), {Size(T), P, To, Order(O)});
		return B.CreateLoad(T, To);
	}

	// swap returns {old, whether New was stored}.
	std::pair<Value *, Value *> swap(Value *P, Value *Old, Value *New, AtomicOrdering Yes, AtomicOrdering No)
	{
		Type *T = New->getType();
		AllocaInst *Expected = slot(I, T), *Desired = slot(I, T);
		B.CreateStore(Old, Expected);
		B.CreateStore(New, Desired);
		Value *Done;
		run("__atomic_compare_exchange", B.getInt8Ty(), {Size(T), P, Expected, Desired, Order(Yes), Order(No)}, &Done);
		return {B.CreateLoad(T, Expected), B.CreateIsNotNull(Done)};
	}
};

} // namespace

// modified returns the value that an atomicrmw stores.
static Value *modified(IRBuilder<> &B, AtomicRMWInst::BinOp Op, Value *Old, Value *V)
{
	switch (Op) {
	case AtomicRMWInst::Xchg: return V;
	case AtomicRMWInst::Add: return B.CreateAdd(Old, V);
	case AtomicRMWInst::Sub: return B.CreateSub(Old, V);
	case AtomicRMWInst::And: return B.CreateAnd(Old, V);
	case AtomicRMWInst::Nand: return B.CreateNot(B.CreateAnd(Old, V));
	case AtomicRMWInst::Or: return B.CreateOr(Old, V);
	case AtomicRMWInst::Xor: return B.CreateXor(Old, V);
	case AtomicRMWInst::Max: return B.CreateBinaryIntrinsic(Intrinsic::smax, Old, V);
	case AtomicRMWInst::Min: return B.CreateBinaryIntrinsic(Intrinsic::smin, Old, V);
	case AtomicRMWInst::UMax: return B.CreateBinaryIntrinsic(Intrinsic::umax, Old, V);
	case AtomicRMWInst::UMin: return B.CreateBinaryIntrinsic(Intrinsic::umin, Old, V);
	case AtomicRMWInst::FAdd: return B.CreateFAdd(Old, V);
	case AtomicRMWInst::FSub: return B.CreateFSub(Old, V);
	case AtomicRMWInst::FMax: return B.CreateMaxNum(Old, V);
	case AtomicRMWInst::FMin: return B.CreateMinNum(Old, V);
	default: report_fatal_error("thrum: an atomic operation that this pass does not know: report it, and compile the file with clang");
	}
}

static void lowerAtomic(Unit &U, Instruction *I)
{
	Libatomic A{U, I};
	if (auto *L = dyn_cast<LoadInst>(I)) {
		I->replaceAllUsesWith(A.load(L->getPointerOperand(), L->getType(), L->getOrdering()));
	} else if (auto *S = dyn_cast<StoreInst>(I)) {
		AllocaInst *From = slot(I, S->getValueOperand()->getType());
		A.B.CreateStore(S->getValueOperand(), From);
		A.run("__atomic_store", A.B.getVoidTy(),
			{A.Size(From->getAllocatedType()), S->getPointerOperand(), From, A.Order(S->getOrdering())});
	} else if (auto *C = dyn_cast<AtomicCmpXchgInst>(I)) {
		auto [Old, Done] = A.swap(C->getPointerOperand(), C->getCompareOperand(), C->getNewValOperand(),
			C->getSuccessOrdering(), C->getFailureOrdering());
		Value *R = A.B.CreateInsertValue(PoisonValue::get(C->getType()), Old, 0);
		I->replaceAllUsesWith(A.B.CreateInsertValue(R, Done, 1));
	} else if (auto *R = dyn_cast<AtomicRMWInst>(I)) {
		// A loop: load, compute, then compare and exchange, until no other thread has come
		// in between.
		Value *P = R->getPointerOperand(), *V = R->getValOperand();
		Value *First = A.load(P, V->getType(), AtomicOrdering::Monotonic);
		BasicBlock *Head = I->getParent(), *Loop = Head->splitBasicBlock(I->getIterator(), "thrum.rmw");
		BasicBlock *Tail = Loop->splitBasicBlock(I->getIterator(), "thrum.rmwdone");
		Loop->getTerminator()->eraseFromParent();
		A.B.SetInsertPoint(Loop);
		PHINode *Old = A.B.CreatePHI(V->getType(), 2);
		AtomicOrdering O = R->getOrdering();
		auto [Seen, Done] = A.swap(P, Old, modified(A.B, R->getOperation(), Old, V), O,
			AtomicCmpXchgInst::getStrongestFailureOrdering(O));
		A.B.CreateCondBr(Done, Tail, Loop);
		Old->addIncoming(First, Head);
		Old->addIncoming(Seen, Loop);
		I->replaceAllUsesWith(Old);
	}
	I->eraseFromParent();
}

static void lowerAtomics(Unit &U)
{
	const DataLayout &DL = U.M.getDataLayout();
	SmallVector<Instruction *, 8> Work;
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		for (Instruction &I : instructions(F)) {
			bool Far = false;
			if (auto *L = dyn_cast<LoadInst>(&I))
				Far = L->isAtomic() && needsLibrary(I, L->getType(), L->getAlign(), DL);
			else if (auto *S = dyn_cast<StoreInst>(&I))
				Far = S->isAtomic() && needsLibrary(I, S->getValueOperand()->getType(), S->getAlign(), DL);
			else if (auto *C = dyn_cast<AtomicCmpXchgInst>(&I))
				Far = needsLibrary(I, C->getNewValOperand()->getType(), C->getAlign(), DL);
			else if (auto *R = dyn_cast<AtomicRMWInst>(&I))
				Far = needsLibrary(I, R->getValOperand()->getType(), R->getAlign(), DL);
			if (Far)
				Work.push_back(&I);
		}
	}
	for (Instruction *I : Work)
		lowerAtomic(U, I);
}

// lowerTraps: with -ftrap-function, a trap is a call of that function.
static void lowerTraps(Unit &U)
{
	SmallVector<IntrinsicInst *, 8> Work;
	for (Function &F : U.M)
		if (U.instruments(F))
			for (Instruction &I : instructions(F))
				if (auto *II = dyn_cast<IntrinsicInst>(&I))
					if (II->hasFnAttr("trap-func-name"))
						Work.push_back(II);
	for (IntrinsicInst *I : Work) {
		IRBuilder<> B(I);
		SmallVector<Value *, 1> Args;
		if (I->getIntrinsicID() == Intrinsic::ubsantrap)
			Args.push_back(B.CreateZExt(I->getArgOperand(0), B.getInt32Ty()));
		SmallVector<Type *, 1> Types(Args.size(), B.getInt32Ty());
		StringRef Name = I->getFnAttr("trap-func-name").getValueAsString();
		B.CreateCall(U.M.getOrInsertFunction(Name, FunctionType::get(B.getVoidTy(), Types, false)), Args);
		I->eraseFromParent();
	}
}

void lowerLibcalls(Unit &U)
{
	SmallVector<Instruction *, 16> Work;
	SmallVector<CallInst *, 8> Sqrts;
	lowerAtomics(U);
	lowerTraps(U);
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		for (Instruction &I : instructions(F)) {
			Type *T = I.getType()->getScalarType();
			if (auto *II = dyn_cast<IntrinsicInst>(&I)) {
				if (II->arg_size() && explicitly(F, II->getIntrinsicID(), II->getArgOperand(0)->getType()->getScalarType()))
					Work.push_back(II);
			} else if (I.getOpcode() == Instruction::FRem && (suffix(T) || inFloat(T))) {
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
			SmallVector<Value *, 3> Args;
			for (Value *A : II->args())
				if (!isa<MetadataAsValue>(A))
					Args.push_back(A);
			V = call(U, B, libm(II->getIntrinsicID()).Name, Args, II->getType());
		} else {
			V = call(U, B, "fmod", {I->getOperand(0), I->getOperand(1)}, I->getType());
		}
		I->replaceAllUsesWith(V);
		I->eraseFromParent();
	}
	for (CallInst *C : Sqrts)
		splitSqrt(C);
}

} // namespace thrum
