// SPDX-License-Identifier: MIT
//
// calls.cpp - decides which calls stay on the goroutine's stack and which cross over.
//
// A direct call of an external f goes to `f.thrum`. If this compiler builds an object that defines
// f, the object exports that alias strongly. Each object that calls f defines the alias weakly, as
// a thunk. So the linker decides, and a call between instrumented objects of one module (executable
// or shared object) costs nothing. The alias is hidden, so a call between modules meets the thunk:
//
//	f.thrum:  jmp *link              initially the next line
//	          lea f@PLT, %r11        the loader may bind f on the system stack, when it is called
//	          jmp thrum_foreigncall
//
// The link is a record in the section thrum_links. When the module is loaded, the runtime makes
// each link direct that leads to instrumented code of another module (core/base/links.c).
//
// A definition that another module may preempt (default visibility, -fPIC) has no alias but such a
// stub too. Its link leads to the definition, unless the loader has found another one. In all
// modules the loader supplies the address of f, so these addresses are equal.
//
// Functions called in place are bound when the module is loaded, because the loader's resolver does
// not fit on a small stack.
//
// An indirect call compares its target with the bounds of this module's instrumented text. A target
// inside is called directly; for any other, thrum_icall decides.
//
// A call that passes bytes on the stack puts their number into r10 (abi.h), so that they can be
// copied across. The number is an upper bound: copying too much is harmless.
//
// Called in place: leaf functions of libc, and the runtime itself (thrum_*), which is built for
// this. The runtime's locks that replace libc's (thrum_pthread_*) are an exception.

#include "thrum_pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "thrum/abi.h"

namespace thrum {

bool isLeaf(StringRef Name)
{
	static const StringSet<> Leaf = {
#define CALLED(name, bytes) #name,
#define ENDS(name) #name,
#include "cc/leaves.def"
	};
	return Leaf.contains(Name);
}

// isQuick returns whether Name crosses to the system stack and does nothing else (thrum_quickcall).
// Such functions neither block nor call back into instrumented code, and set errno only when they
// return NULL.
static bool isQuick(StringRef Name)
{
	static const StringSet<> Quick = {"malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "strstr", "strpbrk",
		"memmem", "strcasestr", "memccpy"};
	return Quick.contains(Name);
}

// isBlocking returns whether a call of Name gives its P away at once (thrum_blockcall). These are
// functions of libc that wait more often than not.
static bool isBlocking(StringRef Name)
{
	static const StringSet<> Blocking = {"sleep", "usleep", "nanosleep", "clock_nanosleep", "pause", "sigsuspend", "sigwait",
		"sigwaitinfo", "sigtimedwait", "wait", "waitpid", "wait3", "wait4", "waitid", "poll", "ppoll", "select", "pselect",
		"epoll_wait", "epoll_pwait", "accept", "accept4", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo",
		"system", "pclose", "sem_wait", "sem_timedwait", "pthread_join", "pthread_cond_wait", "pthread_cond_timedwait",
		"pthread_barrier_wait", "fsync", "fdatasync", "msgrcv", "semop", "mq_receive", "lockf", "flock", "thrd_sleep",
		"thrd_join", "cnd_wait", "cnd_timedwait"};
	return Blocking.contains(Name);
}

static const StringMap<const char *> &renamed()
{
	static const StringMap<const char *> Map = {{"setjmp", "thrum_setjmp_whole"}, {"_setjmp", "thrum_setjmp_whole"},
		{"__sigsetjmp", "thrum_sigsetjmp"}, {"sigsetjmp", "thrum_sigsetjmp"}, {"longjmp", "thrum_longjmp"},
		{"_longjmp", "thrum_longjmp"}, {"siglongjmp", "thrum_longjmp"}, {"__longjmp_chk", "thrum_longjmp"},
		{"vfork", "fork"}};
	return Map;
}

static const char OwnLocks[] = "thrum_pthread_";

// stub writes NAME.thrum with its link. Own: this object defines the function.
static void stub(Unit &U, StringRef Name, StringRef Gate, bool Own)
{
	std::string Q = ("\"" + Name + "\"").str(), Link = ("\".Lthrum_link." + Name + "\"").str();
	std::string Late = ("\".Lthrum_late." + Name + "\"").str(), QT = ("\"" + Name + ".thrum\"").str();
	std::string Here = ("\".Lthrum_here." + Name + "\"").str();
	std::string Text = "\".text.thrum_thunk." + Name.str() + "\",\"ax", Data = THRUM_LINKS_SECTION ",\"aw";
	// No group for a strong one: it might be dropped for a weak one.
	std::string Group = "G\",@progbits," + QT + ",comdat\n", Alone = "\",@progbits\n";
	U.Asm += ".pushsection " + Text + (Own ? Alone + ".globl " : Group + ".weak ") + QT + "\n.hidden " + QT + "\n.type " + QT +
		 ",@function\n" + QT + ":\n\t.cfi_startproc\n\tjmp *" + Link + "(%rip)\n" + Late + ":\n\tleaq " + Q +
		 "@PLT(%rip), %r11\n\tjmp *" + Gate.str() + "@GOTPCREL(%rip)\n\t.cfi_endproc\n.size " + QT + ", .-" + QT +
		 "\n.popsection\n";
	if (Own)
		U.Asm += ".set " + Here + ", " + Q + "\n";
	U.Asm += ".pushsection " + Data + (Own ? Alone : Group) + "\t.p2align 3\n" + Link + ":\n\t.quad " + (Own ? Here : Late) +
		 "\n\t.quad " + Late + "\n\t.quad " + (Own ? Q : "0") + "\n\t.quad 0f\n.popsection\n" +
		 ".pushsection .rodata.thrum_names,\"aMS\",@progbits,1\n0:\t.asciz " + Q + "\n.popsection\n";
}

bool preemptible(const GlobalValue &G)
{
	const Module &M = *G.getParent();
	return G.hasExternalLinkage() && !G.isDSOLocal() && G.hasDefaultVisibility() &&
	       M.getPICLevel() != PICLevel::NotPIC && M.getPIELevel() == PIELevel::Default;
}

void exportStub(Unit &U, const GlobalValue &G)
{
	stub(U, plainName(G), "thrum_foreigncall", true);
}

namespace {

class Router {
	Unit &U;
	const DataLayout &DL;
	Value *Lo = nullptr, *Hi = nullptr;

public:
	explicit Router(Unit &U) : U(U), DL(U.M.getDataLayout()) {}
	void route(CallBase &C);

private:
	uint64_t stackBytes(const CallBase &C) const;
	bool ours(const GlobalValue &G) const;
	void direct(CallBase &C, GlobalValue &G);
	void indirect(CallBase &C, bool KnownForeign);
	void mustTail(CallBase &C);
	void refuseAlignment(const CallBase &C);
	Value *inModule(IRBuilder<> &B, Value *Target);
	void withNest(CallBase &C, Value *Callee, Value *Nest);
};

// ours returns whether this object defines G, for callers on a goroutine's stack.
bool Router::ours(const GlobalValue &G) const
{
	if (G.isDeclarationForLinker() || G.isInterposable())
		return false;
	auto *F = dyn_cast<Function>(&G);
	if (auto *A = dyn_cast<GlobalAlias>(&G))
		F = dyn_cast_or_null<Function>(A->getAliaseeObject());
	return F && U.instruments(*F);
}

// stackBytes returns an upper bound of the bytes that C passes on the stack. System V passes six
// integer registers and eight vector registers; the rest and all by-value structs are in memory.
uint64_t Router::stackBytes(const CallBase &C) const
{
	unsigned Ints = 0, Vecs = 0;
	uint64_t Mem = 0;
	for (unsigned I = 0; I < C.arg_size(); I++) {
		Type *T = C.getArgOperand(I)->getType();
		uint64_t Size = DL.getTypeAllocSize(T).getFixedValue();
		if (C.isByValArgument(I)) {
			uint64_t Al = C.getParamAlign(I).valueOrOne().value();
			Mem += alignTo(DL.getTypeAllocSize(C.getParamByValType(I)).getFixedValue(), 8) + (Al > 8 ? Al : 0);
		} else if (T->isIntOrPtrTy()) {
			Ints += divideCeil(Size, 8);
			if (Ints > 6)
				Mem += alignTo(Size, 8) + (Size > 8 ? 16 : 0);
		} else if (T->isFloatTy() || T->isDoubleTy() || T->isHalfTy() || T->isBFloatTy() || T->isFP128Ty() ||
			   T->isVectorTy()) {
			Vecs += std::max<uint64_t>(1, divideCeil(Size, 16));
			// A variadic callee looks into xmm only.
			if (Vecs > 8 || (Size > 16 && C.getFunctionType()->isVarArg()))
				Mem += Size <= 8 ? 8 : alignTo(Size, 64) + 64;
		} else {
			Mem += alignTo(Size, 16) + 16;
		}
	}
	return alignTo(Mem, 16);
}

// withNest gives C the callee and a leading argument in r10.
void Router::withNest(CallBase &C, Value *Callee, Value *Nest)
{
	LLVMContext &X = U.ctx();
	FunctionType *OT = C.getFunctionType();
	SmallVector<Type *, 8> Types{U.ptr()};
	SmallVector<Value *, 8> Args{Nest};
	append_range(Types, OT->params());
	append_range(Args, C.args());
	auto *NT = FunctionType::get(OT->getReturnType(), Types, OT->isVarArg());
	AttributeList Old = C.getAttributes(), New;
	New = New.addFnAttributes(X, AttrBuilder(X, Old.getFnAttrs()));
	New = New.addRetAttributes(X, AttrBuilder(X, Old.getRetAttrs()));
	New = New.addParamAttribute(X, 0, Attribute::Nest);
	for (unsigned I = 0; I < C.arg_size(); I++)
		New = New.addParamAttributes(X, I + 1, AttrBuilder(X, Old.getParamAttrs(I)));
	SmallVector<OperandBundleDef, 1> Bundles;
	C.getOperandBundlesAsDefs(Bundles);
	CallBase *N;
	if (auto *I = dyn_cast<InvokeInst>(&C)) {
		N = InvokeInst::Create(NT, Callee, I->getNormalDest(), I->getUnwindDest(), Args, Bundles, "", C.getIterator());
	} else {
		auto *Call = CallInst::Create(NT, Callee, Args, Bundles, "", C.getIterator());
		Call->setTailCallKind(cast<CallInst>(C).getTailCallKind());
		N = Call;
	}
	N->setAttributes(New);
	N->setCallingConv(C.getCallingConv());
	N->copyMetadata(C);
	N->setDebugLoc(C.getDebugLoc());
	C.replaceAllUsesWith(N);
	N->takeName(&C);
	C.eraseFromParent();
}

void Router::direct(CallBase &C, GlobalValue &G)
{
	std::string Name = plainName(G).str(), Thunk = Name + ".thrum";
	FunctionType *FT = C.getFunctionType();
	Function *T = U.M.getFunction(Thunk);
	if (!T) {
		T = Function::Create(FT, GlobalValue::ExternalLinkage, Thunk, U.M);
		T->setVisibility(GlobalValue::HiddenVisibility);
		T->setDSOLocal(true);
		if (G.hasExternalWeakLinkage())
			U.Asm += ".weak \"" + Name + "\"\n";
		if (!ours(G)) // markFunctions exports the definitions of this object
			stub(U, Name,
				isQuick(Name)                                ? "thrum_quickcall"
					: isBlocking(Name) || U.Blocking.count(&G) ? "thrum_blockcall"
										   : "thrum_foreigncall",
				false);
	}
	uint64_t N = stackBytes(C);
	if (N && C.isMustTailCall()) {
		mustTail(C);
		return;
	}
	if (!N) {
		C.setCalledOperand(T);
		return;
	}
	withNest(C, T, ConstantExpr::getIntToPtr(
		ConstantInt::get(U.i64(), (uint64_t(THRUM_ARGS_TAG) << 32) | uint32_t(N)), U.ptr()));
}

// inModule returns whether Target lies within the bounds of this module's instrumented text.
Value *Router::inModule(IRBuilder<> &B, Value *Target)
{
	if (!Lo) {
		auto Bound = [&](const char *Name) {
			auto *G = new GlobalVariable(U.M, B.getInt8Ty(), true, GlobalValue::ExternalLinkage, nullptr, Name);
			G->setVisibility(GlobalValue::HiddenVisibility);
			return G;
		};
		Lo = Bound("__start_" THRUM_TEXT_SECTION);
		Hi = Bound("__stop_" THRUM_TEXT_SECTION);
	}
	Value *Start = B.CreatePtrToInt(Lo, U.i64());
	return B.CreateICmpULT(B.CreateSub(B.CreatePtrToInt(Target, U.i64()), Start),
		B.CreateSub(B.CreatePtrToInt(Hi, U.i64()), Start));
}

// mustTail: a tail call cannot pass a number in r10. So only a target in this module's instrumented
// text is reached by a jump. Any other is called and returns here. It runs on another stack, so the
// chain of tail calls still needs no stack.
void Router::mustTail(CallBase &C)
{
	BasicBlock *Head = C.getParent();
	Value *Target = C.getCalledOperand();
	BasicBlock *Jump = Head->splitBasicBlock(C.getIterator(), "thrum.tail");
	BasicBlock *Call = BasicBlock::Create(U.ctx(), "thrum.call", C.getFunction());
	Head->getTerminator()->eraseFromParent();
	IRBuilder<> B(Head);
	B.CreateCondBr(inModule(B, Target), Jump, Call);
	B.SetInsertPoint(Call);
	auto *N = cast<CallInst>(C.clone());
	N->setTailCallKind(CallInst::TCK_None);
	B.Insert(N);
	if (N->getType()->isVoidTy())
		B.CreateRetVoid();
	else
		B.CreateRet(N);
	indirect(*N, true);
}

void Router::indirect(CallBase &C, bool KnownForeign)
{
	LLVMContext &X = U.ctx();
	IRBuilder<> B(&C);
	Value *Target = C.getCalledOperand();
	Value *Gate = U.M.getOrInsertFunction("thrum_icall", B.getVoidTy()).getCallee();
	uint64_t N = divideCeil(stackBytes(C), 16);
	if (N >= 1 << 16)
		X.diagnose(DiagnosticInfoUnsupported(*C.getFunction(),
			"thrum: a call through a pointer passes more than 1 MB of arguments on the stack: pass a pointer to them", C.getDebugLoc()));
	Value *Addr = B.CreatePtrToInt(Target, U.i64());
	Value *Nest = Target;
	if (N)
		Nest = B.CreateIntToPtr(B.CreateOr(Addr, B.getInt64(N << THRUM_ICALL_SHIFT)), U.ptr());
	Value *Callee = Gate;
	if (!KnownForeign)
		Callee = B.CreateSelect(inModule(B, Target), Target, Gate);
	withNest(C, Callee, Nest);
}

// refuseAlignment: va_arg computes with addresses, and stacks move by multiples of 64.
void Router::refuseAlignment(const CallBase &C)
{
	for (unsigned I = 0; C.getFunctionType()->isVarArg() && I < C.arg_size(); I++)
		if (C.isByValArgument(I) && C.getParamAlign(I).valueOrOne().value() > 64)
			U.ctx().diagnose(DiagnosticInfoUnsupported(*C.getFunction(),
				"thrum: a variadic function is passed an argument aligned to more than 64 bytes: pass a pointer to it",
				C.getDebugLoc()));
}

void Router::route(CallBase &C)
{
	if (C.isInlineAsm() || isa<IntrinsicInst>(C))
		return;
	refuseAlignment(C);
	auto *G = dyn_cast<GlobalValue>(C.getCalledOperand()->stripPointerCasts());
	if (!G) {
		if (C.isMustTailCall())
			mustTail(C);
		else
			indirect(C, false);
		return;
	}
	if (auto *F = dyn_cast<Function>(G)) {
		if (U.Foreign.count(F)) {
			indirect(C, true);
			return;
		}
		if (U.InPlace.count(F) || (!F->isDeclarationForLinker() && F->hasFnAttribute(Attribute::Naked) && !U.Shells.count(F)))
			return; // the author of a naked function is responsible for the stack
		StringRef Name = plainName(*F);
		auto R = renamed().find(Name);
		if (F->isDeclarationForLinker() && R != renamed().end()) {
			if (StringRef(R->second) != "fork") {
				FunctionCallee N = U.M.getOrInsertFunction(R->second, C.getFunctionType());
				if (C.hasFnAttr(Attribute::ReturnsTwice) || F->hasFnAttribute(Attribute::ReturnsTwice)) {
					cast<Function>(N.getCallee())->addFnAttr(Attribute::ReturnsTwice);
					C.addFnAttr(Attribute::ReturnsTwice);
				}
				C.setCalledOperand(N.getCallee());
				return;
			}
			F = cast<Function>(U.M.getOrInsertFunction("fork", C.getFunctionType()).getCallee());
			C.removeFnAttr(Attribute::ReturnsTwice);
			direct(C, *F);
			return;
		}
		if (F->isIntrinsic() || (Name.starts_with("thrum_") && !Name.starts_with(OwnLocks)))
			return;
		if (F->isDeclarationForLinker() && isLeaf(Name))
			return;
	}
	if (ours(*G) && !preemptible(*G))
		return;
	if (G->hasLocalLinkage()) { // an ifunc or resolver of this object has no name to link by
		indirect(C, true);
		return;
	}
	direct(C, *G);
}

} // namespace

// takeLocks: glibc's reader-writer locks know the thread that writes. The runtime's know the
// goroutine (core/sync/rwlock.c), and are foreign functions like the others. Their addresses are
// replaced too.
static void takeLocks(Module &M)
{
	for (const char *N : {"rdlock", "tryrdlock", "timedrdlock", "clockrdlock", "wrlock", "trywrlock", "timedwrlock", "clockwrlock", "unlock"}) {
		Function *F = M.getFunction((Twine("pthread_rwlock_") + N).str());
		if (!F || !F->isDeclarationForLinker())
			continue;
		std::string Ours = (Twine(OwnLocks) + "rwlock_" + N).str();
		F->replaceAllUsesWith(M.getOrInsertFunction(Ours, F->getFunctionType(), F->getAttributes()).getCallee());
	}
}

void routeCalls(Unit &U)
{
	takeLocks(U.M);
	Router R(U);
	for (Function &F : U.M) {
		if (!U.instruments(F))
			continue;
		SmallVector<CallBase *, 32> Calls;
		for (Instruction &I : instructions(F))
			if (auto *C = dyn_cast<CallBase>(&I))
				Calls.push_back(C);
		for (CallBase *C : Calls)
			R.route(*C);
	}
}

// callMemory makes a call of memcpy, memmove or memset where LLVM's fast instruction selection
// would. The latter would call through the PLT.
static void callMemory(Function &F)
{
	SmallVector<MemIntrinsic *, 16> Work;
	for (Instruction &I : instructions(F))
		if (auto *C = dyn_cast<MemIntrinsic>(&I))
			if (!isa<MemCpyInlineInst>(C) && !isa<MemSetInlineInst>(C) && !C->getDestAddressSpace())
				Work.push_back(C);
	for (MemIntrinsic *C : Work) {
		IRBuilder<> B(C);
		Value *Second = C->getArgOperand(1);
		if (auto *T = dyn_cast<MemTransferInst>(C)) {
			if (T->getSourceAddressSpace())
				continue;
		} else {
			Second = B.CreateZExt(Second, B.getInt32Ty());
		}
		FunctionCallee Fn = F.getParent()->getOrInsertFunction(
			isa<MemSetInst>(C) ? "memset" : isa<MemMoveInst>(C) ? "memmove" : "memcpy",
			FunctionType::get(B.getPtrTy(), {B.getPtrTy(), Second->getType(), B.getInt64Ty()}, false));
		B.CreateCall(Fn, {C->getRawDest(), Second, B.CreateZExtOrTrunc(C->getLength(), B.getInt64Ty())});
		C->eraseFromParent();
	}
}

// bindEarly makes calls through the GOT to those callees that stay on the goroutine's stack, also
// to those that the code generator adds.
void bindEarly(Unit &U)
{
	U.M.setRtLibUseGOT();
	for (Function &F : U.M)
		if (U.instruments(F) && (Unoptimised || F.hasOptNone()))
			callMemory(F);
	for (Function &F : U.M)
		if (F.isDeclarationForLinker() && !F.isIntrinsic() && F.hasDefaultVisibility()) {
			F.setDSOLocal(false);
			F.addFnAttr(Attribute::NonLazyBind);
		}
}

void lowerResumes(Unit &U)
{
	Router R(U);
	SmallVector<ResumeInst *, 4> Resumes;
	for (Function &F : U.M)
		if (U.instruments(F))
			for (BasicBlock &BB : F)
				if (auto *I = dyn_cast<ResumeInst>(BB.getTerminator()))
					Resumes.push_back(I);
	for (ResumeInst *I : Resumes) {
		IRBuilder<> B(I);
		FunctionCallee Fn = U.M.getOrInsertFunction("_Unwind_Resume", B.getVoidTy(), U.ptr());
		CallInst *C = B.CreateCall(Fn, B.CreateExtractValue(I->getValue(), 0));
		C->setDoesNotReturn();
		B.CreateUnreachable();
		I->eraseFromParent();
		R.route(*C);
	}
}

} // namespace thrum
