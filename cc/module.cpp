// SPDX-License-Identifier: MIT
//
// module.cpp - the attributes and notes that every function and every object carries.
//
// markFunctions asks LLVM for the stack check (split-stack: compare rsp with fs:0x70, call
// __morestack) and for the rbp chain that copying stacks walks. It puts the code into one section,
// so that "is this pc instrumented?" is a range check. A function's `.thrum` alias tells callers in
// other objects that it may be called on the goroutine's own stack (calls.cpp).
//
// emitNotes gives thrum-verify (cc/verify) the facts that machine code does not show: functions
// that were declared without a stack check, and callees that do not return. The linker drops these
// sections.
//
// An object with instrumented code cannot work in a module without crtthrum.o. The runtime would
// not know its text, and its first foreign call would never return. So the object refers to a
// hidden name that only crtthrum.o defines, by a relocation that changes nothing. If another driver
// links it, the link fails with that name.
//
// emitModuleRecord leaves {ABI number, flags, name of the source} in a section that the runtime
// reads at start.

#include "thrum_pass.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "thrum/abi.h"

namespace thrum {

static std::string quoted(StringRef Name) { return ("\"" + Name + "\"").str(); }

// A strong alias, unless another definition may replace this one at link time. If so, callers find
// out at run time which definition is in force (arch: thrum_foreigncall).
static void exportAlias(Unit &U, const GlobalValue &G)
{
	if (!G.hasExternalLinkage() || G.isInterposable())
		return;
	if (preemptible(G)) {
		exportStub(U, G);
		return;
	}
	std::string N = quoted(plainName(G)), A = quoted((plainName(G) + ".thrum").str());
	U.Asm += ".globl " + A + "\n.hidden " + A + "\n.set " + A + ", " + N + "\n";
}

void markFunctions(Unit &U)
{
	bool Placed = false; // some code is in the instrumented section
	for (Function &F : U.M) {
		// Arrays have left the stack, so there is nothing for a canary to watch.
		for (Attribute::AttrKind K : {Attribute::StackProtect, Attribute::StackProtectStrong,
			     Attribute::StackProtectReq})
			F.removeFnAttr(K);
		F.removeFnAttr("probe-stack");
		F.removeFnAttr("stack-probe-size");
		if (!U.instruments(F))
			continue;
		F.addFnAttr("frame-pointer", "all");
		if (!F.isVarArg() && !U.NoSplit.count(&F))
			F.addFnAttr("split-stack");
		if (RuntimeMode)
			continue;
		if (F.getSection().empty())
			F.setSection(THRUM_TEXT_SECTION);
		Placed |= F.getSection() == THRUM_TEXT_SECTION;
		exportAlias(U, F);
	}
	if (RuntimeMode)
		return;
	if (Placed)
		U.Asm += ".hidden " THRUM_LINK_NAME "\n.pushsection " THRUM_TEXT_SECTION ",\"ax\",@progbits\n.reloc ., "
			 "R_X86_64_NONE, " THRUM_LINK_NAME "\n.popsection\n";
	for (GlobalAlias &A : U.M.aliases())
		if (auto *F = dyn_cast_or_null<Function>(A.getAliaseeObject()))
			if (U.instruments(*F) && !F->isInterposable())
				exportAlias(U, A);
}

// stopBehindCalls: the compiler may know that a call does not return although no name says so. (The
// caller was declared noreturn, or a function pointer is.) The machine code behind such a call
// would then belong to something else. The same holds behind a function that is nothing but
// __builtin_unreachable().
static void stopBehindCalls(Function &F)
{
	for (BasicBlock &B : F) {
		auto *End = dyn_cast<UnreachableInst>(B.getTerminator());
		Instruction *Last = End ? End->getPrevNonDebugInstruction() : nullptr;
		// Without optimisation a block of nothing else stays, and may be the last: a jump
		// to it would leave the function.
		bool Stays = &B == &F.getEntryBlock() || Unoptimised;
		if (!End || (!Last && (!Stays || F.hasFnAttribute(Attribute::Naked))))
			continue;
		auto *C = dyn_cast_or_null<CallBase>(Last);
		if (!C || !C->doesNotReturn() || !isa<GlobalValue>(C->getCalledOperand()->stripPointerCasts()))
			IRBuilder<>(End).CreateIntrinsic(Intrinsic::trap, {}, {});
	}
}

void emitNotes(Unit &U)
{
	SetVector<StringRef> NoReturn;
	auto Note = [&](StringRef Section, StringRef Name) {
		U.Asm += (".pushsection " + Section + ",\"e\",@progbits\n.quad " + quoted(Name) + "\n.popsection\n").str();
	};
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		stopBehindCalls(F);
		if (U.NoSplit.count(&F))
			Note(".thrum.nosplit", plainName(F));
		for (Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I))
				if (auto *G = dyn_cast<GlobalValue>(C->getCalledOperand()->stripPointerCasts()))
					if (C->doesNotReturn() && !G->getName().starts_with("llvm."))
						NoReturn.insert(plainName(*G));
	}
	for (StringRef Name : NoReturn)
		Note(".thrum.noreturn", Name);
}

void emitModuleRecord(Unit &U)
{
	LLVMContext &C = U.ctx();
	auto *Name = ConstantDataArray::getString(C, U.M.getSourceFileName());
	auto *Text = new GlobalVariable(U.M, Name->getType(), true, GlobalValue::PrivateLinkage, Name, "thrum.name");
	auto *I32 = Type::getInt32Ty(C);
	auto *T = StructType::get(C, {I32, I32, U.ptr()});
	auto *R = new GlobalVariable(U.M, T, false, GlobalValue::PrivateLinkage,
		ConstantStruct::get(T, {ConstantInt::get(I32, THRUM_ABI), ConstantInt::get(I32, U.FPEnv ? THRUM_FPENV : 0), Text}),
		"thrum.module");
	R->setSection(THRUM_MODULE_SECTION);
	R->setAlignment(Align(8));
	appendToCompilerUsed(U.M, {R});
}

} // namespace thrum
