// SPDX-License-Identifier: MIT
//
// object.cpp - reads an object file for thrum-verify: functions, relocations, instructions.
//
// Everything comes from the object itself. The assembler has resolved calls within a section; all
// others have relocations. A jump table of position-independent code holds differences: target
// minus start of the table. Its entries are relocations against thrumtext in a section of data. The
// table starts at the last place before the entry to which code refers.

#include "verify.h"

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/TargetSelect.h"

namespace verify {

static const char Triple64[] = "x86_64-unknown-linux-gnu";
static const char *const AllFeatures =
	"+avx,+avx2,+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512fp16,+avx512bf16,+avx512vbmi,+avx512vbmi2,+avx512vnni,+mmx,+sse4.2";

// ---- the machine --------------------------------------------------------------------------

// sizeIn returns how many bytes of memory an opcode accesses, by its name; 0: as many as its
// registers have.
static uint8_t sizeIn(StringRef Name)
{
	if (Name.contains("80"))
		return 10;
	// x87: IST_FP32m, ST_F64m, FNSTCW16m.
	for (auto [Memory, N] : {std::pair<const char *, int>{"_F16m", 2}, {"_FP16m", 2}, {"CW16m", 2}, {"_F32m", 4}, {"_FP32m", 4}, {"_F64m", 8},
			{"_FP64m", 8}})
		if (Name.ends_with(Memory))
			return N;
	// One element of a vector, with or without the V of AVX and the Z of AVX-512.
	for (auto [Element, N] : {std::pair<const char *, int>{"PEXTRB", 1}, {"PEXTRW", 2}, {"PEXTRD", 4}, {"PEXTRQ", 8}, {"EXTRACTPS", 4},
			{"PINSRB", 1}, {"PINSRW", 2}, {"PINSRD", 4}, {"INSERTPS", 4}, {"MOVSH", 2}, {"MOVW", 2}, {"KMOVB", 1}, {"KMOVW", 2}, {"KMOVD", 4}, {"KMOVQ", 8}})
		if (Name.ltrim('V').starts_with(Element) && !Name.contains("MOVSHDUP") && !Name.contains("MOVSHLDUP"))
			return N;
	for (const char *Scalar : {"SS", "DI2", "PDI"})
		if (Name.contains(Scalar) && !Name.contains("PACK"))
			return 4;
	for (const char *Scalar : {"SD", "SI2", "QI2", "PQI", "MOVLP", "MOVHP", "PINSR", "PEXTR", "DDUP", "BROADCAST"})
		if (Name.contains(Scalar) && !Name.contains("PACK") && !Name.contains("128") && !Name.contains("256"))
			return 8;
	if (Name.contains("128") || Name.contains("256") || Name.contains("P") || Name.contains("DQ") || Name.contains("Z"))
		return 0;
	for (auto [Text, N] : {std::pair<const char *, int>{"64", 8}, {"32", 4}, {"16", 2}, {"8", 1}})
		if (Name.contains(Text))
			return N;
	return 0;
}

static Op kindOf(StringRef N)
{
	auto Is = [&](std::initializer_list<const char *> L) { return any_of(L, [&](const char *S) { return N == S; }); };
	if (Is({"LEA64r"}))
		return Op::Lea;
	if (Is({"MOV64rr", "MOV64rr_REV", "MOV64rm", "MOV64mr"}))
		return Op::Mov;
	if (Is({"MOV32ri", "MOV64ri", "MOV64ri32", "MOV32ri_alt"}))
		return Op::MovImm;
	if (N.starts_with("ADD64"))
		return Op::Add;
	if (N.starts_with("SUB64"))
		return Op::Sub;
	if (N.starts_with("AND64"))
		return Op::And;
	if (N.starts_with("CMP64") || N.starts_with("CMP8") || N.starts_with("CMP32") || N.starts_with("CMP16"))
		return Op::Cmp;
	if (N.starts_with("TEST"))
		return Op::Test;
	if (Is({"XOR32rr", "XOR64rr", "XOR32rr_REV"}))
		return Op::Zero;
	if (N.starts_with("PUSH"))
		return Op::Push;
	if (N.starts_with("POP64") || N.starts_with("POPF"))
		return Op::Pop;
	if (Is({"LEAVE64", "LEAVE"}))
		return Op::Leave;
	if (N.starts_with("CALL64pcrel") || N == "CALLpcrel32")
		return Op::Call;
	if (N.starts_with("CALL64") || N.starts_with("FARCALL"))
		return Op::CallInd;
	if (Is({"JMP_1", "JMP_4", "JMP_2"}))
		return Op::Jmp;
	if (N.starts_with("JMP64") || N.starts_with("FARJMP"))
		return Op::JmpInd;
	if (N.starts_with("JCC") || N.starts_with("JRCXZ") || N.starts_with("JECXZ") || N.starts_with("LOOP") || N.starts_with("XBEGIN"))
		return Op::Jcc;
	if (N.starts_with("RET") || N.starts_with("LRET") || N.starts_with("IRET"))
		return Op::Ret;
	if (Is({"TRAP", "UD1Wr", "HLT", "UD1Lm", "UD1Lr", "UD1Qm", "UD1Qr", "UD1Wm"}))
		return Op::Trap;
	if (N.starts_with("NOOP") || Is({"PAUSE", "ENDBR64", "INT3"}))
		return Op::Nop;
	if (N.starts_with("CMOV64"))
		return Op::Cmov;
	if (N.starts_with("SETCC"))
		return Op::Setcc;
	if (Is({"SYSCALL", "INT"}))
		return Op::Syscall;
	if (Is({"MOVSB", "MOVSW", "MOVSL", "MOVSQ", "STOSB", "STOSW", "STOSL", "STOSQ", "SCASB", "CMPSB", "LODSB", "LODSQ"}))
		return Op::Strings;
	return Op::Other;
}

Machine::Machine()
{
	LLVMInitializeX86TargetInfo();
	LLVMInitializeX86TargetMC();
	LLVMInitializeX86Disassembler();
	std::string E;
	const llvm::Target *T = TargetRegistry::lookupTarget(Triple64, E);
	MRI.reset(T->createMCRegInfo(Triple64));
	MII.reset(T->createMCInstrInfo());
	for (unsigned I = 0; I < MII->getNumOpcodes(); I++) {
		StringRef N = MII->getName(I);
		Kinds.push_back(kindOf(N));
		OpWidth.push_back(sizeIn(N));
		if (N == "MOVSX64rm32")
			Distance = I;
	}
	static const char *const Full[] = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12", "R13",
		"R14", "R15"};
	Number.assign(MRI->getNumRegs(), -1);
	Width.assign(MRI->getNumRegs(), 0);
	StringMap<unsigned> ByName;
	for (unsigned R = 1; R < MRI->getNumRegs(); R++)
		ByName[MRI->getName(R)] = R;
	for (int N = 0; N < 16; N++) {
		unsigned R = ByName[Full[N]];
		for (MCSubRegIterator S(R, MRI.get(), true); S.isValid(); ++S) {
			StringRef Name = MRI->getName(*S);
			Number[*S] = N;
			Width[*S] = *S == R ? 8 : Name.ends_with("D") || Name.starts_with("E") ? 4 : Name.ends_with("L") || Name.ends_with("B") ||
				Name.ends_with("H") ? 1 : 2;
		}
	}
	for (auto [Prefix, First, N, W] : {std::tuple<const char *, int, int, int>{"XMM", 16, 32, 16}, {"YMM", 16, 32, 32},
		     {"ZMM", 16, 32, 64}, {"MM", 48, 8, 8}, {"K", 56, 8, 8}, {"ST", 64, 8, 8}, {"FP", 64, 8, 8}})
		for (int I = 0; I < N; I++) {
			auto It = ByName.find((Twine(Prefix) + Twine(I)).str());
			if (It == ByName.end())
				continue;
			Number[It->second] = First + I;
			Width[It->second] = W;
		}
	FS = ByName["FS"];
	RIP = ByName["RIP"];
}

const Machine &machine()
{
	static const Machine M;
	return M;
}

// ---- the file -------------------------------------------------------------------------------

int Object::intern(const Target &T)
{
	auto [It, New] = Interned.insert({T, unsigned(Targets.size())});
	if (New)
		Targets.push_back(T);
	return It->second;
}

Object::Object(StringRef Path) : Path(Path)
{
	auto B = MemoryBuffer::getFile(Path);
	if (!B) {
		Error = "cannot be read: " + B.getError().message();
		return;
	}
	Buffer = std::move(*B);
	auto F = object::ObjectFile::createELFObjectFile(Buffer->getMemBufferRef());
	if (!F) {
		Error = toString(F.takeError());
		return;
	}
	File = std::move(*F);
	if (!File->isRelocatableObject() || File->getArch() != Triple::x86_64)
		Error = "not an x86-64 object file: pass files that thrumcc -c has written";
	else
		read();
}

// isLea returns whether the displacement at At is that of leaq x(%rip), reg.
static bool isLea(ArrayRef<uint8_t> Code, uint64_t At)
{
	return At >= 3 && At < Code.size() && (Code[At - 3] & 0xfb) == 0x48 && Code[At - 2] == 0x8d && (Code[At - 1] & 0xc7) == 0x05;
}

void Object::read()
{
	auto *E = cast<object::ELF64LEObjectFile>(File.get());
	unsigned Count = 0;
	for (const object::SectionRef &S : File->sections())
		Count = std::max<unsigned>(Count, S.getIndex() + 1);
	SectionNames.resize(Count);
	Bytes.resize(Count);
	Rels.resize(Count);
	std::set<int> Code;
	for (const object::ELFSectionRef S : File->sections()) {
		SectionNames[S.getIndex()] = S.getName() ? S.getName()->str() : "";
		if (S.isText())
			Code.insert(S.getIndex());
		if (!S.isBSS() && !S.isVirtual())
			if (auto C = S.getContents())
				Bytes[S.getIndex()] = arrayRefFromStringRef(*C);
	}
	auto Resolve = [&](const object::ELFSymbolRef &Sym) {
		Target T;
		T.Name = Sym.getName() ? Sym.getName()->str() : "";
		auto Sec = Sym.getSection();
		if (Sec && *Sec != File->section_end()) {
			T.Sec = (*Sec)->getIndex();
			T.Off = cantFail(Sym.getValue());
			T.Weak = Sym.getBinding() == ELF::STB_WEAK;
			if (Sym.getELFType() == ELF::STT_SECTION)
				T.Name.clear();
		}
		T.Lazy = T.Sec < 0 && (Sym.getOther() & 3) == ELF::STV_DEFAULT && !StringRef(T.Name).starts_with("__morestack");
		return T;
	};
	for (const object::ELFSymbolRef Sym : E->symbols()) {
		Target T = Resolve(Sym);
		if (T.Sec < 0 || !Code.count(T.Sec) || (Sym.getELFType() != ELF::STT_FUNC && Sym.getELFType() != ELF::STT_GNU_IFUNC))
			continue;
		auto [It, New] = ByAddress.insert({{T.Sec, T.Off}, unsigned(Funcs.size())});
		if (New)
			Funcs.push_back({T.Sec, T.Off, T.Off + Sym.getSize(), T.Name});
		Func &F = Funcs[It->second];
		F.Hi = std::max(F.Hi, T.Off + Sym.getSize());
		if (StringRef(F.Name).ends_with(".thrum"))
			F.Name = T.Name;
	}
	for (const object::ELFSectionRef S : File->sections()) {
		auto R = S.getRelocatedSection();
		if (!R || *R == File->section_end())
			continue;
		int To = (*R)->getIndex();
		for (const object::ELFRelocationRef L : S.relocations()) {
			// Names a need of the link (THRUM_LINK_NAME), no place.
			if (L.getType() == ELF::R_X86_64_NONE)
				continue;
			if (L.getSymbol() == File->symbol_end())
				continue;
			Target T = Resolve(*L.getSymbol());
			int64_t A = cantFail(L.getAddend());
			Rels[To][L.getOffset()] = {uint32_t(L.getType()), intern(T), A};
			if (SectionNames[To] == ".thrum.nosplit")
				NoSplit.insert({T.Sec, T.Off + A});
			if (SectionNames[To] == ".thrum.noreturn") {
				if (T.Sec >= 0)
					NoReturn.insert({T.Sec, T.Off + A});
				else
					NoReturnNames.insert(T.Name);
			}
			if (Code.count(To) && T.Sec >= 0 && !Code.count(T.Sec)) {
				auto Type = L.getType(); // no table is found through a slot
				if (Type == ELF::R_X86_64_32S || Type == ELF::R_X86_64_32 || Type == ELF::R_X86_64_64)
					Tables[{T.Sec, T.Off + A}];
				else if (Type == ELF::R_X86_64_PC32 && isLea(Bytes[To], L.getOffset()))
					Tables[{T.Sec, T.Off + A + 4}];
			}
		}
	}
	// Functions without a size end at the next one.
	for (auto I = ByAddress.begin(); I != ByAddress.end(); ++I) {
		Func &F = Funcs[I->second];
		auto N = std::next(I);
		uint64_t Limit = N != ByAddress.end() && N->first.first == F.Sec ? N->first.second : Bytes[F.Sec].size();
		if (F.Hi == F.Lo || F.Hi > Limit)
			F.Hi = Limit;
	}
	findLabels();
	// Bytes between functions are padding, or code that no rule checks.
	for (unsigned S = 0; S < Count; S++) {
		if (SectionNames[S] != "thrumtext")
			continue;
		uint64_t At = 0;
		auto Gap = [&](uint64_t End) {
			if (At >= End)
				return;
			Func F{int(S), At, End, ""};
			decode(F);
			for (Insn &I : F.Code)
				if (I.Kind != Op::Nop) {
					Loose.push_back("code at " + utohexstr(I.At) + " belongs to no function");
					break;
				}
		};
		for (auto &[Where, N] : ByAddress) {
			if (Where.first != int(S))
				continue;
			// -fsanitize=function puts a mark and the type of the function in front of it.
			uint64_t Start = Where.second;
			if (Start >= At + 8 && support::endian::read32le(Bytes[S].data() + Start - 8) == 0xc105cafe)
				Start -= 8;
			Gap(Start);
			At = std::max(At, Funcs[N].Hi);
		}
		Gap(Bytes[S].size());
	}
}

Target Object::place(const Rel &R, int64_t Addend) const
{
	Target T = Targets[R.Target];
	T.Off += Addend;
	return T;
}

int Object::functionAt(const Target &T) const
{
	auto I = ByAddress.upper_bound({T.Sec, T.Off});
	if (T.Sec < 0 || I == ByAddress.begin())
		return -1;
	--I;
	const Func &F = Funcs[I->second];
	return F.Sec == T.Sec && T.Off < F.Hi ? int(I->second) : -1;
}

void Object::findLabels()
{
	for (unsigned S = 0; S < Rels.size(); S++) {
		StringRef N = SectionNames[S];
		if (N.starts_with(".debug") || N.starts_with(".eh_frame") || N.starts_with(".thrum.") || N.starts_with(".llvm") || N.starts_with(".stack"))
			continue;
		for (auto &[At, R] : Rels[S]) {
			Target T = Targets[R.Target];
			if (T.Sec < 0 || SectionNames[T.Sec] != "thrumtext")
				continue;
			int64_t A = R.Addend;
			std::set<uint64_t> *Table = nullptr;
			if (R.Type == ELF::R_X86_64_PC32 && SectionNames[S] != "thrumtext") {
				auto I = Tables.upper_bound({S, At});
				if (I == Tables.begin() || std::prev(I)->first.first != int(S))
					continue;
				--I;
				Table = &I->second;
				A -= At - I->first.second;
			} else if (R.Type == ELF::R_X86_64_PC32 || R.Type == ELF::R_X86_64_PLT32) {
				A += 4;
			}
			T.Off += A;
			int F = functionAt(T);
			if (F >= 0 && Funcs[F].Lo != T.Off) {
				Funcs[F].Labels.insert(T.Off);
				if (Table)
					Table->insert(T.Off);
			}
		}
	}
}

const std::set<uint64_t> *Object::tableAt(const Target &T) const
{
	auto I = T.Sec < 0 ? Tables.end() : Tables.find({T.Sec, T.Off});
	return I == Tables.end() || I->second.empty() ? nullptr : &I->second;
}

std::string Object::name(const Target &T) const
{
	if (T.Sec < 0)
		return T.Name;
	int F = functionAt(T);
	if (F >= 0 && Funcs[F].Lo == T.Off)
		return Funcs[F].Name;
	return T.Name.empty() ? section(T.Sec).str() + "+0x" + utohexstr(T.Off) : T.Name;
}

// thunk returns whether T is a thunk. A thunk jumps through its link, or loads the address of a
// function and goes to the runtime's crossing. The link leads to the latter at first.
bool Object::thunk(const Target &T)
{
	int N = functionAt(T);
	if (N < 0 || Funcs[N].Lo != T.Off)
		return false;
	Func &F = Funcs[N];
	if (F.Code.empty())
		decode(F);
	if (F.Code.size() != 3 || F.Code[0].Kind != Op::JmpInd || F.Code[0].Ref < 0 || section(Targets[F.Code[0].Ref].Sec) != "thrum_links" ||
	    F.Code[1].Kind != Op::Lea || F.Code[2].Kind != Op::JmpInd || !F.Code[2].Got || F.Code[2].Ref < 0)
		return false;
	StringRef To = Targets[F.Code[2].Ref].Name;
	return machine().Number[F.Code[1].I.getOperand(0).getReg()] == 11 &&
	       (To == "thrum_foreigncall" || To == "thrum_quickcall" || To == "thrum_blockcall");
}

// ---- instructions ------------------------------------------------------------------------------

namespace {

struct Decoder {
	std::unique_ptr<const MCSubtargetInfo> STI;
	std::unique_ptr<const MCAsmInfo> MAI;
	std::unique_ptr<MCContext> Ctx;
	std::unique_ptr<const MCDisassembler> Dis;

	Decoder()
	{
		std::string E;
		const llvm::Target *T = TargetRegistry::lookupTarget(Triple64, E);
		MAI.reset(T->createMCAsmInfo(*machine().MRI, Triple64, MCTargetOptions()));
		STI.reset(T->createMCSubtargetInfo(Triple64, "", AllFeatures));
		Ctx = std::make_unique<MCContext>(Triple(Triple64), MAI.get(), machine().MRI.get(), STI.get());
		Dis.reset(T->createMCDisassembler(*STI, *Ctx));
	}
};

} // namespace

void Object::decode(Func &F)
{
	const Machine &M = machine();
	static const Decoder D;
	ArrayRef<uint8_t> B = Bytes[F.Sec];
	auto &R = Rels[F.Sec];
	for (uint64_t At = F.Lo; At < F.Hi;) {
		Insn N;
		uint64_t Size = 0;
		N.At = At;
		if (D.Dis->getInstruction(N.I, Size, B.slice(At, F.Hi - At), At, nulls()) == MCDisassembler::Fail || Size == 0) {
			F.Index[At] = F.Code.size();
			F.Code.push_back(N);
			At++;
			continue;
		}
		N.Size = Size;
		N.Kind = M.Kinds[N.I.getOpcode()];
		const MCInstrDesc &Desc = M.MII->get(N.I.getOpcode());
		if (M.MII->getName(N.I.getOpcode()).starts_with("LEA") && N.I.getNumOperands() == 6)
			N.Mem = 1; // an address, but no access
		for (unsigned I = 0; I < N.I.getNumOperands() && I < Desc.getNumOperands(); I++) {
			if (Desc.operands()[I].OperandType == MCOI::OPERAND_MEMORY && N.Mem < 0) {
				N.Mem = I;
				I += 4;
				continue;
			}
			if (N.I.getOperand(I).isImm() && N.Imm < 0)
				N.Imm = I;
		}
		if (N.Kind == Op::Other && Size == 2 && B[At] == 0x66 && B[At + 1] == 0x90)
			N.Kind = Op::Nop; // xchg ax, ax: padding
		auto L = R.lower_bound(At);
		if (L != R.end() && L->first < At + Size && L->second.Type != ELF::R_X86_64_NONE) {
			uint32_t T = L->second.Type;
			int64_t A = L->second.Addend;
			N.Got = T == ELF::R_X86_64_GOTPCREL || T == ELF::R_X86_64_GOTPCRELX || T == ELF::R_X86_64_REX_GOTPCRELX;
			bool Relative = N.Got || T == ELF::R_X86_64_PC32 || T == ELF::R_X86_64_PLT32;
			if (Relative || T == ELF::R_X86_64_32 || T == ELF::R_X86_64_32S || T == ELF::R_X86_64_64) {
				if (Relative)
					A += At + Size - L->first;
				N.RefInImm = N.Mem < 0 || (N.Imm >= 0 && !Relative && L->first + (T == ELF::R_X86_64_64 ? 8 : 4) == At + Size);
				N.Ref = intern(place(L->second, A));
			}
		} else if ((N.Kind == Op::Call || N.Kind == Op::Jmp || N.Kind == Op::Jcc) && N.I.getOperand(0).isImm()) {
			Target T;
			T.Sec = F.Sec;
			T.Off = At + Size + N.I.getOperand(0).getImm();
			N.Ref = intern(T);
		} else if (N.Kind == Op::Lea && N.I.getOperand(N.Mem).getReg() == M.RIP) {
			// A label of inline asm, or one whose address is taken.
			Target T;
			T.Sec = F.Sec;
			T.Off = At + Size + N.I.getOperand(N.Mem + 3).getImm();
			N.Ref = intern(T);
			if (T.Off > F.Lo && T.Off < F.Hi)
				F.Labels.insert(T.Off);
		}
		F.Index[At] = F.Code.size();
		F.Code.push_back(std::move(N));
		At += Size;
	}
}

} // namespace verify
