// SPDX-License-Identifier: MIT
//
// verify.h - the declarations that the parts of thrum-verify share.
//
//	object.cpp  an object file: functions, relocations, instructions, notes of the pass
//	flow.cpp    one function: what each register and slot may hold at each instruction
//	verify.cpp  the rules that need more than one function, and main
//
// An address of the object is {section, offset}. A place that code refers to is a Target: an
// address of this object, or a name elsewhere.

#ifndef VERIFY_H
#define VERIFY_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/Object/ELFObjectFile.h"

#include <map>
#include <set>
#include <string>
#include <vector>

// The shell of a variadic function jumps there, with the body in r11.
#define VARIADIC_NAME "thrum_variadic"
#define VARIADIC_DEPTH 32              // ... and it has pushed so many bytes when it calls the body

namespace verify {

using namespace llvm;

// The classes of instructions. Everything else is Other: its results depend on its operands.
enum class Op : uint8_t {
	Other, Lea, Mov, MovImm, Add, Sub, And, Cmp, Test, Zero, Push, Pop, Leave, Call, Jmp, Jcc, JmpInd, CallInd, Ret, Trap,
	Nop, Cmov, Setcc, Syscall, Strings,
};

struct Target {
	int Sec = -1; // -1: elsewhere
	uint64_t Off = 0;
	std::string Name;
	bool Weak = false; // another definition may replace it
	bool Lazy = false; // the loader may bind a direct call when it is made
	bool operator<(const Target &O) const { return std::tie(Sec, Off, Name) < std::tie(O.Sec, O.Off, O.Name); }
};

struct Insn {
	uint64_t At = 0;
	uint8_t Size = 0; // 0: no instruction
	Op Kind = Op::Other;
	int8_t Mem = -1;       // index of the first of five operands that name memory
	int8_t Imm = -1;       // index of an immediate operand
	int32_t Ref = -1;      // Target that a relocation or a branch names
	bool Got = false;      // ... through a slot that holds its address
	bool RefInImm = false; // ... in the immediate operand
	MCInst I;
};

struct Func {
	int Sec;
	uint64_t Lo, Hi;
	std::string Name;
	std::vector<Insn> Code{};
	DenseMap<uint64_t, unsigned> Index{}; // offset -> Code
	std::set<uint64_t> Labels{};        // the targets of jump tables and label addresses
};

class Object {
public:
	explicit Object(StringRef Path);
	std::string Path, Error;
	std::vector<Func> Funcs;
	std::vector<Target> Targets;
	std::map<std::pair<int, uint64_t>, unsigned> ByAddress; // start of a function -> Funcs
	std::set<std::pair<int, uint64_t>> NoSplit;
	std::set<std::pair<int, uint64_t>> NoReturn;
	StringSet<> NoReturnNames;
	std::vector<std::string> Loose; // code of thrumtext that belongs to no function
	bool instrumented(int Sec) const { return Sec >= 0 && SectionNames[Sec] == "thrumtext"; }
	StringRef section(int Sec) const { return Sec < 0 ? "" : StringRef(SectionNames[Sec]); }
	std::string name(const Target &T) const;
	bool thunk(const Target &T);
	int functionAt(const Target &T) const;
	// The targets of a jump table, or null.
	const std::set<uint64_t> *tableAt(const Target &T) const;
	void decode(Func &F);

private:
	struct Rel {
		uint32_t Type;
		int Target;
		int64_t Addend;
	};
	std::unique_ptr<object::ObjectFile> File;
	std::unique_ptr<MemoryBuffer> Buffer;
	std::vector<std::string> SectionNames;
	std::vector<ArrayRef<uint8_t>> Bytes;
	std::vector<std::map<uint64_t, Rel>> Rels;
	std::map<Target, unsigned> Interned;
	// Jump tables of the code -> their targets.
	std::map<std::pair<int, uint64_t>, std::set<uint64_t>> Tables;
	int intern(const Target &T);
	void read();
	void findLabels();
	Target place(const Rel &R, int64_t Addend) const;
};

// The machine's tables, made once.
struct Machine {
	std::unique_ptr<const MCRegisterInfo> MRI;
	std::unique_ptr<const MCInstrInfo> MII;
	std::vector<Op> Kinds;
	// Of a register: 0 to 15 general, 16 to 95 others that hold 8 bytes or more, -1 none; and
	// its width in bytes.
	std::vector<int8_t> Number;
	std::vector<uint8_t> Width;
	std::vector<uint8_t> OpWidth; // bytes of an immediate or of memory that an opcode stores
	unsigned FS = 0, RIP = 0, Distance = 0; // Distance: movslq from memory, as of jump tables
	Machine();
};
const Machine &machine();

// The results of flow.cpp for a function.
struct Calls {
	int Target;  // -1: through a pointer
	uint64_t At;
	int64_t Depth; // bytes below the caller's return address, or below the guard
	bool Checked;
};

struct Result {
	bool Checked = false; // it checks the stack
	bool Shell = false;   // of a variadic function: it only jumps to thrum_variadic
	bool Pins = false, AnyCall = false, Returns = false;
	int64_t Deepest[2] = {0, 0}; // before the check, and below the guard behind it
	std::vector<Calls> List;
	std::map<std::pair<uint64_t, std::string>, bool> Found; // the findings and their places
};

Result analyse(Object &O, Func &F);

// The classes of targets of a call or jump.
enum class Way { Instrumented, Thunk, Runtime, Morestack, Leaf, Ending, Local, Foreign };
Way wayOf(Object &O, const Target &T);
int leafBytes(StringRef Name); // -1: none

} // namespace verify

#endif
