// SPDX-License-Identifier: MIT
//
// alloc.cpp - inlines allocations whose size is a constant.
//
//	        cmpq $-1, %fs:112             the guard: ~0 in a foreign call, and if there is a request
//	        jae  slow
//	first:  movq thrum_cache@GOTTPOFF(%rip), cache
//	        movq %fs:(cache), cache
//	        movq top(cache), slot         of the magazine of the size's bin
//	        cmpq slot, bottom(cache)      empty?
//	        jae  slow
//	        take the object and the address of its cell from the slot below
//	        cmpw $1, (cell)               in use?
//	        jae  slow
//	        movq slot, top(cache)
//	        movw type, (cell)
//	last:
//
// These are the instructions of the assembly (arch/x86_64/malloc.asm), without the call and without
// the way from a size to a bin. Each compare leaves the carry flag set if all is well, so the flag
// tells at the end which way it went. In the slow case the call follows, as the program made it.
//
// No signal stops a goroutine from `first` to `last`: the range is in the list of the module
// (nopreempt.cpp). Nothing waits for long because of that. A goroutine that has been asked to give
// way meets its guard in the next allocation, and gives way in the call.
//
// Rejected: ranges that begin again after a signal. The range ends with two stores, so its end
// would be a range of the kind above, and the loop gives way within nanoseconds without it.
//
// Memory that has to be zeroed is zeroed here, by stores that the code generator joins. So sizes
// above MaxZeroed call. So do functions that are optimised for size, or have a section of their
// own.

#include "thrum_pass.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "thrum/abi.h"

extern "C" {
#include "alloc/sizeclass.h"
#include "alloc/sizeclass.inc"
}

namespace thrum {

static const uint64_t MaxZeroed = 256;

namespace {

struct Allocation {
	unsigned Bin;
	uint64_t Zeroed;      // bytes to be cleared, a multiple of 8
	GlobalVariable *Type; // its record, or none
};

} // namespace

// constant returns whether argument I of C is a constant of at most Most.
static bool constant(const CallInst &C, unsigned I, uint64_t Most, uint64_t &Value)
{
	auto *V = I < C.arg_size() ? dyn_cast<ConstantInt>(C.getArgOperand(I)) : nullptr;
	if (!V || V->getBitWidth() != 64 || V->getValue().ugt(Most))
		return false;
	Value = V->getZExtValue();
	return true;
}

static bool inlinable(const CallInst &C, Allocation &A)
{
	const Function *F = C.getCalledFunction();
	if (!F || !F->isDeclaration() || C.isMustTailCall() || C.hasOperandBundles() || !C.getType()->isPointerTy())
		return false;
	StringRef Name = plainName(*F);
	uint64_t Size, Align;
	if (Name == "thrum_malloc" && C.arg_size() == 1 && constant(C, 0, MAXDENSE, Size)) {
		A = {mallocclass(Size), 0, nullptr};
		return true;
	}
	if (Name == "thrum_newobject" && C.arg_size() == 3 && constant(C, 0, MaxZeroed, Size) && constant(C, 1, 8, Align)) {
		unsigned Class = sizeclass(Size), Bins = THRUM_SCANBINS;
		auto *Type = dyn_cast<GlobalVariable>(C.getArgOperand(2));
		if (Type && Type->hasInitializer() && Type->getSection() == THRUM_TYPES_SECTION)
			Bins = cast<ConstantInt>(Type->getInitializer()->getAggregateElement(2u))->getZExtValue();
		else if (!isa<ConstantPointerNull>(C.getArgOperand(2)))
			return false;
		A = {Bins + Class, classsize[Class], Type};
		return true;
	}
	return false;
}

// pop emits the asm. Returns: the object and whether there is one.
static std::pair<Value *, Value *> pop(IRBuilder<> &B, unsigned Bin, Value *Index)
{
	auto At = [&](unsigned Off) { return std::to_string(Bin * THRUM_MAG + Off); };
	auto Below = [](int Off) { return std::to_string(Off - THRUM_SLOT); };
	// $0 object, $2 cache, $3 slot, $4 cell, $5 type
	std::string Text = "cmpq $$-1, %fs:" + std::to_string(THRUM_TCB_GUARD) + "\n\tjae 2f\n"
		"1:\tmovq thrum_cache@GOTTPOFF(%rip), $2\n\tmovq %fs:($2), $2\n\tmovq " + At(THRUM_MAG_TOP) + "($2), $3\n\tcmpq $3, " +
		At(THRUM_MAG_BOTTOM) + "($2)\n\tjae 2f\n\tmovq " + Below(THRUM_SLOT_CELL) + "($3), $4\n\tmovq " +
		Below(THRUM_SLOT_OBJECT) + "($3), $0\n\tleaq -" + std::to_string(THRUM_SLOT) + "($3), $3\n\tcmpw $$1, ($4)\n\t"
		"jae 2f\n\tmovq $3, " + At(THRUM_MAG_TOP) + "($2)\n\tmovw ${5:w}, ($4)\n2:\n\t"
		".pushsection " THRUM_NOPREEMPT_SECTION ",\"aw\",@progbits\n\t.long 1b - ., 2b - 1b\n\t.popsection";
	Type *P = B.getPtrTy(), *I64 = B.getInt64Ty();
	auto *T = StructType::get(P, B.getInt8Ty(), I64, I64, I64);
	auto *Asm = InlineAsm::get(FunctionType::get(T, {B.getInt32Ty()}, false), Text, "=&r,={@ccb},=&r,=&r,=&r,r,~{memory},~{dirflag},~{fpsr},~{flags}",
		true);
	CallInst *R = B.CreateCall(Asm, {Index});
	R->addFnAttr(Attribute::NoUnwind);
	return {B.CreateExtractValue(R, 0), B.CreateTrunc(B.CreateExtractValue(R, 1), B.getInt1Ty())};
}

static void expand(CallInst &C, const Allocation &A)
{
	LLVMContext &X = C.getContext();
	BasicBlock *Head = C.getParent();
	BasicBlock *Call = Head->splitBasicBlock(C.getIterator(), "thrum.slow");
	BasicBlock *Join = Call->splitBasicBlock(std::next(C.getIterator()), "thrum.allocated");
	BasicBlock *Fast = A.Zeroed ? BasicBlock::Create(X, "thrum.zero", Head->getParent(), Call) : Join;
	Head->getTerminator()->eraseFromParent();
	IRBuilder<> B(Head);
	B.SetCurrentDebugLocation(C.getDebugLoc());
	Value *Index = B.getInt32(THRUM_UNTYPED);
	if (A.Type)
		Index = B.CreateAlignedLoad(B.getInt32Ty(), B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), A.Type, THRUM_REF_INDEX), Align(8));
	auto [Object, Ok] = pop(B, A.Bin, Index);
	B.CreateCondBr(Ok, Fast, Call, MDBuilder(X).createBranchWeights(1000, 1));
	if (A.Zeroed) {
		B.SetInsertPoint(Fast);
		for (uint64_t At = 0; At < A.Zeroed; At += 8)
			B.CreateAlignedStore(B.getInt64(0), B.CreateConstInBoundsGEP1_64(B.getInt8Ty(), Object, At), Align(8));
		B.CreateBr(Join);
	}
	PHINode *R = PHINode::Create(C.getType(), 2, "", Join->begin());
	C.replaceAllUsesWith(R);
	R->addIncoming(Object, A.Zeroed ? Fast : Head);
	R->addIncoming(&C, Call);
}

void inlineAllocations(Unit &U)
{
	if (Unoptimised)
		return;
	SmallVector<std::pair<CallInst *, Allocation>, 8> Work;
	for (Function &F : U.M) {
		if (!U.instruments(F) || F.hasOptSize() || F.hasOptNone() || F.hasFnAttribute(Attribute::Cold) ||
		    !F.getSection().empty() || F.hasComdat())
			continue;
		for (Instruction &I : instructions(F)) {
			Allocation A;
			auto *C = dyn_cast<CallInst>(&I);
			if (C && inlinable(*C, A))
				Work.push_back({C, A});
		}
	}
	for (auto &[C, A] : Work)
		expand(*C, A);
}

} // namespace thrum
