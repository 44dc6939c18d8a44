// SPDX-License-Identifier: MIT
//
// types.cpp - describes the types that thrum_new names (thrum/type.h).
//
// THRUM_TYPE(T) declares a sample, an automatic struct whose only field is a T, and passes its
// address to three calls:
//
//	__thrum_type_begin   guards what follows: nothing of it is executed
//	__thrum_type_field   clang's __builtin_dump_struct makes one call for each field. Its
//	                   format tells the kind of the line. Among its arguments are the name
//	                   and the spelled type; the last one is the value, read from the sample
//	__thrum_type_end     is the value of the expression
//
// At the start of the pipeline all of that is as the source has it, at each level of optimisation.
// The words that may be pointers follow from the LLVM type of the sample. A union is all such
// words. So is an integer of 64 bits, as C code keeps pointers in uintptr_t, unless a line says
// that its type is one of those in Plain. An integer of another size is none.
//
// The descriptor is a constant. Code refers to a record {descriptor, index, first bin} in a section
// of its own. When the module is loaded, the runtime gives equal types of all modules the same
// index (core/base/typetable.c). Until then it is 1: "no type".
//
// Rejected: debug information (it exists only with -g, and differs between levels). Rejected: a
// marker in the front end (clang has no plugin interface at which sizes of fields are known to C
// and the pass alike).

#include "thrum_pass.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/xxhash.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"
#include "thrum/abi.h"

namespace thrum {

namespace {

struct Field {
	StringRef Name, Type;
	uint64_t Offset, Size;
	unsigned Depth, Bit, Bits;
};

// A line of the dump, with the first and the last address in the sample that is computed behind it.
struct Line {
	CallInst *C;
	const GetElementPtrInst *First = nullptr, *Last = nullptr;
};

class Describer {
	Module &M;
	const DataLayout &DL;
	LLVMContext &X;
	StringMap<GlobalVariable *> Known; // by all contents

	DenseMap<const AllocaInst *, SmallVector<Line, 0>> Dumps;

	AllocaInst *Sample = nullptr;
	SmallVector<Field, 16> Fields;
	SmallVector<std::pair<uint64_t, uint64_t>, 16> Plain; // offsets and sizes of plain integers
	SmallVector<uint8_t, 8> Words;
	bool Misaligned = false;

public:
	explicit Describer(Module &M) : M(M), DL(M.getDataLayout()), X(M.getContext()) {}
	void collect(Function &F);
	void describe(CallInst &End);

private:
	std::optional<uint64_t> offsetOf(const Value *V) const;
	uint64_t sizeOf(const Value *V) const;
	void readFields(StringRef Name);
	void word(uint64_t Offset, uint64_t Size);
	bool pointers(Type *T, uint64_t Offset);
	Constant *text(StringRef S);
	GlobalVariable *emit(StringRef Name, uint64_t Size, uint64_t Align);
};

bool isUnion(const StructType *S) { return S->getName().starts_with("union."); }

bool isCall(const Value *V, StringRef Name)
{
	auto *C = dyn_cast<CallInst>(V);
	return C && C->getCalledFunction() && plainName(*C->getCalledFunction()) == Name;
}

} // namespace

void Describer::collect(Function &F)
{
	for (Instruction &I : instructions(F)) {
		if (isCall(&I, "__thrum_type_field")) {
			if (auto *A = dyn_cast<AllocaInst>(I.getOperand(0)->stripPointerCasts()))
				Dumps[A].push_back({cast<CallInst>(&I)});
		} else if (auto *G = dyn_cast<GetElementPtrInst>(&I)) {
			APInt Off(64, 0);
			auto *A = dyn_cast<AllocaInst>(G->stripAndAccumulateConstantOffsets(DL, Off, true));
			auto D = A ? Dumps.find(A) : Dumps.end();
			if (D == Dumps.end())
				continue;
			Line &L = D->second.back();
			L.First = L.First ? L.First : G;
			L.Last = G;
		}
	}
}

// offsetOf returns where in the sample the value V was read, or the address V is.
std::optional<uint64_t> Describer::offsetOf(const Value *V) const
{
	for (unsigned Steps = 0; Steps < 32; Steps++) {
		if (V->getType()->isPointerTy()) {
			APInt Off(64, 0);
			const Value *Base = V->stripAndAccumulateConstantOffsets(DL, Off, true);
			if (Base == Sample)
				return Off.getZExtValue();
			V = Base;
			if (auto *Temporary = dyn_cast<AllocaInst>(V)) { // of an atomic field
				const StoreInst *From = nullptr;
				for (const User *U : Temporary->users())
					if (auto *S = dyn_cast<StoreInst>(U))
						From = S;
				if (!From)
					return std::nullopt;
				V = From->getValueOperand();
				continue;
			}
		}
		auto *I = dyn_cast<Instruction>(V);
		if (!I || I->getNumOperands() == 0)
			return std::nullopt;
		V = I->getOperand(0);
	}
	return std::nullopt;
}

// sizeOf returns the size of what V, an address or a value that was read, is the field of; 0 if
// that is a member of a union whose type its address does not tell.
uint64_t Describer::sizeOf(const Value *V) const
{
	if (auto *G = dyn_cast<GetElementPtrInst>(V)) {
		Type *T = G->getResultElementType();
		auto *S = dyn_cast<StructType>(T);
		return S && S->hasName() ? 0 : DL.getTypeAllocSize(T);
	}
	for (auto *I = dyn_cast<Instruction>(V); I && I->getNumOperands() > 0; I = dyn_cast<Instruction>(I->getOperand(0)))
		if (isa<LoadInst>(I))
			return DL.getTypeAllocSize(I->getType());
	return 0;
}

// lowestBit returns how far the shifts of V, a bit-field that was read, move it to the right.
static unsigned lowestBit(const Value *V)
{
	unsigned Bit = 0;
	for (auto *I = dyn_cast<Instruction>(V); I && !isa<LoadInst>(I); I = dyn_cast<Instruction>(I->getOperand(0))) {
		auto *By = I->getNumOperands() > 1 ? dyn_cast<ConstantInt>(I->getOperand(1)) : nullptr;
		if (By && (I->getOpcode() == Instruction::LShr || I->getOpcode() == Instruction::AShr))
			Bit += By->getZExtValue();
		if (By && I->getOpcode() == Instruction::Shl)
			Bit -= By->getZExtValue();
	}
	return Bit;
}

// isPlain returns whether a type of C, as it is spelled, is an integer that holds no pointer.
static bool isPlain(StringRef Type)
{
	static const StringSet<> Names = {"long", "unsigned long", "long long", "unsigned long long", "size_t", "ssize_t", "ptrdiff_t",
		"int64_t", "uint64_t", "intmax_t", "uintmax_t", "off_t", "time_t", "long int", "unsigned long int", "long long int"};
	Type = Type.substr(0, Type.find('['));
	while (Type.consume_front("const ") || Type.consume_front("volatile ") || Type.consume_front("_Atomic("))
		;
	Type.consume_back(")");
	return Names.contains(Type);
}

void Describer::readFields(StringRef Whole)
{
	unsigned Open = 0;
	SmallVector<uint64_t, 8> Base; // offsets of the structs that are open
	uint64_t Next = 0;             // ... of the one that opens next
	Field *Opens = nullptr;        // ... its field
	Fields.reserve(Dumps[Sample].size()); // Opens points into it
	for (const Line &L : Dumps[Sample]) {
		CallInst *C = L.C;
		StringRef Format, Type, Name;
		if (C->arg_size() < 2 || !getConstantStringInfo(C->getArgOperand(1), Format))
			continue;
		if (Format == " {\n") {
			Open++;
			Base.push_back(Next);
			// The address of the first field of a struct tells its type.
			if (Opens && Opens->Size == 0 && Opens->Type.starts_with("struct") && L.First &&
			    offsetOf(L.First->getPointerOperand()) == Next)
				Opens->Size = DL.getTypeAllocSize(L.First->getSourceElementType());
			Opens = nullptr;
			continue;
		}
		if (Format.ends_with("}\n")) {
			Open--;
			Base.pop_back();
			continue;
		}
		if (!Format.starts_with("%s%s %s") || !getConstantStringInfo(C->getArgOperand(3), Type) ||
		    !getConstantStringInfo(C->getArgOperand(4), Name))
			continue;
		Field F{Name, Type, 0, 0, Open - 2, 0, 0};
		const Value *Value = C->getArgOperand(C->arg_size() - 1);
		bool Group = Format == "%s%s %s =";
		if (Group) {
			// Its address is computed behind the line, unless it is that of a union
			// around it.
			F.Offset = Next = L.Last ? offsetOf(L.Last).value_or(0) : Base.back();
			auto *S = L.Last ? dyn_cast<StructType>(L.Last->getResultElementType()) : nullptr;
			bool Around = !S || (S->hasName() && S->getName().starts_with("union.anon"));
			F.Size = Around ? 0 : DL.getTypeAllocSize(S).getFixedValue();
		} else {
			std::optional<uint64_t> At = offsetOf(Value);
			F.Offset = At.value_or(0);
			F.Size = sizeOf(Value);
			if (At && isPlain(Open == 1 ? Whole : Type))
				Plain.push_back({F.Offset, F.Size});
		}
		if (Format.starts_with("%s%s %s : ")) {
			F.Bits = cast<ConstantInt>(C->getArgOperand(5))->getZExtValue();
			F.Bit = lowestBit(Value);
		}
		if (Open >= 2) {
			Fields.push_back(F);
			Opens = Group ? &Fields.back() : nullptr;
		}
	}
}

// word notes that the words from Offset on may be pointers.
void Describer::word(uint64_t Offset, uint64_t Size)
{
	for (uint64_t W = Offset / 8; W < (Offset + Size + 7) / 8; W++) {
		if (Words.size() <= W / 8)
			Words.resize(W / 8 + 1);
		Words[W / 8] |= 1 << W % 8;
	}
}

static bool hasPointer(Type *T)
{
	return T->isPointerTy() || any_of(T->subtypes(), hasPointer);
}

// pointers notes the words of a T at Offset that may be pointers. Returns: whether there are any.
bool Describer::pointers(Type *T, uint64_t Offset)
{
	if (T->isPointerTy()) {
		Misaligned |= Offset % 8 != 0;
		word(Offset, 8);
		return true;
	}
	if (T->isIntegerTy(64)) {
		for (auto [At, Size] : Plain)
			if (Offset >= At && Offset < At + Size)
				return false;
		if (Offset % 8 == 0)
			word(Offset, 8);
		return Offset % 8 == 0;
	}
	bool Any = false;
	if (auto *S = dyn_cast<StructType>(T)) {
		if (S->hasName() && isUnion(S)) {
			Misaligned |= Offset % 8 != 0 && hasPointer(S);
			word(Offset, DL.getTypeAllocSize(S));
			return true;
		}
		for (unsigned E = 0; E < S->getNumElements(); E++)
			Any |= pointers(S->getElementType(E), Offset + DL.getStructLayout(S)->getElementOffset(E));
	} else if (auto *A = dyn_cast<ArrayType>(T)) {
		Type *E = A->getElementType();
		for (uint64_t I = 0; I < A->getNumElements(); I++) {
			if (!pointers(E, Offset + I * DL.getTypeAllocSize(E)) && !Any)
				return false;
			Any = true;
		}
	}
	return Any;
}

Constant *Describer::text(StringRef S)
{
	auto *Init = ConstantDataArray::getString(X, S);
	auto *G = new GlobalVariable(M, Init->getType(), true, GlobalValue::PrivateLinkage, Init, "thrum.text");
	G->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
	G->setAlignment(Align(1));
	return G;
}

GlobalVariable *Describer::emit(StringRef Name, uint64_t Size, uint64_t Al)
{
	std::string Key;
	raw_string_ostream K(Key);
	K << Name << '\0' << Size << ' ' << Al << '\0';
	for (uint8_t W : Words)
		K << unsigned(W) << ' ';
	for (const Field &F : Fields)
		K << F.Name << '\0' << F.Type << '\0' << F.Offset << ' ' << F.Size << ' ' << F.Depth << ' ' << F.Bit << ' ' << F.Bits << '\0';
	K.flush();
	GlobalVariable *&Ref = Known[Key];
	if (Ref)
		return Ref;

	auto *P = PointerType::getUnqual(X);
	auto *I64 = Type::getInt64Ty(X), *I32 = Type::getInt32Ty(X), *I16 = Type::getInt16Ty(X), *I8 = Type::getInt8Ty(X);
	auto N = [](IntegerType *T, uint64_t V) { return ConstantInt::get(T, V); };
	auto Private = [&](Constant *Init, const char *What) {
		return new GlobalVariable(M, Init->getType(), true, GlobalValue::PrivateLinkage, Init, What);
	};
	uint64_t Most = 0;
	for (uint64_t W = 0; W < Words.size() * 8; W++)
		if (Words[W / 8] >> W % 8 & 1)
			Most = (W + 1) * 8;
	Words.resize((Most / 8 + 7) / 8);
	Constant *Null = ConstantPointerNull::get(P);
	Constant *Ptrs = Most ? Private(ConstantDataArray::get(X, ArrayRef<uint8_t>(Words)), "thrum.ptrs") : Null;
	auto *FT = StructType::get(X, {P, P, I64, I32, I16, I8, I8});
	SmallVector<Constant *, 16> Each;
	for (const Field &F : Fields)
		Each.push_back(ConstantStruct::get(FT, {text(F.Name), text(F.Type), N(I64, F.Offset), N(I32, F.Size),
							       N(I16, F.Depth), N(I8, F.Bit), N(I8, F.Bits)}));
	Constant *List = Each.empty() ? Null : Private(ConstantArray::get(ArrayType::get(FT, Each.size()), Each), "thrum.fields");
	auto *TT = StructType::get(X, {P, I64, I64, I64, P, P, I64, I64});
	auto *T = Private(ConstantStruct::get(TT, {text(Name), N(I64, Size), N(I64, Al), N(I64, Most), Ptrs, List,
							 N(I64, Each.size()), N(I64, xxh3_64bits(Key))}), "thrum.type");
	auto *RT = StructType::get(X, {P, I32, I32});
	Ref = new GlobalVariable(M, RT, false, GlobalValue::InternalLinkage,
		ConstantStruct::get(RT, {T, N(I32, THRUM_UNTYPED), N(I32, Most ? THRUM_SCANBINS : THRUM_NOSCANBINS)}), "thrum.typeref");
	Ref->setSection(THRUM_TYPES_SECTION);
	Ref->setAlignment(Align(8));
	return Ref;
}

void Describer::describe(CallInst &End)
{
	StringRef Name;
	Sample = dyn_cast<AllocaInst>(End.getArgOperand(0)->stripPointerCasts());
	auto *Size = dyn_cast<ConstantInt>(End.getArgOperand(2)), *Al = dyn_cast<ConstantInt>(End.getArgOperand(3));
	auto *S = Sample ? dyn_cast<StructType>(Sample->getAllocatedType()) : nullptr;
	auto Refuse = [&](const Twine &Text) {
		X.diagnose(DiagnosticInfoUnsupported(*End.getFunction(), "thrum_new: " + Text, End.getDebugLoc()));
	};
	if (!S || !Size || !Al || !getConstantStringInfo(End.getArgOperand(1), Name)) {
		Refuse("the compiler cannot describe this type. Call thrum_newobject with its size, its alignment and NULL");
		return;
	}
	Fields.clear();
	Plain.clear();
	Words.clear();
	Misaligned = false;
	readFields(Name);
	if (S->getNumElements() > 0)
		pointers(S->getElementType(0), 0);
	// An array has its pointers at multiples of the size.
	for (const User *U : End.users())
		Misaligned |= !Words.empty() && Size->getZExtValue() % 8 != 0 && isCall(U, "thrum_newarray");
	if (Misaligned)
		Refuse(Name + " has a pointer that is not aligned to 8 bytes, which no collector would find. "
			"Use thrum_malloc, or do not pack it");
	End.replaceAllUsesWith(emit(Name, Size->getZExtValue(), Al->getZExtValue()));
	End.eraseFromParent();
}

// removeSample removes a variable to which only initialisers and markers refer.
static void removeSample(AllocaInst *A)
{
	SmallVector<Instruction *, 4> Users;
	for (User *U : A->users()) {
		auto *I = cast<Instruction>(U);
		auto *S = dyn_cast<StoreInst>(I);
		if (!I->isLifetimeStartOrEnd() && !isa<MemSetInst>(I) && !(S && S->getPointerOperand() == A && S->getValueOperand() != A))
			return;
		Users.push_back(I);
	}
	for (Instruction *I : Users)
		I->eraseFromParent();
	A->eraseFromParent();
}

bool describeTypes(Module &M)
{
	SmallVector<CallInst *, 16> Ends, Begins;
	SmallSetVector<Function *, 16> In;
	SmallSetVector<AllocaInst *, 16> Samples;
	for (Function &F : M)
		for (Instruction &I : instructions(F)) {
			if (isCall(&I, "__thrum_type_end"))
				Ends.push_back(cast<CallInst>(&I));
			if (isCall(&I, "__thrum_type_begin"))
				Begins.push_back(cast<CallInst>(&I));
		}
	if (Ends.empty())
		return false;
	Describer D(M);
	for (CallInst *C : Ends) {
		if (In.insert(C->getFunction()))
			D.collect(*C->getFunction());
		if (auto *A = dyn_cast<AllocaInst>(C->getArgOperand(0)->stripPointerCasts()))
			Samples.insert(A);
	}
	for (CallInst *C : Ends)
		D.describe(*C);
	for (CallInst *C : Begins) {
		SmallVector<BranchInst *, 2> Guards;
		for (User *U : C->users())
			if (auto *B = dyn_cast<BranchInst>(U))
				Guards.push_back(B);
		C->replaceAllUsesWith(ConstantInt::getFalse(M.getContext()));
		for (BranchInst *B : Guards)
			ConstantFoldTerminator(B->getParent());
		C->eraseFromParent();
	}
	for (Function *F : In)
		EliminateUnreachableBlocks(*F);
	for (AllocaInst *A : Samples)
		removeSample(A);
	return true;
}

} // namespace thrum
