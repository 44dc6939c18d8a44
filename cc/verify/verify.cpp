// SPDX-License-Identifier: MIT
//
// verify.cpp - thrum-verify: proves that an object's machine code keeps the promises of the pass.
//
//	thrum-verify [-v] [-n NAME] FILE.o...    -v: print counts; -n: the name of the file in messages
//
// Of every function in thrumtext:
//
//	calls      Each call or jump out of it leads to instrumented code, a thunk, the runtime, or a
//	           leaf function of leaves.def. A call through a pointer has compared the pointer with
//	           the bounds of the instrumented text, or calls thrum_icall.
//	addresses  No register or slot holds an address of the machine stack from before a call and is
//	           used again. No such address is passed, returned, or stored outside of the frame. A
//	           function may do so while it is pinned.
//	stack      It checks the stack before anything else. Its bytes and those of its unchecked
//	           callees fit into the checked room and the reserve (THRUM_GUARD). Exceptions:
//	           functions that call nothing and use next to nothing; shells of variadic functions,
//	           whose bodies check; the functions that THRUM_NOSPLIT lists.
//	frame      At each call rbp heads the chain of frames.
//
// The object says nothing of itself but two lists, in sections that the linker drops.
// .thrum.nosplit lists functions declared THRUM_NOSPLIT. .thrum.noreturn lists functions that do
// not return: no way leads from a call of them to the code behind it. The rest is read from the
// instructions, by code that shares nothing with the pass.
//
// A case that cannot be decided is a finding. Status: 0 nothing found, 1 findings, 2 no object file
// or bad use.

#include "verify.h"

#include "llvm/Support/raw_ostream.h"
#include "thrum/abi.h"

#define RET 8
#define UNCHECKED 128 // bytes that a function without calls may use unchecked
#define LIBGCC 192    // arithmetic of libgcc, which calls nothing but itself

namespace verify {

// The most bytes that functions of a kind use.
enum {
#define LIMIT(kind, bytes) kind = bytes,
#include "cc/leaves.def"
};

int leafBytes(StringRef Name)
{
	static const StringMap<int> Leaves = {
#define CALLED(name, bytes) {#name, bytes},
#define MADE(name, bytes) {#name, bytes},
#include "cc/leaves.def"
	};
	auto I = Leaves.find(Name);
	if (I != Leaves.end())
		return I->second;
	// __udivti3, __floattidf, __muldc3, __eqtf2: two underscores, letters, modes, a digit.
	if (!Name.consume_front("__") || Name.starts_with("thrum"))
		return -1;
	while (!Name.empty() && isDigit(Name.back()))
		Name = Name.drop_back();
	for (StringRef Mode : {"ti", "tf", "xf", "df", "sf", "hf", "bf", "tc", "xc", "dc", "sc", "di", "si"})
		if (Name.ends_with(Mode) && Name.size() >= 4 && all_of(Name, isAlpha))
			return LIBGCC;
	return -1;
}

static bool ends(StringRef Name)
{
	static const StringSet<> Names = {
#define ENDS(name) #name,
#include "cc/leaves.def"
	};
	return Names.contains(Name);
}

// runtimeBytes returns the bytes that a function of the runtime uses before it checks the stack.
static int runtimeBytes(StringRef Name)
{
	static const StringMap<int> Known = {
#define OURS(name, bytes) {#name, bytes},
#include "cc/leaves.def"
	};
	auto I = Known.find(Name);
	return I == Known.end() ? API : I->second;
}

Way wayOf(Object &O, const Target &T)
{
	StringRef N = T.Name;
	if (T.Sec < 0) {
		if (T.Off != 0)
			return Way::Foreign;
		if (N.starts_with("__morestack"))
			return Way::Morestack;
		if (N.ends_with(".thrum"))
			return Way::Thunk;
		if (N.starts_with("thrum_"))
			return Way::Runtime;
		if (ends(N))
			return Way::Ending;
		return leafBytes(N) >= 0 ? Way::Leaf : Way::Foreign;
	}
	int F = O.functionAt(T);
	if (F < 0 || O.Funcs[F].Lo != T.Off)
		return Way::Foreign;
	if (O.section(T.Sec).starts_with(".text.thrum_thunk."))
		return O.thunk(T) ? Way::Thunk : Way::Foreign;
	if (T.Weak && !N.ends_with(".thrum"))
		return Way::Foreign;
	return O.instrumented(T.Sec) ? Way::Instrumented : Way::Local;
}

namespace {

class Checker {
	Object O;
	std::vector<Result> Results;
	std::vector<bool> Done, Active;
	std::vector<int64_t> Need;

public:
	unsigned Findings = 0, Functions = 0;
	Checker(StringRef Path, StringRef Name) : O(Path)
	{
		if (!Name.empty())
			O.Path = Name;
	}
	bool run();

private:
	void say(StringRef Name, const Twine &Text, uint64_t At)
	{
		outs() << O.Path << ": " << Name << ": " << Text << ", at 0x" << utohexstr(At, true) << "\n";
		Findings++;
	}
	const Result &result(unsigned F);
	int64_t need(const Calls &C, unsigned Caller);
	int64_t needOf(unsigned F);
	void stack(unsigned F);
};

} // namespace

const Result &Checker::result(unsigned F)
{
	if (!Done[F]) {
		Done[F] = true;
		if (O.Funcs[F].Code.empty())
			O.decode(O.Funcs[F]);
		Results[F] = analyse(O, O.Funcs[F]);
		O.Funcs[F].Code = {};
		O.Funcs[F].Index.clear();
	}
	return Results[F];
}

// need returns the bytes that the callee of C uses below its return address, unchecked.
int64_t Checker::need(const Calls &C, unsigned Caller)
{
	if (C.Target < 0)
		return OTHER;
	const Target &T = O.Targets[C.Target];
	switch (wayOf(O, T)) {
	case Way::Instrumented:
	case Way::Local: return needOf(O.functionAt(T));
	case Way::Leaf: return leafBytes(T.Name);
	case Way::Runtime: return runtimeBytes(T.Name);
	case Way::Thunk: return T.Name == "_Unwind_Resume.thrum" ? CROSSING : OTHER;
	case Way::Morestack: return MORESTACK;
	case Way::Ending:
	case Way::Foreign: return 0; // nothing is known, or there was a finding already
	}
	return 0;
}

int64_t Checker::needOf(unsigned F)
{
	if (Need[F] >= 0)
		return Need[F];
	if (Active[F]) {
		say(O.Funcs[F].Name, "is part of a cycle of calls between functions without a stack check", O.Funcs[F].Lo);
		return Need[F] = 0;
	}
	Active[F] = true;
	const Result R = result(F);
	int64_t N = R.Deepest[0];
	if (R.Checked)
		N = std::max<int64_t>(N, RET + MORESTACK);
	for (const Calls &C : R.List)
		if (!C.Checked)
			N = std::max(N, C.Depth + need(C, F));
	Active[F] = false;
	return Need[F] = N;
}

void Checker::stack(unsigned F)
{
	const Func &Fn = O.Funcs[F];
	const Result R = result(F);
	if (R.Checked) {
		int64_t N = R.Deepest[1];
		uint64_t At = Fn.Lo;
		std::string Chain;
		for (const Calls &C : R.List) {
			int64_t M = C.Checked ? C.Depth + need(C, F) : 0;
			if (M > N) {
				N = M;
				At = C.At;
				Chain = C.Target < 0 ? ", when it calls through a pointer" : ", when it calls " + O.name(O.Targets[C.Target]);
			}
		}
		if (N > THRUM_GUARD)
			say(Fn.Name, "uses " + Twine(N) + " bytes below what its stack check asks for; the reserve is " + Twine(THRUM_GUARD) + Chain, At);
		return;
	}
	int64_t N = needOf(F);
	bool NoSplit = O.NoSplit.count({Fn.Sec, Fn.Lo});
	if (NoSplit || R.Shell) {
		if (N > OTHER)
			say(Fn.Name, "has no stack check and uses " + Twine(N) + " bytes, more than " + Twine(OTHER), Fn.Lo);
		for (const Calls &C : R.List) {
			int To = C.Target < 0 ? -1 : O.functionAt(O.Targets[C.Target]);
			if (!NoSplit && !(To >= 0 && result(To).Checked) && !(C.Target >= 0 && O.Targets[C.Target].Name == VARIADIC_NAME))
				say(Fn.Name, "has no stack check and calls code without one", C.At);
		}
	} else if (R.AnyCall) {
		say(Fn.Name, "has no stack check and makes calls: compile it with thrumcc, or declare it THRUM_NOSPLIT", Fn.Lo);
	} else if (N > UNCHECKED) {
		say(Fn.Name, "has no stack check and a frame of " + Twine(N) + " bytes", Fn.Lo);
	}
}

bool Checker::run()
{
	if (!O.Error.empty()) {
		errs() << "thrum-verify: error: " << O.Path << ": " << O.Error << "\n";
		return false;
	}
	Results.resize(O.Funcs.size());
	Done.resize(O.Funcs.size());
	Active.resize(O.Funcs.size());
	Need.assign(O.Funcs.size(), -1);
	for (const std::string &L : O.Loose)
		say("thrumtext", L, 0);
	for (unsigned F = 0; F < O.Funcs.size(); F++) {
		if (!O.instrumented(O.Funcs[F].Sec))
			continue;
		Functions++;
		result(F);
		stack(F);
	}
	for (unsigned F = 0; F < O.Funcs.size(); F++)
		for (auto &[Where, On] : Results[F].Found)
			say(O.Funcs[F].Name, Where.second, Where.first);
	return true;
}

} // namespace verify

using namespace verify;

int main(int argc, char **argv)
{
	bool Verbose = false, Good = true;
	unsigned Findings = 0;
	StringRef Name;
	int First = 1;
	for (; First < argc && argv[First][0] == '-'; First++) {
		StringRef A = argv[First];
		if (A == "-v")
			Verbose = true;
		else if (A == "-n" && First + 1 < argc)
			Name = argv[++First];
		else
			break;
	}
	if (First == argc || argv[First][0] == '-') {
		errs() << "usage: thrum-verify [-v] [-n NAME] FILE.o...\n"
			  "Checks the machine code of instrumented functions; see -fthrum-verify in thrumcc(1).\n";
		return 2;
	}
	for (int I = First; I < argc; I++) {
		Checker C(argv[I], Name);
		Good &= C.run();
		Findings += C.Findings;
		if (Verbose)
			outs() << argv[I] << ": " << C.Functions << " functions, " << C.Findings << " findings\n";
	}
	return Findings ? 1 : Good ? 0 : 2;
}
