// SPDX-License-Identifier: MIT
//
// threadlocal.cpp - addresses of thread-locals, and errno, when a goroutine changes threads.
//
// LLVM takes the address of a thread-local for a constant of the function. A goroutine may continue
// on another thread after any call. So the early part replaces llvm.threadlocal.address by a call
// that reads memory: it is computed anew after everything that may write memory. The late part
// turns that call into code that the code generator cannot cache either:
//
//	executable (local-exec, initial-exec):  mov fs:0; add the offset
//	shared object (general dynamic):        a quick foreign call to an accessor, because
//	                                        __tls_get_addr may allocate
//
// errno belongs to the goroutine, at an address that does not change while the goroutine lives:
// __errno_location becomes thrum_errno_location. The other functions of libc that return addresses
// of thread-locals lose their `const`.
//
// The late part also notes the functions that hold such addresses, for nopreempt.cpp and poll.cpp.

#include "thrum_pass.h"

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

namespace thrum {

bool hideThreadLocals(Module &M)
{
	SmallVector<IntrinsicInst *, 16> Work;
	for (Function &F : M)
		for (Instruction &I : instructions(F))
			if (auto *II = dyn_cast<IntrinsicInst>(&I))
				if (II->getIntrinsicID() == Intrinsic::threadlocal_address)
					Work.push_back(II);
	if (Work.empty())
		return false;
	PointerType *P = PointerType::getUnqual(M.getContext());
	for (IntrinsicInst *I : Work) {
		// A function for each variable: calls of one function with several arguments could
		// be merged.
		auto *G = cast<GlobalValue>(I->getArgOperand(0));
		FunctionCallee Fn = M.getOrInsertFunction((TlsAddrName + plainName(*G)).str(), P, P);
		auto *F = cast<Function>(Fn.getCallee());
		F->setMemoryEffects(MemoryEffects::readOnly());
		F->addFnAttr(Attribute::NoUnwind);
		F->addFnAttr(Attribute::WillReturn);
		IRBuilder<> B(I);
		CallInst *C = B.CreateCall(Fn, {G});
		C->setDebugLoc(I->getDebugLoc());
		I->replaceAllUsesWith(C);
		C->takeName(I);
		I->eraseFromParent();
	}
	return true;
}

static const char *const ReturnsAddress[] = {"__ctype_b_loc", "__ctype_tolower_loc", "__ctype_toupper_loc",
	"__h_errno_location", "__res_state"};

bool hideErrno(Module &M)
{
	bool Changed = false;
	SmallVector<const char *, 8> Names(std::begin(ReturnsAddress), std::end(ReturnsAddress));
	Names.append({"pthread_self", "thrd_current"});
	for (const char *N : Names)
		if (Function *F = M.getFunction(N)) {
			F->setMemoryEffects(MemoryEffects::readOnly());
			for (User *Us : F->users())
				if (auto *C = dyn_cast<CallBase>(Us))
					C->setMemoryEffects(MemoryEffects::readOnly());
			Changed = true;
		}
	if (Function *F = M.getFunction("__errno_location")) {
		FunctionCallee N = M.getOrInsertFunction("thrum_errno_location", F->getFunctionType(), F->getAttributes());
		for (User *Us : make_early_inc_range(F->users()))
			if (auto *C = dyn_cast<CallBase>(Us))
				if (C->getCalledOperand() == F)
					C->setCalledFunction(N);
		Changed = true;
	}
	return Changed;
}

enum class Model { LocalExec, InitialExec, Dynamic };

static Model modelOf(const GlobalValue &G)
{
	const Module &M = *G.getParent();
	bool Exec = M.getPICLevel() == PICLevel::NotPIC || M.getPIELevel() != PIELevel::Default;
	switch (G.getThreadLocalMode()) {
	case GlobalValue::LocalExecTLSModel:
		return Model::LocalExec;
	case GlobalValue::InitialExecTLSModel:
		return Exec && !G.isDeclaration() ? Model::LocalExec : Model::InitialExec;
	default:
		if (!Exec)
			return Model::Dynamic;
		return G.isDeclarationForLinker() || G.isInterposable() ? Model::InitialExec : Model::LocalExec;
	}
}

static std::string escaped(StringRef Name)
{
	std::string S;
	for (char C : Name)
		S += C == '$' ? std::string("$$") : std::string(1, C);
	return S;
}

// The accessor runs on the system stack, by way of a thunk. The thread keeps its P meanwhile
// (thrum_quickcall), because the goroutine must not come back from it on another thread.
static Function *accessor(Unit &U, GlobalValue &G)
{
	std::string Real = (plainName(G) + ".thrum_tls").str(), Thunk = Real + "get", Q = "\"" + Thunk + "\"";
	if (Function *T = U.M.getFunction(Thunk))
		return T;
	auto *FT = FunctionType::get(U.ptr(), false);
	Function *F = Function::Create(FT, GlobalValue::InternalLinkage, Real, U.M);
	F->addFnAttr(Attribute::NoInline);
	F->addFnAttr(Attribute::NoUnwind);
	IRBuilder<> B(BasicBlock::Create(U.ctx(), "", F));
	B.CreateRet(B.CreateThreadLocalAddress(&G));
	appendToCompilerUsed(U.M, {F});
	U.Foreign.insert(F);
	Function *T = Function::Create(FT, GlobalValue::ExternalLinkage, Thunk, U.M);
	T->setVisibility(GlobalValue::HiddenVisibility);
	T->setDSOLocal(true);
	U.InPlace.insert(T);
	U.Asm += ".pushsection .text,\"ax\",@progbits\n.type " + Q + ",@function\n" + Q + ":\n\t.cfi_startproc\n\tleaq \"" + Real +
		 "\"(%rip), %r11\n\tjmp *thrum_quickcall@GOTPCREL(%rip)\n\t.cfi_endproc\n.size " + Q + ", .-" + Q + "\n.popsection\n";
	return T;
}

// lower makes code of one call of the placeholder.
static Instruction *lower(Unit &U, CallInst &C)
{
	IRBuilder<> B(&C);
	auto *G = cast<GlobalValue>(C.getArgOperand(0));
	Model M = modelOf(*G);
	if (M == Model::Dynamic)
		return B.CreateCall(accessor(U, *G));
	// The assembler would not know a private name.
	if (G->hasPrivateLinkage())
		G->setLinkage(GlobalValue::InternalLinkage);
	std::string N = escaped(plainName(*G));
	std::string S = M == Model::LocalExec ? "movq %fs:0, $0\n\tleaq \"" + N + "\"@TPOFF($0), $0"
					      : "movq \"" + N + "\"@GOTTPOFF(%rip), $0\n\taddq %fs:0, $0";
	InlineAsm *IA = InlineAsm::get(FunctionType::get(U.ptr(), false), S,
		M == Model::LocalExec ? "=r,~{memory}" : "=&r,~{memory},~{flags}", true);
	if (!G->isDeclaration())
		appendToCompilerUsed(U.M, {G});
	else if (G->hasExternalWeakLinkage())
		U.Asm += ".weak \"" + N + "\"\n";
	return B.CreateCall(IA);
}

void lowerThreadLocals(Unit &U)
{
	SmallVector<Function *, 8> Hidden;
	for (Function &F : U.M)
		if (F.getName().starts_with(TlsAddrName))
			Hidden.push_back(&F);
	for (Function *H : Hidden) {
		for (User *Us : make_early_inc_range(H->users())) {
			auto *C = cast<CallInst>(Us);
			Instruction *V = lower(U, *C);
			V->setDebugLoc(C->getDebugLoc());
			V->takeName(C);
			U.ThreadAddresses[V->getFunction()].push_back(V);
			C->replaceAllUsesWith(V);
			C->eraseFromParent();
		}
		H->eraseFromParent();
	}
	for (const char *N : ReturnsAddress)
		if (Function *F = U.M.getFunction(N))
			for (User *Us : F->users())
				if (auto *C = dyn_cast<CallInst>(Us))
					if (C->getCalledOperand() == F)
						U.ThreadAddresses[C->getFunction()].push_back(C);
}

} // namespace thrum
