// SPDX-License-Identifier: MIT
//
// returns.cpp - results that are too wide for registers, and calling conventions.
//
// clang returns vectors as values. If the registers for results do not suffice, the code generator
// returns them in memory: the caller makes a slot on the stack and passes its address before all
// other arguments. That would be an address of the stack which this pass has never seen. So the
// same is done here, in the open. The slot is a local like any other, and moves off the stack. The
// callee cannot tell the two ways apart, so objects of clang and thrumcc agree.
//
// The target's own tables tell how many registers a type takes.

#include "thrum_pass.h"

#include "llvm/CodeGen/Analysis.h"
#include "llvm/CodeGen/TargetLowering.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

#define RETURNS_INTS 3    // rax, rdx, rcx
#define RETURNS_VECTORS 4 // xmm0 to xmm3, in any width
#define RETURNS_HALVES 3  // of these, for a _Float16 or a __bf16
#define RETURNS_FLOATS 2  // of these, for other numbers; then float and double take x87 registers
#define RETURNS_X87 2     // st0, st1

namespace thrum {

namespace {

class Demoter {
	Unit &U;
	const DataLayout &DL;
	std::unique_ptr<TargetMachine> TM;

public:
	explicit Demoter(Unit &U) : U(U), DL(U.M.getDataLayout()) {}
	bool inMemory(Type *T, const Function &F);
	void function(Function &F);
	void call(CallBase &C);

private:
	FunctionType *withSlot(FunctionType *T);
	AttributeList withSlot(AttributeList Old, Type *T, unsigned Params);
};

// inMemory returns whether F, or a call in F, cannot return a T in registers. The size decides
// little. A vector of 3 bytes, whose length is no power of two, may be returned as 3 numbers, each
// in a register of its own.
bool Demoter::inMemory(Type *T, const Function &F)
{
	if (T->isVoidTy() || T->isPointerTy() || T->isFloatingPointTy() || (T->isIntegerTy() && T->getIntegerBitWidth() <= 128))
		return false;
	if (!TM) {
		std::string Error;
		const Target *X86 = TargetRegistry::lookupTarget(U.M.getTargetTriple(), Error);
		if (!X86)
			report_fatal_error(Twine("thrum: ") + Error);
		TM.reset(X86->createTargetMachine(U.M.getTargetTriple(), "x86-64", "", TargetOptions(), {}));
	}
	const TargetLowering *TL = TM->getSubtargetImpl(F)->getTargetLowering();
	SmallVector<EVT, 8> Parts;
	ComputeValueVTs(*TL, DL, T, Parts);
	unsigned Ints = 0, Vectors = 0, X87 = 0;
	for (EVT VT : Parts) {
		MVT R = TL->getRegisterTypeForCallingConv(U.ctx(), CallingConv::C, VT);
		bool Half = R == MVT::f16 || R == MVT::bf16;
		unsigned Room = R.isVector() ? RETURNS_VECTORS : Half ? RETURNS_HALVES : RETURNS_FLOATS;
		for (unsigned N = TL->getNumRegistersForCallingConv(U.ctx(), CallingConv::C, VT); N > 0; N--) {
			if (R.isScalarInteger())
				Ints++;
			else if (R == MVT::f80 || (Vectors >= Room && (R == MVT::f32 || R == MVT::f64)))
				X87++;
			else if (Vectors++ >= Room)
				return true;
		}
	}
	return Ints > RETURNS_INTS || X87 > RETURNS_X87;
}

FunctionType *Demoter::withSlot(FunctionType *T)
{
	SmallVector<Type *, 8> Types{U.ptr()};
	append_range(Types, T->params());
	return FunctionType::get(Type::getVoidTy(U.ctx()), Types, T->isVarArg());
}

AttributeList Demoter::withSlot(AttributeList Old, Type *T, unsigned Params)
{
	LLVMContext &C = U.ctx();
	AttributeList New;
	AttrBuilder Fn(C, Old.getFnAttrs());
	Fn.removeAttribute(Attribute::Memory);
	New = New.addFnAttributes(C, Fn);
	New = New.addParamAttribute(C, 0, Attribute::getWithStructRetType(C, T));
	New = New.addParamAttribute(C, 0, Attribute::getWithAlignment(C, DL.getABITypeAlign(T)));
	for (unsigned I = 0; I < Params; I++)
		New = New.addParamAttributes(C, I + 1, AttrBuilder(C, Old.getParamAttrs(I)));
	return New;
}

// function gives F the parameter for its result; call changes its callers.
void Demoter::function(Function &F)
{
	Type *T = F.getReturnType();
	Function *N = Function::Create(withSlot(F.getFunctionType()), F.getLinkage(), F.getAddressSpace(), "", nullptr);
	U.M.getFunctionList().insert(F.getIterator(), N);
	N->copyAttributesFrom(&F);
	N->setAttributes(withSlot(F.getAttributes(), T, F.arg_size()));
	N->setComdat(F.getComdat());
	N->takeName(&F);
	SmallVector<std::pair<unsigned, MDNode *>, 2> Notes;
	F.getAllMetadata(Notes);
	for (auto &[Kind, Node] : Notes)
		N->addMetadata(Kind, *Node);
	N->setSubprogram(F.getSubprogram());
	F.setSubprogram(nullptr);
	SmallVector<std::pair<BlockAddress *, BasicBlock *>, 4> Labels;
	for (BasicBlock &BB : F)
		if (BB.hasAddressTaken())
			Labels.push_back({BlockAddress::get(&F, &BB), &BB});
	N->splice(N->begin(), &F);
	for (auto &[BA, BB] : Labels)
		BA->replaceAllUsesWith(BlockAddress::get(N, BB));
	for (unsigned I = 0; I < F.arg_size(); I++) {
		N->getArg(I + 1)->takeName(F.getArg(I));
		F.getArg(I)->replaceAllUsesWith(N->getArg(I + 1));
	}
	for (BasicBlock &BB : *N) {
		auto *R = dyn_cast<ReturnInst>(BB.getTerminator());
		if (!R || BB.getTerminatingMustTailCall())
			continue;
		IRBuilder<> B(R);
		B.CreateAlignedStore(R->getReturnValue(), N->getArg(0), DL.getABITypeAlign(T));
		B.CreateRetVoid();
		R->eraseFromParent();
	}
	for (auto *Set : {&U.Skip, &U.NoSplit})
		if (Set->erase(&F))
			Set->insert(N);
	if (U.Blocking.erase(&F))
		U.Blocking.insert(N);
	F.replaceAllUsesWith(N);
	F.eraseFromParent();
}

void Demoter::call(CallBase &C)
{
	Type *T = C.getType();
	Function *F = C.getFunction();
	bool Tail = C.isMustTailCall();
	Value *Slot = Tail ? static_cast<Value *>(F->getArg(0))
			   : new AllocaInst(T, 0, nullptr, DL.getABITypeAlign(T), "thrum.result", F->getEntryBlock().begin());
	SmallVector<Value *, 8> Args{Slot};
	append_range(Args, C.args());
	SmallVector<OperandBundleDef, 1> Bundles;
	C.getOperandBundlesAsDefs(Bundles);
	FunctionType *FT = withSlot(C.getFunctionType());
	CallBase *N;
	Instruction *After = C.getNextNode();
	if (auto *I = dyn_cast<InvokeInst>(&C)) {
		N = InvokeInst::Create(FT, C.getCalledOperand(), I->getNormalDest(), I->getUnwindDest(), Args, Bundles, "", C.getIterator());
		BasicBlock *Between = SplitEdge(C.getParent(), I->getNormalDest());
		After = &*Between->getFirstInsertionPt();
		cast<InvokeInst>(N)->setNormalDest(Between);
	} else {
		auto *Call = CallInst::Create(FT, C.getCalledOperand(), Args, Bundles, "", C.getIterator());
		Call->setTailCallKind(Tail ? CallInst::TCK_MustTail : CallInst::TCK_None);
		N = Call;
	}
	N->setAttributes(withSlot(C.getAttributes(), T, C.arg_size()));
	N->setCallingConv(C.getCallingConv());
	N->copyMetadata(C);
	N->setDebugLoc(C.getDebugLoc());
	if (Tail) {
		auto *R = cast<ReturnInst>(C.getParent()->getTerminator());
		IRBuilder<>(R).CreateRetVoid();
		R->eraseFromParent();
	} else {
		IRBuilder<> B(After);
		C.replaceAllUsesWith(B.CreateAlignedLoad(T, Slot, DL.getABITypeAlign(T)));
	}
	C.eraseFromParent();
}

} // namespace

void demoteReturns(Unit &U)
{
	Demoter D(U);
	SmallVector<Function *, 8> Functions;
	SmallVector<CallBase *, 8> Calls;
	for (Function &F : U.M) {
		if (!F.isIntrinsic() && D.inMemory(F.getReturnType(), F))
			Functions.push_back(&F);
		for (Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I))
				if (!C->isInlineAsm() && !isa<IntrinsicInst>(C) && D.inMemory(C->getType(), F))
					Calls.push_back(C);
	}
	for (Function *F : Functions)
		D.function(*F);
	for (CallBase *C : Calls)
		D.call(*C);
}

// ---- calling conventions -----------------------------------------------------------

// convention returns C's name of CC if the crossing of stacks does not know that convention, else
// null.
static const char *convention(CallingConv::ID CC)
{
	switch (CC) {
	case CallingConv::C:
	case CallingConv::Fast:
	case CallingConv::Cold:
	case CallingConv::X86_64_SysV: return nullptr;
	case CallingConv::Win64: return "ms_abi";
	case CallingConv::X86_RegCall: return "regcall";
	case CallingConv::X86_VectorCall: return "vectorcall";
	case CallingConv::PreserveMost: return "preserve_most";
	case CallingConv::PreserveAll: return "preserve_all";
	case CallingConv::PreserveNone: return "preserve_none";
	case CallingConv::Swift: return "swiftcall";
	case CallingConv::SwiftTail: return "swiftasynccall";
	case CallingConv::X86_INTR: return "interrupt";
	default: return "of this function";
	}
}

// The runtime's own entry points are called in place and may declare any convention.
static bool runtimes(const Value *V)
{
	auto *F = dyn_cast<Function>(V->stripPointerCasts());
	return F && F->isDeclaration() && plainName(*F).starts_with("thrum_");
}

void refuseConventions(Unit &U)
{
	auto Refuse = [&](const Function &F, CallingConv::ID CC, DebugLoc Loc) {
		U.ctx().diagnose(DiagnosticInfoUnsupported(F, Twine("thrum: the calling convention ") + convention(CC) +
			" is not supported, because stack switches follow that of System V: leave the attribute out, or compile this file with clang", Loc));
	};
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		if (convention(F.getCallingConv()))
			Refuse(F, F.getCallingConv(), {});
		for (Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I)) {
				if (convention(C->getCallingConv()) && !runtimes(C->getCalledOperand()))
					Refuse(F, C->getCallingConv(), C->getDebugLoc());
				if (C->getIntrinsicID() == Intrinsic::eh_return_i64)
					U.ctx().diagnose(DiagnosticInfoUnsupported(F, "thrum: __builtin_eh_return is not supported, because it sets the stack pointer"
						" directly: compile this file with clang", C->getDebugLoc()));
			}
	}
}

} // namespace thrum
