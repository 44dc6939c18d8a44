// SPDX-License-Identifier: MIT
//
// thrum_pass.h - the declarations that the parts of the pass share.
//
// The pass makes C code fit for a stack that moves. It runs twice. The early part comes before any
// optimisation. It describes the types of objects (types.cpp), and hides values that the optimiser
// would keep across a goroutine switch (addresses of thread-locals, errno). The late part comes
// after all IR optimisation, in this order:
//
//	refuseConventions   ms_abi and its like                       returns.cpp
//	demoteReturns       results too wide for registers            returns.cpp
//	lowerBuiltinSetjmp  __builtin_setjmp uses a side buffer        setjmp.cpp
//	splitVariadics      f(...) becomes a shell and a plain body   variadic.cpp
//	lowerLibcalls       calls that the backend would make later   libcalls.cpp
//	lowerThreadLocals   addresses computed anew at each use       threadlocal.cpp
//	inlineAllocations   of constant sizes: pops from a magazine   alloc.cpp
//	findNoPreempt       code in which no signal may stop it       nopreempt.cpp
//	findFPEnv           does it look at floating-point flags?     fpenv.cpp
//	insertPolls         loops that give way                       poll.cpp
//	routeCalls          foreign code is reached through thunks    calls.cpp
//	moveUnsafeLocals    address-taken locals leave the stack      unsafeframe.cpp
//	lowerAlignment      by-value arguments aligned to over 64     alignment.cpp
//	lowerResumes        landing pads end in a call                calls.cpp
//	markFunctions       stack check, frame pointer, section       module.cpp
//	bindEarly           no lazy binding on small stacks           calls.cpp
//	emitNoPreempt       the list that findNoPreempt has made      nopreempt.cpp
//	emitNotes           facts that thrum-verify needs             module.cpp
//	emitModuleRecord    ABI number and name of the object         module.cpp
//
// In runtime mode (-mllvm -thrum-runtime) code gets stack checks and unsafe frames only: no thunks,
// no section, no module record.

#ifndef THRUM_PASS_H
#define THRUM_PASS_H

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace thrum {

using namespace llvm;

extern bool RuntimeMode;
extern bool PollLoops; // -fthrum-poll
extern bool Unoptimised; // -O0

// The knowledge about the module that the parts share.
struct Unit {
	Module &M;
	SmallPtrSet<const GlobalValue *, 8> Blocking; // declared THRUM_BLOCKING
	SmallPtrSet<Function *, 8> Skip;    // naked functions and ifunc resolvers: left alone
	SmallPtrSet<Function *, 8> NoSplit; // THRUM_NOSPLIT
	SmallPtrSet<Function *, 8> Shells;  // variadic shells made by splitVariadics
	// Bodies of Shells, each with the call that stands for its list.
	DenseMap<Function *, CallInst *> Lists;
	// Functions of this object that must run on the system stack.
	SmallPtrSet<Function *, 8> Foreign;
	SmallPtrSet<Function *, 8> InPlace; // thunks of this object that are called in place
	std::string Asm;                    // module asm to append
	SmallPtrSet<const Function *, 8> NoPreempt; // no signal may stop a goroutine in them
	// Of thread-locals, at the instructions that compute them.
	MapVector<Function *, SmallVector<Instruction *, 4>> ThreadAddresses;

	bool FPEnv = false; // THRUM_FPENV (abi.h)

	explicit Unit(Module &M);
	bool instruments(const Function &F) const
	{
		return !F.isDeclarationForLinker() && !Skip.count(const_cast<Function *>(&F)) &&
		       !Foreign.count(const_cast<Function *>(&F));
	}
	LLVMContext &ctx() const { return M.getContext(); }
	IntegerType *i64() const { return Type::getInt64Ty(ctx()); }
	PointerType *ptr() const { return PointerType::getUnqual(ctx()); }
};

bool describeTypes(Module &M);    // early
bool hideThreadLocals(Module &M); // early
bool hideErrno(Module &M);        // early
bool markSetjmp(Module &M);       // early

void refuseConventions(Unit &U);
void demoteReturns(Unit &U);
void lowerBuiltinSetjmp(Unit &U);
void splitVariadics(Unit &U);
void lowerLibcalls(Unit &U);
void lowerThreadLocals(Unit &U);
void inlineAllocations(Unit &U);
void findNoPreempt(Unit &U);
void findFPEnv(Unit &U);
void insertPolls(Unit &U);
void routeCalls(Unit &U);
void moveUnsafeLocals(Unit &U);
void lowerAlignment(Unit &U);
bool preemptible(const GlobalValue &G); // may another module's definition take its place?
void exportStub(Unit &U, const GlobalValue &G);
void lowerResumes(Unit &U);
void bindEarly(Unit &U);
void markFunctions(Unit &U);
void emitNoPreempt(Unit &U);
void emitNotes(Unit &U);
void emitModuleRecord(Unit &U);

// Names of the placeholders that the early part leaves for the late part.
constexpr const char *ListName = "thrum_va_list"; // moveUnsafeLocals replaces a call of it
constexpr const char *TlsAddrName = "thrum.tlsaddr."; // followed by the name of the variable

// The word of the thread control block at byte offset Off, as a volatile access.
Value *loadTcb(IRBuilder<> &B, unsigned Off, const Twine &Name = "");
void storeTcb(IRBuilder<> &B, Value *V, unsigned Off);

// isLeaf returns whether Name is called in place, on the goroutine's stack.
bool isLeaf(StringRef Name);
// plainName returns a symbol as the assembler sees it.
StringRef plainName(const GlobalValue &G);

} // namespace thrum

#endif
