// SPDX-License-Identifier: MIT
//
// flow.cpp - finds the values that each register and each slot of the stack may hold at each
// instruction.
//
// A forward analysis on machine code, to a fixed point. It knows of a value whether it is
//
//	Stack     an address of the machine stack: rsp, rbp, and values computed from them
//	Stale     such an address from before a call: the stack may have moved since
//	Start, Stop, Range    the bounds of the instrumented text, and stop - start
//	Offset    the value `id` minus Start
//	Callable  may be called: it was compared with the bounds, is thrum_icall, or one of these
//	Fn        the address of one function, or of data
//	Distance  an entry of the jump table at `id`; Dest: one added to the table's address
//	EntryRbp, Return    rbp at entry, the return address
//	Other     anything; values with the same id (not 0) are equal
//
// Where ways join, values join: Stack and Stale win, and Callable must hold on all ways. Two places
// may hold equal values on each of the ways, one value here and another there. They are equal
// behind the join as well: both get an id made of the place and the leader. So a compare of one of
// them still tells about the other.
//
// Code to which no jump leads is checked as well. Jump tables and addresses of labels are read from
// the relocations. A jump whose table is known leads to the table's labels, any other to all labels
// of the function. The remaining code is landing pads, with the state behind any call.
//
// Addresses in argument registers at a call are findings, whether or not the callee reads them.
// There is one exception. By-value arguments are copied at entry, through an address of the
// caller's part of the stack, which may be left behind in a register. If the function has read
// through such an address, by this register or by another that holds the same, the address is no
// argument.

#include "verify.h"

#include "llvm/ADT/StringExtras.h"
#include "thrum/abi.h"

namespace verify {

namespace {

enum Reg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };
enum class K : uint8_t { Other, Const, Stack, Stale, Start, Stop, Range, Offset, Fn, Callable, EntryRbp, Return, Bool, Distance, Dest };
constexpr uint32_t FirstJoint = 1u << 29;
enum Cond { B = 2, AE = 3, E = 4, NE = 5, BE = 6, A = 7 };

const char *const Names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};

// Base is the origin of the offset of a Stack: rsp at entry, rsp after it was aligned, or nothing
// known.
enum Base : int8_t { Unknown = -1, Entry = 0, Aligned = 1 };

struct Value {
	K Kind = K::Other;
	bool Read = false; // of a Stack: the function has read through it
	int8_t From = 0;
	// Of a Stack; the value of a Const; of a Bool, 1 when true means in range. From Unknown: if it
	// is an address at all, it is Entry + Off, unless Off is 0.
	int64_t Off = 0;
	uint32_t Id = 0; // of a Stack: 1 for the value that memcpy has left in rax
	bool operator==(const Value &O) const
	{
		return Kind == O.Kind && Read == O.Read && From == O.From && Off == O.Off && Id == O.Id;
	}
	bool operator!=(const Value &O) const { return !(*this == O); }
	bool at(Base B, int64_t N) const { return Kind == K::Stack && From == B && Off == N; }
	// Is it the address of the incoming argument at N, if it is an address?
	bool argument(int64_t N) const { return Kind == K::Stack && (From == Entry || From == Unknown) && Off == N; }
	bool address() const { return Kind == K::Stack || Kind == K::Stale; }
	bool frame() const { return address() && From == Entry && Off == -8; } // rbp of the function
};

Value stack(int8_t From, int64_t Off) { return {K::Stack, false, From, From == Unknown ? 0 : Off, 0}; }

Value stale(const Value &V) { return {K::Stale, false, V.From, V.Off, 0}; }

// key tells values apart: values with the same key (not 0) are equal.
uint32_t key(const Value &V)
{
	switch (V.Kind) {
	case K::Other:
	case K::Callable: return V.Id;
	case K::Fn: return 1u << 31 | V.Id;
	case K::Const: return 1u << 30 | (uint32_t(V.Off) & 0x3fffffff);
	default: return 0;
	}
}

// The subject of the last compare.
struct Flags {
	// InRange: below; OutOfRange: operands exchanged.
	enum { None, Guard, InRange, OutOfRange, True, False } About = None;
	int64_t Asked = 0;
	uint32_t Id = 0;
	bool operator==(const Flags &O) const { return About == O.About && Asked == O.Asked && Id == O.Id; }
};

using Slot = std::pair<int8_t, int64_t>;
constexpr int8_t InRegister = -2; // of a place that is no slot

struct State {
	bool Live = false, Checked = false, Pinned = false;
	bool Off = false;   // asm of a pinned function has switched to another stack
	bool Acted = false; // has done something that a failed check would do again
	int64_t Asked = 0, Fail = -1, AlignedAt = 0;
	Value R[16];
	uint64_t Vec = 0, Vec2 = 0; // vector and other registers that hold an address
	Flags F;
	std::map<Slot, Value> Slots;

	bool vec(int N) const { return N < 80 ? Vec >> (N - 16) & 1 : Vec2 >> (N - 80) & 1; }
	void vec(int N, bool On)
	{
		uint64_t &W = N < 80 ? Vec : Vec2;
		uint64_t Bit = 1ull << (N < 80 ? N - 16 : N - 80);
		W = On ? W | Bit : W & ~Bit;
	}
};

// A place in memory.
struct Place {
	enum { Elsewhere, InStack, SomewhereInStack, GuardWord } Kind = Elsewhere;
	Slot At;
	bool ByRsp = false;
};

class Flow {
	Object &O;
	Func &F;
	Result &R;
	const Machine &M = machine();
	std::vector<State> In;      // of leaders
	std::vector<bool> Leader, Seen;
	std::set<unsigned> Work; // by address, so that mostly the way into a loop comes before it
	State Limbo;                // behind any call or indirect jump
	State Jumps;                // at indirect jumps
	// For join: the leader, the place that is joined, and the places that were found equal so
	// far.
	int Joining = -1;
	Slot Joined;
	std::map<std::pair<uint32_t, uint32_t>, uint32_t> Equal;
	std::map<std::pair<int, Slot>, uint32_t> Joints; // ids from FirstJoint
	std::vector<int> JointOf;                        // their leaders
	bool Report = false;
	State S;
	const Insn *N = nullptr;

public:
	Flow(Object &O, Func &F, Result &R) : O(O), F(F), R(R) {}
	void run();

private:
	void fixpoint();
	void leaders();
	void block(unsigned I);
	bool away();
	bool step(unsigned I); // false: the way ends here
	void go(uint64_t To, const State &From);
	void enter(unsigned I, const State &From, bool Soft);
	bool join(State &To, const State &From, bool Soft, int Leader = -1);
	Value join(const Value &A, const Value &B);
	uint32_t same(uint32_t A, uint32_t B);

	void say(const Twine &T)
	{
		if (Report)
			R.Found[{N->At, T.str()}] = true;
	}
	bool callable(const Value &V);
	int64_t depth(const Value &Rsp) const { return Rsp.From == Aligned ? S.AlignedAt - Rsp.Off : -Rsp.Off; }
	void deep();

	unsigned reg(unsigned I) const { return N->I.getOperand(I).getReg(); }
	int num(unsigned I) const { return N->I.getOperand(I).isReg() ? M.Number[reg(I)] : -1; }
	uint32_t fresh(unsigned Which);
	Value read(int G);
	void write(int G, Value V);
	Place place(bool Access);
	Value load(const Place &P, unsigned Size);
	void store(const Place &P, const Value &V, unsigned Size, bool Exact = true);
	Value refValue();
	Value loaded(unsigned Size);
	Value source(unsigned I);
	void arithmetic();
	void compare();
	void other();
	int refine(unsigned Cond) const;
	void inRange(State &T, uint32_t Id);
	void shell();
	bool call(int T, bool Tail);
	bool indirect(bool Tail);
	bool through(Value V, bool Tail);
	void returns();
	void label(uint64_t L);
	bool leftover(const Value &V) const;
	void arguments(const Twine &To);
	void forget(bool Moves);
	bool morestack(unsigned I);
};

} // namespace

// ---- joining -----------------------------------------------------------------------------

bool Flow::callable(const Value &V)
{
	if (V.Kind == K::Callable)
		return true;
	if (V.Kind != K::Fn)
		return false;
	const Target &T = O.Targets[V.Id];
	Way W = wayOf(O, T);
	return W == Way::Instrumented || W == Way::Thunk || (W == Way::Runtime && T.Name == "thrum_icall");
}

// same returns the id of a value that is A on one way and B on the other, 0 when nothing is known.
uint32_t Flow::same(uint32_t A, uint32_t B)
{
	// An id of this very leader comes from an earlier round, and may be another value now.
	bool Own = A >= FirstJoint && A - FirstJoint < JointOf.size() && JointOf[A - FirstJoint] == Joining;
	if (A == B && !(Own && Joining >= 0))
		return A;
	if (A == 0 || B == 0 || Joining < 0)
		return 0;
	auto [It, New] = Equal.insert({{A, B}, 0});
	if (New) {
		uint32_t &Id = Joints[{Joining, Joined}];
		if (Id == 0) {
			Id = FirstJoint + JointOf.size();
			JointOf.push_back(Joining);
		}
		It->second = Id;
	}
	return It->second;
}

Value Flow::join(const Value &A, const Value &B)
{
	if (A == B && A.Id < FirstJoint)
		return A;
	if (A.Kind == B.Kind && A.From == B.From && A.Off == B.Off && (A.Kind == K::Offset || A.Kind == K::Bool)) {
		Value V = A;
		V.Id = same(A.Id, B.Id);
		return V.Id ? V : Value();
	}
	if (A == B && A.Kind != K::Other && A.Kind != K::Callable)
		return A;
	if (A.Kind == K::Stale || B.Kind == K::Stale)
		return {K::Stale, false, Unknown};
	if (A.Kind == K::Stack || B.Kind == K::Stack) {
		if (A.Kind == B.Kind && A.From == B.From && A.Off == B.Off)
			return stack(A.From, A.Off);
		Value V = stack(Unknown, 0);
		auto Argument = [](const Value &X) { return X.From == Unknown || (X.From == Entry && X.Off > 0) ? X.Off : 0; };
		if (A.Kind != B.Kind || Argument(A) == Argument(B))
			V.Off = Argument(A.Kind == K::Stack ? A : B);
		V.Id = (A.Kind != K::Stack || A.Id) && (B.Kind != K::Stack || B.Id);
		auto Incoming = [](const Value &X) {
			return X.Kind != K::Stack || (X.Read && (X.From == Unknown || (X.From == Entry && X.Off > 0)));
		};
		V.Read = Incoming(A) && Incoming(B);
		return V;
	}
	uint32_t Same = same(key(A), key(B));
	return {callable(A) && callable(B) ? K::Callable : K::Other, false, 0, 0, Same};
}

bool Flow::join(State &To, const State &From, bool Soft, int Leader)
{
	if (!To.Live) {
		To = From;
		To.Live = true;
		return true;
	}
	State Old = To;
	if (To.R[RSP] != From.R[RSP]) {
		if (!Soft) {
			say("rsp depends on the path taken to this point: this cannot be checked");
			return false;
		}
		if (From.R[RSP].Kind == K::Stack && To.R[RSP].From == From.R[RSP].From)
			To.R[RSP].Off = std::max(To.R[RSP].Off, From.R[RSP].Off);
	}
	To.Checked &= From.Checked;
	To.Pinned &= From.Pinned;
	To.Acted |= From.Acted;
	To.Asked = std::min(To.Asked, From.Asked);
	To.Fail = To.Fail == From.Fail ? To.Fail : -1;
	To.AlignedAt = std::max(To.AlignedAt, From.AlignedAt);
	To.Vec |= From.Vec;
	To.Vec2 |= From.Vec2;
	Joining = Leader;
	Equal.clear();
	for (int I = 0; I < 16; I++) {
		Joined = {InRegister, I};
		if (I != RSP)
			To.R[I] = join(To.R[I], From.R[I]);
	}
	for (auto I = To.Slots.begin(); I != To.Slots.end();) {
		Joined = I->first;
		auto J = From.Slots.find(I->first);
		I->second = join(I->second, J == From.Slots.end() ? Value() : J->second);
		I = I->second == Value() ? To.Slots.erase(I) : std::next(I);
	}
	for (auto &[At, V] : From.Slots)
		if (V.address() && !To.Slots.count(At))
			To.Slots[At] = join(V, {});
	if (!(To.F == From.F) || To.F.Id) {
		auto I = Equal.find({To.F.Id, From.F.Id});
		uint32_t Id = I != Equal.end() ? I->second : To.F.Id == From.F.Id ? same(To.F.Id, From.F.Id) : 0;
		To.F = To.F.About == From.F.About && To.F.Asked == From.F.Asked && (Id || To.F == From.F) ? Flags{To.F.About, To.F.Asked, Id} : Flags{};
	}
	Joining = -1;
	bool Same = To.Checked == Old.Checked && To.Pinned == Old.Pinned && To.Acted == Old.Acted && To.Asked == Old.Asked && To.Fail == Old.Fail &&
		    To.AlignedAt == Old.AlignedAt && To.Vec == Old.Vec && To.Vec2 == Old.Vec2 && To.F == Old.F &&
		    std::equal(To.R, To.R + 16, Old.R) && To.Slots == Old.Slots;
	return !Same;
}

void Flow::enter(unsigned I, const State &From, bool Soft)
{
	if (join(In[I], From, Soft, I) && !Report)
		Work.insert(I);
}

void Flow::go(uint64_t To, const State &From)
{
	auto I = F.Index.find(To);
	if (I == F.Index.end()) {
		say("jumps into the middle of an instruction");
		return;
	}
	enter(I->second, From, false);
}

// ---- operands -------------------------------------------------------------------------------

Value Flow::read(int G)
{
	Value &V = S.R[G];
	if (V.Kind == K::Stale && !S.Pinned)
		say(Twine("uses ") + Names[G] + ", an address of the stack from before a call: the stack may have moved");
	return V;
}

// fresh returns the id of a value that is first seen here. In a loop, that of an earlier round is
// another value.
uint32_t Flow::fresh(unsigned Which)
{
	uint32_t Id = uint32_t(N->At) * 2 + Which + 32;
	auto Forget = [&](Value &V) {
		if (V.Id == Id && (V.Kind == K::Other || V.Kind == K::Offset || V.Kind == K::Bool))
			V = {};
		else if (V.Id == Id && V.Kind == K::Callable)
			V.Id = 0;
	};
	for (Value &V : S.R)
		Forget(V);
	for (auto &[At, V] : S.Slots)
		Forget(V);
	if (S.F.Id == Id)
		S.F = {};
	return Id;
}

// deep notes how much of the stack is used.
void Flow::deep()
{
	const Value &V = S.R[RSP];
	if (V.Kind != K::Stack || V.From == Unknown)
		return;
	int64_t D = depth(V) - (S.Checked ? S.Asked : 0);
	R.Deepest[S.Checked] = std::max(R.Deepest[S.Checked], D);
}

void Flow::write(int G, Value V)
{
	if (G == RSP) {
		if (V.Kind != K::Stack || V.From == Unknown) {
			S.Off = S.Pinned;
			if (!S.Pinned)
				say("sets rsp to a value that cannot be followed");
			return;
		}
		S.R[RSP] = V;
		S.Acted = true;
		deep();
		return;
	}
	S.R[G] = V;
}

Place Flow::place(bool Access)
{
	Place P;
	const MCInst &I = N->I;
	unsigned Bs = I.getOperand(N->Mem).getReg(), Ix = I.getOperand(N->Mem + 2).getReg(), Seg = I.getOperand(N->Mem + 4).getReg();
	int64_t Disp = I.getOperand(N->Mem + 3).isImm() ? I.getOperand(N->Mem + 3).getImm() : 0;
	if (Seg) {
		if (Seg == M.FS && !Bs && !Ix && Disp == THRUM_TCB_GUARD)
			P.Kind = Place::GuardWord;
		return P;
	}
	int Bn = Bs ? M.Number[Bs] : -1, In = Ix ? M.Number[Ix] : -1;
	Value Bv = Bn >= 0 && Bn < 16 ? read(Bn) : Value(), Iv = In >= 0 && In < 16 ? read(In) : Value();
	if (Access && Bv.Kind == K::Stack && Bv.From != Unknown && Bn != RSP && Bn != RBP)
		for (int G = 0; G < 16; G++)
			if (G == Bn || (Bv.From == Entry && Bv.Off > 0 && S.R[G].argument(Bv.Off)))
				S.R[G].Read = true;
	P.ByRsp = Bn == RSP;
	if (Bv.Kind == K::Stack && In < 0 && Bv.From != Unknown) {
		P.Kind = Place::InStack;
		P.At = {Bv.From, Bv.Off + Disp};
		if (Access && S.R[RSP].Kind == K::Stack) {
			int64_t D = depth(stack(P.At.first, P.At.second)) - (S.Checked ? S.Asked : 0);
			R.Deepest[S.Checked] = std::max(R.Deepest[S.Checked], D);
		}
	} else if (Bv.Kind == K::Stack || Iv.Kind == K::Stack) {
		P.Kind = Place::SomewhereInStack;
	}
	return P;
}

Value Flow::load(const Place &P, unsigned Size)
{
	if (P.Kind == Place::SomewhereInStack) {
		for (auto &[At, V] : S.Slots)
			if (V.Kind == K::Stack)
				return stack(Unknown, 0);
		return {};
	}
	if (P.Kind != Place::InStack)
		return {};
	if (Size == 8) {
		auto I = S.Slots.find(P.At);
		if (I != S.Slots.end())
			return I->second;
	}
	for (auto I = S.Slots.lower_bound({P.At.first, P.At.second - 7}); I != S.Slots.end() && I->first < Slot(P.At.first, P.At.second + Size); ++I)
		if (I->second.address() && Size >= 8)
			return I->second.Kind == K::Stack ? stack(Unknown, 0) : I->second;
	return {};
}

// store: Size bytes of memory become V. If not Exact, at most that many.
void Flow::store(const Place &P, const Value &V, unsigned Size, bool Exact)
{
	bool Bad = V.Kind == K::Stack && !S.Pinned;
	S.Acted = true;
	if (P.Kind == Place::InStack) {
		if (Bad && P.ByRsp && !S.AlignedAt)
			say("stores an address of the stack where arguments are passed");
		auto I = S.Slots.lower_bound({P.At.first, P.At.second - 7});
		while (I != S.Slots.end() && I->first < Slot(P.At.first, P.At.second + Size))
			if (!Exact && (I->second.Kind == K::EntryRbp || I->second.address()) && I->first != P.At)
				++I;
			else
				I = S.Slots.erase(I);
		if (Size == 8 && V != Value())
			S.Slots[P.At] = V;
		else if (Size > 8 && V.address())
			for (unsigned D = 0; D < Size; D += 8)
				S.Slots[{P.At.first, P.At.second + D}] = V;
		return;
	}
	if (Bad)
		say("stores an address of the stack in memory");
	if (V.Kind == K::Stale)
		say("stores an address of the stack from before a call");
}

// refValue returns the address that a relocation names.
Value Flow::refValue()
{
	const Target &T = O.Targets[N->Ref];
	if (T.Name == "__start_" THRUM_TEXT_SECTION)
		return {K::Start};
	if (T.Name == "__stop_" THRUM_TEXT_SECTION)
		return {K::Stop};
	return {K::Fn, false, 0, 0, uint32_t(N->Ref)};
}

// loaded returns the value that the instruction reads from memory.
Value Flow::loaded(unsigned Size)
{
	Place P = place(true);
	if (N->Ref >= 0 && N->Got && !N->RefInImm)
		return refValue();
	Value V = load(P, Size);
	if (P.Kind == Place::InStack && Size == 8 && V == Value()) {
		V.Id = fresh(1);
		S.Slots[P.At] = V;
	}
	return V;
}

// source returns the value of operand I: a register, an immediate, or the first of memory.
Value Flow::source(unsigned I)
{
	if (int(I) == N->Mem)
		return loaded(8);
	const MCOperand &X = N->I.getOperand(I);
	if (X.isImm())
		return N->Ref >= 0 && N->RefInImm ? refValue() : Value{K::Const, false, 0, X.getImm(), 0};
	int G = num(I);
	if (G < 0)
		return {};
	if (G >= 16)
		return S.vec(G) ? stack(Unknown, 0) : Value();
	return read(G);
}

// ---- instructions --------------------------------------------------------------------------

// distance returns X - Y, where Y is the start of the instrumented text.
static Value distance(const Value &X, const Value &Y)
{
	if (Y.Kind != K::Start)
		return {};
	if (X.Kind == K::Stop)
		return {K::Range};
	return key(X) ? Value{K::Offset, false, 0, 0, key(X)} : Value();
}

// arithmetic: add and sub of 8 bytes. The form is {to, to, source}, {memory, source} or
// {immediate}, to rax.
void Flow::arithmetic()
{
	unsigned Ops = N->I.getNumOperands();
	if (N->Mem == 0) { // to memory: an address there was seen when it was stored
		Place P = place(true);
		Value X = load(P, 8), V = Ops > 5 ? source(5) : Value();
		S.F = {};
		store(P, V.Kind == K::Stack ? V : X.Kind == K::Stack ? stack(Unknown, 0) : N->Kind == Op::Sub ? distance(X, V) : Value(), 8);
		return;
	}
	int To = Ops == 1 ? int(RAX) : num(0);
	Value X = Ops == 1 ? read(RAX) : source(1), Y = source(Ops == 1 ? 0 : 2), Z;
	S.F = {};
	if (To < 0 || To >= 16)
		return;
	bool IsAdd = N->Kind == Op::Add, IsSub = N->Kind == Op::Sub;
	if (IsAdd && Y.Kind == K::Stack && X.Kind != K::Stack)
		std::swap(X, Y);
	if (X.Kind == K::Stack && Y.Kind == K::Const && N->Kind != Op::And && X.From != Unknown) {
		Z = stack(X.From, X.Off + (IsAdd ? Y.Off : -Y.Off));
	} else if (N->Kind == Op::And && To == RSP && X.Kind == K::Stack && X.From == Entry && Y.Kind == K::Const && Y.Off < 0) {
		// By the ABI rsp is 8 above a multiple of 16 at entry. So it falls by a multiple of 16,
		// and by the rest to the next one.
		S.AlignedAt = Y.Off % 16 ? -X.Off - Y.Off - 1 : -X.Off - Y.Off - 16 + ((8 + X.Off) & 15);
		Z = stack(Aligned, 0);
	} else if (IsSub && Y.Kind == K::Stack && (X.Kind == K::Stack || S.Pinned)) {
		Z = {}; // a pinned function asks for rsp itself, to measure the stack
	} else if (X.Kind == K::Stack || Y.Kind == K::Stack) {
		Z = stack(Unknown, 0);
	} else if (IsAdd && ((X.Kind == K::Distance && Y.Kind == K::Fn) || (Y.Kind == K::Distance && X.Kind == K::Fn)) && X.Id == Y.Id) {
		Z = {K::Dest, false, 0, 0, X.Id};
	} else if (IsSub && Y.Kind == K::Start) {
		Z = distance(X, Y);
	} else if (IsSub && X.Kind == K::Offset && Y.Kind == K::Range) {
		S.F = {Flags::InRange, 0, X.Id};
	} else if (IsSub && X.Kind == K::Range && Y.Kind == K::Offset) {
		S.F = {Flags::OutOfRange, 0, Y.Id};
	}
	write(To, Z);
}

void Flow::compare()
{
	unsigned Ops = N->I.getNumOperands();
	Value X, Y;
	bool Guard = false;
	S.F = {};
	if (N->Mem == 0) {
		X = source(0);
		Y = Ops > 5 ? source(5) : Value();
	} else if (Ops >= 2) {
		X = source(0);
		if (N->Mem == 1 && place(false).Kind == Place::GuardWord)
			Guard = true;
		else
			Y = source(1);
	} else {
		read(RAX);
		return;
	}
	if (Guard && X.Kind == K::Stack && X.From == Entry)
		S.F = {Flags::Guard, -X.Off, 0};
	else if (X.Kind == K::Offset && Y.Kind == K::Range)
		S.F = {Flags::InRange, 0, X.Id};
	else if (X.Kind == K::Range && Y.Kind == K::Offset)
		S.F = {Flags::OutOfRange, 0, Y.Id};
	else if (X.Kind == K::Bool)
		S.F = {X.Off ? Flags::True : Flags::False, 0, X.Id};
}

// refine returns 1 if Cond says that the value is in range, -1 if its contrary says so, 0 if
// neither does.
int Flow::refine(unsigned Cond) const
{
	switch (S.F.About) {
	case Flags::InRange: return Cond == B ? 1 : Cond == AE ? -1 : 0;
	case Flags::OutOfRange: return Cond == A ? 1 : Cond == BE ? -1 : 0;
	case Flags::True: return Cond == NE ? 1 : Cond == E ? -1 : 0;
	case Flags::False: return Cond == E ? 1 : Cond == NE ? -1 : 0;
	default: return 0;
	}
}

void Flow::inRange(State &T, uint32_t Id)
{
	for (Value &V : T.R)
		if (key(V) == Id && !callable(V))
			V = {K::Callable, false, 0, 0, Id};
	for (auto &[At, V] : T.Slots)
		if (key(V) == Id && !callable(V))
			V = {K::Callable, false, 0, 0, Id};
}

// other: any instruction. If an operand is an address, each result that has room for an address is
// one too.
void Flow::other()
{
	const MCInst &I = N->I;
	const MCInstrDesc &D = M.MII->get(I.getOpcode());
	bool Taint = false, Partly = false; // Partly: the opcode may mean less than the register has
	unsigned Size = 0;
	for (unsigned K = 0; K < I.getNumOperands(); K++) {
		if (int(K) == N->Mem) {
			K += 4;
			continue;
		}
		int G = num(K);
		if (G < 0)
			continue;
		Size = std::max<unsigned>(Size, M.Width[reg(K)]);
		Partly |= G >= 16;
		if (K < D.getNumDefs() || M.Width[reg(K)] < 8)
			continue;
		Taint |= G >= 16 ? S.vec(G) : read(G).Kind == K::Stack;
	}
	for (MCPhysReg P : D.implicit_uses()) {
		int G = M.Number[P];
		if (G >= 0 && G != RSP && M.Width[P] >= 8)
			Taint |= G >= 16 ? S.vec(G) : read(G).Kind == K::Stack;
	}
	if (!Size || (Partly && M.OpWidth[I.getOpcode()]))
		Size = M.OpWidth[I.getOpcode()];
	Place P;
	Value Result;
	if (N->Mem >= 0) {
		int Base = num(N->Mem);
		P = place(D.mayLoad() || D.mayStore());
		if (I.getOpcode() == M.Distance && Base >= 0 && Base < 16 && S.R[Base].Kind == K::Fn && O.tableAt(O.Targets[S.R[Base].Id]))
			Result = {K::Distance, false, 0, 0, S.R[Base].Id};
		if (D.mayLoad())
			Taint |= Size >= 8 && load(P, Size).address();
		if (D.mayStore())
			store(P, Taint ? stack(Unknown, 0) : Value(), Size ? Size : 8, Size <= 8);
	}
	auto Define = [&](unsigned Reg) {
		int G = M.Number[Reg];
		if (G < 0)
			return;
		if (G >= 16)
			S.vec(G, Taint);
		else if (M.Width[Reg] == 8)
			write(G, Taint ? stack(Unknown, 0) : Result);
		else if (M.Width[Reg] == 4)
			write(G, {});
		else {
			Value V = S.R[G].address() ? S.R[G] : Value(); // most of the register stays
			if (V.Kind == K::Stack)
				V = {K::Stack, leftover(V), Unknown, 0, 0};
			write(G, V);
		}
	};
	for (unsigned K = 0; K < D.getNumDefs() && K < I.getNumOperands(); K++)
		if (I.getOperand(K).isReg())
			Define(reg(K));
	for (MCPhysReg P2 : D.implicit_defs()) {
		if (M.Number[P2] >= 0 && M.Number[P2] != RSP)
			Define(P2);
		if (StringRef(M.MRI->getName(P2)) == "EFLAGS")
			S.F = {};
	}
}

// ---- calls -----------------------------------------------------------------------------------

// leftover returns whether V points to arguments in memory, the function's own or those it passes,
// that the function has accessed.
bool Flow::leftover(const Value &V) const
{
	return V.Read && V.Kind == K::Stack && (V.From == Unknown || (V.From == Entry && V.Off > 0) || (V.From == S.R[RSP].From && V.Off == S.R[RSP].Off));
}

void Flow::arguments(const Twine &To)
{
	if (S.Pinned)
		return;
	for (int G : {RDI, RSI, RDX, RCX, R8, R9, R10}) {
		const Value &V = S.R[G];
		if (V.Kind == K::Stale)
			say(Twine("passes ") + Names[G] + ", an address of the stack from before a call, to " + To);
		if (V.Kind == K::Stack && !leftover(V))
			say(Twine("passes ") + Names[G] + ", an address of the stack, to " + To);
	}
	for (int I = 16; I < 24; I++)
		if (S.vec(I))
			say(Twine("passes xmm") + Twine(I - 16) + ", which holds an address of the stack, to " + To);
}

// forget: the state of the registers after a call.
void Flow::forget(bool Moves)
{
	for (int G : {RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11})
		S.R[G] = {};
	S.Vec = S.Vec2 = 0;
	S.F = {};
	if (!Moves)
		return;
	for (int G : {RBX, R12, R13, R14, R15})
		if (S.R[G].Kind == K::Stack)
			S.R[G] = stale(S.R[G]);
	for (auto &[At, V] : S.Slots)
		if (V.Kind == K::Stack)
			V = stale(V);
}

// shell: a jump to thrum_variadic, which calls the function in r11.
void Flow::shell()
{
	const Value &Body = S.R[R11];
	if (Body.Kind != K::Fn || wayOf(O, O.Targets[Body.Id]) != Way::Instrumented) {
		say("jumps to thrum_variadic with no instrumented function in r11");
		return;
	}
	R.Shell = !S.Checked;
	if (Report)
		R.List.push_back({int(Body.Id), N->At, depth(S.R[RSP]) - (S.Checked ? S.Asked : 0) + VARIADIC_DEPTH, S.Checked});
}

// registerThunk returns the register through which code for -mretpoline and -mlvi-cfi calls or
// jumps, or -1.
static int registerThunk(StringRef T)
{
	for (StringRef Prefix : {"__llvm_retpoline_", "__llvm_lvi_thunk_", "__x86_indirect_thunk_"})
		if (T.consume_front(Prefix))
			for (int G = RAX; G <= R15; G++)
				if (T == Names[G])
					return G;
	return -1;
}

// call: a call of T (-1: through a pointer that was found good), or a jump there. Returns whether
// the way goes on.
bool Flow::call(int T, bool Tail)
{
	std::string Name = T < 0 ? "a function pointer" : O.name(O.Targets[T]);
	Way W = T < 0 ? Way::Instrumented : wayOf(O, O.Targets[T]);
	// By systemstack, during which the goroutine does not move.
	bool Stays = Name == "thrum_ubig" || Name == "thrum_ualloca";
	bool InPlace = W == Way::Leaf || W == Way::Ending || Name == "thrum_uframe_slow" || Name == "thrum_looppoll";

	if (Name == "__fentry__" && !Tail && S.R[RSP].at(Entry, 0)) // -mfentry: it keeps all registers
		return true;
	R.AnyCall = S.Acted = true;
	bool Direct = N->Ref >= 0 && (N->Kind == Op::Call || N->Kind == Op::Jmp || N->Kind == Op::Jcc);
	if (T >= 0 && O.Targets[T].Lazy && Direct && registerThunk(O.Targets[N->Ref].Name) < 0)
		say("calls " + Name + " directly, so that the loader may bind it on the goroutine's stack");
	if (W == Way::Foreign)
		say((Tail ? "jumps to " : "calls ") + Name +
			" on the goroutine's stack, which is neither instrumented, nor a thunk, nor a listed leaf function");
	if (S.R[RSP].Kind == K::Stack && S.R[RSP].From != Unknown && Report)
		R.List.push_back({T, N->At, depth(S.R[RSP]) - (S.Checked ? S.Asked : 0) + (Tail ? 0 : 8), S.Checked});
	if (Tail && Name == VARIADIC_NAME)
		shell();
	if (Tail) {
		if (!S.R[RSP].at(Entry, 0))
			say("leaves for " + Name + " with its frame still on the stack");
		if (S.R[RBP].Kind != K::EntryRbp)
			say("leaves for " + Name + " without its caller's rbp");
		arguments(Name);
		return false;
	}
	auto Saved = S.Slots.find({Entry, -8});
	if (!S.R[RBP].at(Entry, -8) || Saved == S.Slots.end() || Saved->second.Kind != K::EntryRbp)
		say("calls " + Name + " without a frame pointer: copying the stack follows the chain of rbp");
	if (!InPlace)
		arguments(Name);
	if (Name == "thrum_looppoll" || Name == "thrum_uframe_slow") {
		if (Name == "thrum_uframe_slow")
			S.R[RAX] = S.R[R11] = {};
		S.F = {};
		return true;
	}
	bool Back = W == Way::Leaf && S.R[RDI].Kind == K::Stack;
	bool Pin = Name == "thrum_pin" || Name == "thrum_pin_here", Unpin = Name == "thrum_unpin";
	forget(!InPlace && !Stays && (!S.Pinned || Unpin));
	if (Back)
		S.R[RAX] = {K::Stack, false, Unknown, 0, 1};
	if (Pin)
		S.Pinned = R.Pins = true;
	if (Unpin)
		S.Pinned = false;
	if (T >= 0) {
		const Target &X = O.Targets[T];
		if (W == Way::Ending || Name == "abort" || (X.Sec >= 0 ? O.NoReturn.count({X.Sec, X.Off}) > 0 : O.NoReturnNames.contains(X.Name)))
			return false;
	}
	join(Limbo, S, true);
	return true;
}

// label: an indirect jump may lead to L.
void Flow::label(uint64_t L)
{
	// A case that cannot happen is an empty block to LLVM. Its label is that of the next code,
	// the way to __morestack.
	auto To = F.Index.find(L);
	if (To == F.Index.end() || In[To->second].Fail < 0)
		go(L, S);
}

bool Flow::indirect(bool Tail)
{
	if (N->Mem < 0 && num(0) < 0) {
		say("a far call or jump");
		return false;
	}
	return through(N->Mem >= 0 ? loaded(8) : source(0), Tail);
}

// through: a call of V, or a jump there.
bool Flow::through(Value V, bool Tail)
{
	if (V.Kind == K::Return && Tail && S.R[RSP].at(Entry, 8)) { // -mlvi-cfi: pop, lfence, jmp
		write(RSP, stack(Entry, 0));
		returns();
		return false;
	}
	if (V.Kind == K::Dest && Tail) {
		for (uint64_t L : *O.tableAt(O.Targets[V.Id]))
			label(L);
		return false;
	}
	if (V.Kind == K::Fn)
		return call(V.Id, Tail);
	if (V.Kind == K::Callable)
		return call(-1, Tail);
	if (Tail && !(S.R[RSP].at(Entry, 0) && S.R[RBP].Kind == K::EntryRbp)) {
		if (F.Labels.empty())
			say("jumps to an address that cannot be determined");
		join(Jumps, S, true);
		for (uint64_t L : F.Labels)
			label(L);
		return false;
	}
	say(Twine(Tail ? "jumps" : "calls") + " through a pointer that was not compared with the bounds of the instrumented text on every path");
	return call(-1, Tail);
}

// morestack: the way behind a failed check. The body begins behind the call and its ret.
bool Flow::morestack(unsigned I)
{
	if (S.Fail < 0 || !S.R[RSP].at(Entry, 0)) {
		say("calls __morestack where no stack check has failed");
		return false;
	}
	if (S.R[R10].Kind != K::Const)
		say("does not tell __morestack the size of its frame");
	if (I + 2 >= F.Code.size() || F.Code[I + 1].Kind != Op::Ret) {
		say("has no return instruction after __morestack");
		return false;
	}
	S.Asked = S.R[R10].Kind == K::Const ? S.R[R10].Off : 0;
	S.Checked = R.Checked = true;
	S.Fail = -1;
	S.R[R10] = S.R[R11] = {};
	S.F = {};
	Seen[I + 1] = true;
	enter(I + 2, S, false);
	return false;
}

void Flow::returns()
{
	R.Returns = true;
	if (!S.R[RSP].at(Entry, 0))
		say("returns with rsp where it was not at entry");
	if (S.R[RBP].Kind != K::EntryRbp)
		say("returns without its caller's rbp");
	// The code generator copies by-value arguments with memcpy, whose result may remain in rax;
	// it is not used. A function that pins asks for its frame's address itself:
	// __builtin_frame_address.
	for (int G : {RAX, RDX})
		if (!S.Pinned && S.R[G].address() && !(R.Pins && S.R[G].frame()) && !leftover(S.R[G]) && !(S.R[G].Kind == K::Stack && S.R[G].Id))
			say(Twine("returns with an address of the stack in ") + Names[G]);
	if (S.vec(16) && !S.Pinned)
		say("returns with an address of the stack in xmm0");
}

// ---- the walk ----------------------------------------------------------------------------------

// away: an instruction of asm that runs on another stack. When code switches back, a label of this
// function continues, with rsp and rbp as they were.
bool Flow::away()
{
	switch (N->Kind) {
	case Op::JmpInd:
		S.Off = false;
		for (int G = 0; G < 16; G++)
			if (G != RSP && G != RBP)
				S.R[G] = {};
		S.Vec = S.Vec2 = 0;
		S.F = {};
		for (uint64_t L : F.Labels)
			go(L, S);
		return false;
	case Op::Trap:
		return false;
	case Op::Call:
	case Op::CallInd:
	case Op::Jmp:
	case Op::Jcc:
	case Op::Ret:
		say("does something that cannot be followed after rsp was set");
		return false;
	default:
		return true;
	}
}

bool Flow::step(unsigned I)
{
	if (S.Off)
		return away();
	const MCInst &X = N->I;
	unsigned Ops = X.getNumOperands();
	switch (N->Size ? N->Kind : Op::Trap) {
	case Op::Trap:
		if (!N->Size)
			say("contains bytes that are not a known instruction");
		return false;
	case Op::Nop:
		return true;
	case Op::Lea: {
		if (N->Ref >= 0 && X.getOperand(N->Mem).getReg() == M.RIP) {
			write(num(0), refValue());
			return true;
		}
		Place P = place(false);
		write(num(0), P.Kind == Place::InStack ? stack(P.At.first, P.At.second) : P.Kind == Place::SomewhereInStack ? stack(Unknown, 0) : Value());
		return true;
	}
	case Op::Mov:
		if (N->Mem == 0) {
			int G = num(5);
			if (G < 0 || G >= 16) // a segment register
				return true;
			if (S.R[G] == Value())
				S.R[G].Id = fresh(0);
			store(place(true), S.R[G], 8);
			return true;
		}
		if (N->Mem > 0) {
			write(num(0), loaded(8));
			return true;
		}
		if (num(0) >= 0 && num(1) >= 0) {
			if (S.R[num(1)] == Value())
				S.R[num(1)].Id = fresh(0);
			Value V = S.R[num(1)];
			S.R[num(0) == RSP ? int(R11) : num(0)] = num(0) == RSP ? S.R[R11] : V;
			if (num(0) == RSP)
				write(RSP, V);
		}
		return true;
	case Op::MovImm:
		write(num(0), source(1));
		return true;
	case Op::Add:
	case Op::Sub:
	case Op::And:
		arithmetic();
		return true;
	case Op::Cmp:
		compare();
		return true;
	case Op::Test: {
		Value V = N->Mem >= 0 ? load(place(true), 8) : num(0) >= 0 && num(0) < 16 ? read(num(0)) : Value();
		S.F = {};
		if (V.Kind == K::Bool)
			S.F = {V.Off ? Flags::True : Flags::False, 0, V.Id};
		return true;
	}
	case Op::Zero:
		if (num(1) == num(2)) {
			S.F = {};
			write(num(0), {K::Const});
			return true;
		}
		other();
		return true;
	case Op::Push: {
		Value V;
		if (Ops == 1 && num(0) >= 0)
			V = read(num(0));
		else if (N->Mem >= 0)
			V = loaded(8);
		if (V.Kind == K::Stack && !S.Pinned)
			say("pushes an address of the stack");
		write(RSP, stack(S.R[RSP].From, S.R[RSP].Off - 8));
		store({Place::InStack, {S.R[RSP].From, S.R[RSP].Off}, false}, V, 8);
		return true;
	}
	case Op::Pop: {
		Place P{Place::InStack, {S.R[RSP].From, S.R[RSP].Off}, false};
		Value V = load(P, 8);
		write(RSP, stack(S.R[RSP].From, S.R[RSP].Off + 8));
		if (N->Mem >= 0)
			store(place(true), V, 8);
		else if (Ops == 1 && num(0) >= 0)
			write(num(0), V);
		return true;
	}
	case Op::Leave: {
		write(RSP, S.R[RBP]);
		Value V = load({Place::InStack, {S.R[RSP].From, S.R[RSP].Off}, false}, 8);
		write(RSP, stack(S.R[RSP].From, S.R[RSP].Off + 8));
		write(RBP, V);
		return true;
	}
	case Op::Call:
		if (N->Ref < 0) {
			say("a call whose target cannot be determined");
			return true;
		}
		if (int G = registerThunk(O.Targets[N->Ref].Name); G >= 0)
			return through(read(G), false);
		if (wayOf(O, O.Targets[N->Ref]) == Way::Morestack)
			return morestack(I);
		return call(N->Ref, false);
	case Op::CallInd:
		return indirect(false);
	case Op::JmpInd:
		return indirect(true);
	case Op::Jmp: {
		if (N->Ref < 0) {
			say("a jump whose target cannot be determined");
			return false;
		}
		const Target &T = O.Targets[N->Ref];
		if (int G = registerThunk(T.Name); G >= 0)
			return through(read(G), true);
		// A tail call of itself.
		bool Again = T.Off == F.Lo && S.R[RSP].at(Entry, 0) && S.R[RBP].Kind == K::EntryRbp;
		if (T.Sec == F.Sec && T.Off >= F.Lo && T.Off < F.Hi && !Again) {
			go(T.Off, S);
			return false;
		}
		return call(N->Ref, true);
	}
	case Op::Jcc: {
		unsigned Cond = Ops > 1 && X.getOperand(1).isImm() ? X.getOperand(1).getImm() : 99;
		State Other = S;
		if (S.F.About == Flags::Guard && (Cond == A || Cond == AE || Cond == B || Cond == BE)) {
			State &Good = Cond == A || Cond == AE ? Other : S, &Failed = &Good == &S ? Other : S;
			if (S.Acted)
				say("does something before it checks the stack");
			// The prologue's: if the body reads r11, it is no value.
			if (Good.R[R11].Kind == K::Stack)
				Good.R[R11] = {};
			Good.Asked = S.F.Asked;
			Failed.Fail = S.F.Asked;
			Good.Checked = R.Checked = true;
		} else if (int In = refine(Cond)) {
			inRange(In > 0 ? Other : S, S.F.Id);
		}
		S.F = Other.F = {S.F};
		const Target *T = N->Ref >= 0 ? &O.Targets[N->Ref] : nullptr;
		if (T && T->Sec == F.Sec && T->Off >= F.Lo && T->Off < F.Hi) {
			go(T->Off, Other);
		} else if (T) {
			State Mine = S;
			S = Other;
			call(N->Ref, true);
			S = Mine;
		} else {
			say("a jump whose target cannot be determined");
		}
		return true;
	}
	case Op::Ret:
		returns();
		return false;
	case Op::Cmov: {
		unsigned Cond = X.getOperand(Ops - 1).getImm();
		Value No = source(1), Yes = source(2);
		int In = refine(Cond);
		Value &Good = In > 0 ? Yes : No;
		if (In && key(Good) == S.F.Id && !callable(Good))
			Good = {K::Callable, false, 0, 0, S.F.Id};
		write(num(0), join(No, Yes));
		return true;
	}
	case Op::Setcc: {
		int In = refine(X.getOperand(Ops - 1).getImm());
		Value V = In ? Value{K::Bool, false, 0, In > 0, S.F.Id} : Value();
		if (N->Mem >= 0) {
			Place P = place(true);
			store(P, {}, 1);
			if (In && P.Kind == Place::InStack)
				S.Slots[P.At] = V;
		} else {
			write(num(0), V);
		}
		return true;
	}
	case Op::Syscall:
		arguments("the kernel");
		S.R[RAX] = S.R[RCX] = S.R[R11] = {};
		S.F = {};
		return true;
	case Op::Strings: // copies or fills; rsi and rdi walk on
		for (int G : {RSI, RDI})
			if (read(G).Kind == K::Stack) {
				// At the end of the copied bytes: by-value arguments, at an unknown place.
				S.R[G] = stack(Unknown, 0);
				S.R[G].Read = true;
			}
		if (StringRef(M.MII->getName(X.getOpcode())).starts_with("LODS"))
			S.R[RAX] = {};
		if (S.R[RAX].Kind == K::Stack && StringRef(M.MII->getName(X.getOpcode())).starts_with("STOS"))
			say("stores an address of the stack in memory");
		S.R[RCX] = {};
		return true;
	default:
		other();
		return true;
	}
}

void Flow::block(unsigned I)
{
	S = In[I];
	for (;;) {
		N = &F.Code[I];
		Seen[I] = true;
		if (!step(I))
			return;
		if (++I == F.Code.size()) {
			if (N->Kind != Op::Call && N->Kind != Op::CallInd)
				say("runs past the end of the function");
			return;
		}
		if (Leader[I]) {
			enter(I, S, false);
			return;
		}
	}
}

void Flow::leaders()
{
	auto Mark = [&](uint64_t At) {
		auto I = F.Index.find(At);
		if (I != F.Index.end())
			Leader[I->second] = true;
	};
	for (Insn &X : F.Code) {
		if (X.Ref >= 0 && (X.Kind == Op::Jmp || X.Kind == Op::Jcc) && O.Targets[X.Ref].Sec == F.Sec)
			Mark(O.Targets[X.Ref].Off);
		if (X.Kind == Op::Ret)
			Mark(X.At + X.Size);
	}
	for (uint64_t L : F.Labels)
		Mark(L);
}

void Flow::fixpoint()
{
	while (!Work.empty()) {
		unsigned I = *Work.begin();
		Work.erase(Work.begin());
		block(I);
	}
}

void Flow::run()
{
	In.resize(F.Code.size());
	Leader.resize(F.Code.size());
	Seen.resize(F.Code.size());
	if (F.Code.empty())
		return;
	leaders();
	State First;
	for (int G = 0; G < 16; G++)
		First.R[G].Id = G + 1;
	First.R[RSP] = stack(Entry, 0);
	First.R[RBP] = {K::EntryRbp};
	First.Slots[{Entry, 0}] = {K::Return};
	Leader[0] = true;
	enter(0, First, false);
	fixpoint();
	// Landing pads, and code that only a computed jump reaches.
	for (unsigned I = 0; I < F.Code.size(); I++) {
		if (Seen[I] || F.Code[I].Kind == Op::Nop || F.Code[I].Kind == Op::Trap)
			continue;
		State From = Limbo;
		if (Jumps.Live)
			join(From, Jumps, true);
		if (!From.Live)
			From = First;
		Leader[I] = true;
		enter(I, From, true);
		fixpoint();
	}
	Report = true;
	for (unsigned I = 0; I < F.Code.size(); I++)
		if (In[I].Live)
			block(I);
}

Result analyse(Object &O, Func &F)
{
	Result R;
	Flow(O, F, R).run();
	return R;
}

} // namespace verify
