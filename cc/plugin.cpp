// SPDX-License-Identifier: MIT
//
// plugin.cpp - registers the pass with clang and runs its parts in order.

#include "thrum_pass.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Transforms/Utils/EntryExitInstrumenter.h"
#include "thrum/abi.h"

namespace thrum {

bool RuntimeMode;
static cl::opt<bool, true> RuntimeOpt("thrum-runtime", cl::location(RuntimeMode),
	cl::desc("thrum: compile the runtime itself: stack checks and unsafe frames only"));

bool PollLoops;
static cl::opt<bool, true> PollOpt("thrum-poll", cl::location(PollLoops), cl::desc("thrum: loops look whether to give way"));

bool Unoptimised;

// Unit reads the attributes of single functions that the source has set.
Unit::Unit(Module &M) : M(M)
{
	for (GlobalIFunc &I : M.ifuncs())
		if (Function *R = I.getResolverFunction())
			Skip.insert(R); // it runs while the loader still relocates
	for (Function &F : M)
		if (F.hasFnAttribute(Attribute::Naked))
			Skip.insert(&F);
	GlobalVariable *Notes = M.getGlobalVariable("llvm.global.annotations");
	if (!Notes || !Notes->hasInitializer())
		return;
	for (Value *Op : Notes->getInitializer()->operands()) {
		auto *S = dyn_cast<ConstantStruct>(Op);
		if (!S || S->getNumOperands() < 2)
			continue;
		auto *F = dyn_cast<Function>(S->getOperand(0)->stripPointerCasts());
		auto *T = dyn_cast<GlobalVariable>(S->getOperand(1)->stripPointerCasts());
		if (!F || !T || !T->hasInitializer())
			continue;
		auto *Text = dyn_cast<ConstantDataArray>(T->getInitializer());
		if (!Text || !Text->isCString())
			continue;
		if (Text->getAsCString() == "thrum.nosplit")
			NoSplit.insert(F);
		if (Text->getAsCString() == "thrum.blocking")
			Blocking.insert(F);
	}
}

StringRef plainName(const GlobalValue &G)
{
	StringRef N = G.getName();
	N.consume_front("\01");
	return N;
}

static Constant *tcbWord(LLVMContext &C, unsigned Off)
{
	return ConstantExpr::getIntToPtr(ConstantInt::get(Type::getInt64Ty(C), Off),
		PointerType::get(C, 257)); // x86: relative to fs
}

Value *loadTcb(IRBuilder<> &B, unsigned Off, const Twine &Name)
{
	return B.CreateAlignedLoad(B.getInt64Ty(), tcbWord(B.getContext(), Off), Align(8), true, Name);
}

void storeTcb(IRBuilder<> &B, Value *V, unsigned Off)
{
	B.CreateAlignedStore(V, tcbWord(B.getContext(), Off), Align(8), true);
}

struct EarlyPass : PassInfoMixin<EarlyPass> {
	static bool isRequired() { return true; }
	PreservedAnalyses run(Module &M, ModuleAnalysisManager &)
	{
		if (RuntimeMode)
			return PreservedAnalyses::all();
		bool Changed = describeTypes(M);
		Changed |= hideThreadLocals(M);
		Changed |= hideErrno(M);
		Changed |= markSetjmp(M);
		return Changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
	}
};

struct LatePass : PassInfoMixin<LatePass> {
	static bool isRequired() { return true; }
	// -pg and -finstrument-functions-after-inlining would insert their calls after this pass;
	// this does it before.
	static void instrumentEntries(Module &M, ModuleAnalysisManager &AM)
	{
		auto &FAM = AM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
		for (Function &F : M)
			if (!F.isDeclaration())
				EntryExitInstrumenterPass(true).run(F, FAM);
	}

	PreservedAnalyses run(Module &M, ModuleAnalysisManager &AM)
	{
		Unit U(M);
		if (!RuntimeMode) {
			instrumentEntries(M, AM);
			refuseConventions(U);
			demoteReturns(U);
			lowerBuiltinSetjmp(U);
			splitVariadics(U);
			lowerLibcalls(U);
			lowerThreadLocals(U);
			inlineAllocations(U);
			findNoPreempt(U);
			findFPEnv(U);
			insertPolls(U);
			routeCalls(U);
		}
		moveUnsafeLocals(U);
		lowerAlignment(U);
		if (!RuntimeMode)
			lowerResumes(U);
		markFunctions(U);
		if (!RuntimeMode) {
			bindEarly(U);
			emitNoPreempt(U);
			emitNotes(U);
			emitModuleRecord(U);
		}
		if (!U.Asm.empty())
			M.appendModuleInlineAsm(U.Asm);
		return PreservedAnalyses::none();
	}
};

// keepCallFrames: LLVM may pass arguments by push, below the frame that the stack check knows. With
// this option they are part of the frame.
static void keepCallFrames()
{
	auto I = cl::getRegisteredOptions().find("no-x86-call-frame-opt");
	if (I == cl::getRegisteredOptions().end())
		report_fatal_error("thrum: this clang has no option -no-x86-call-frame-opt: install clang 19");
	static_cast<cl::opt<bool> *>(I->second)->setValue(true);
}

} // namespace thrum

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo()
{
	return {LLVM_PLUGIN_API_VERSION, "thrum", "1", [](llvm::PassBuilder &PB) {
			thrum::keepCallFrames();
			PB.registerPipelineStartEPCallback(
				[](llvm::ModulePassManager &MPM, llvm::OptimizationLevel) {
					MPM.addPass(thrum::EarlyPass());
				});
			PB.registerOptimizerLastEPCallback(
				[](llvm::ModulePassManager &MPM, llvm::OptimizationLevel Level) {
					thrum::Unoptimised = Level == llvm::OptimizationLevel::O0;
					MPM.addPass(thrum::LatePass());
				});
		}};
}
