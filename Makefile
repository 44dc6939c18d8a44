# Makefile - builds, tests, measures and installs thrum. `make help` lists the targets.
#
# What is built, and from what:
#
#   build/bin/thrumcc              cc/driver/*.c           the compiler driver
#   build/lib/thrum/thrum-pass.so  cc/*.cpp                the LLVM pass it loads
#   build/lib/thrum/thrum-verify   cc/verify/*.cpp         looks at the machine code of an object
#   build/lib/thrum/libthrum.a     core/*/*.c arch/*.asm   the runtime, one object
#   build/lib/thrum/crtthrum.o     core/base/module.c      registers one executable or shared object
#   build/lib/thrum/crtexec.o      core/base/exec.c        what an executable does before all else
#   build/lib/thrum/crtstatic.o    arch/x86_64/static.c    the entry point of static executables
#   build/lib/thrum/crtmalloc.o    alloc/interpose.c       malloc of the whole process, for -fthrum-malloc
#   build/lib/thrum/libthrum-malloc.so  alloc/*.c          malloc of any process, for LD_PRELOAD
#   build/lib/thrum/libthrumnames.so                       the runtime's names, for links that allow no undefined ones
#   build/lib/thrum/thrum.dyn      cc/thrum.dyn            what an executable exports to shared objects
#   build/include                  -> include              so that build/ looks like an installed tree
#
# The runtime is compiled by the pass too ("runtime mode"), so it is rebuilt
# when the pass changes. Struct offsets reach the assembly as build/gen/offsets.inc,
# read out of what the compiler makes of arch/x86_64/offsets.c: nobody types one. The names of its
# routines reach the reports as build/gen/routines.h.

VERSION := 0.1.0

PREFIX  ?= /usr/local
DESTDIR ?=

CLANG       ?= clang-19
CLANGXX     ?= clang++-19
LLVM_CONFIG ?= llvm-config-19
NASM        ?= nasm
LD          := ld.bfd
OBJCOPY     ?= objcopy
FORMAT      ?= clang-format

BUILD := build
O := $(BUILD)/obj

all: ## build everything into build/

# All processors unless told otherwise (make -j1).
MAKEFLAGS += -j$(shell nproc)

# One short line per step; V=1 shows the commands.
$(V).SILENT:
say = printf '  %-7s %s\n'

# ---- what must be installed ---------------------------------------------------
# Looked at once, before anything else, and only for the goals that need it.
# build and test are required; the other groups make a report richer, so their
# absence is no error.

GOALS := $(or $(MAKECMDGOALS),all)
NEED  := $(if $(filter all run test check check-long bench perf conformance conformance-long install,$(GOALS)),build)
NEED  += $(if $(filter test check check-long conformance conformance-long,$(GOALS)),test)
LIKE  := $(if $(filter run bench,$(GOALS)),bench)
LIKE  += $(if $(filter perf,$(GOALS)),perf)
LIKE  += $(if $(filter check check-long conformance conformance-long,$(GOALS)),conformance)

ifneq ($(strip $(NEED)),)
ifeq ($(findstring n,$(firstword -$(MAKEFLAGS))),)
$(shell tools/deps.sh --check $(NEED) >/dev/null || tools/deps.sh $(NEED) >&2)
ifneq ($(.SHELLSTATUS),0)
$(error something needed is missing, see above)
endif
$(if $(strip $(LIKE)),$(shell tools/deps.sh --check $(LIKE) >/dev/null || tools/deps.sh $(LIKE) >&2))
endif
endif

# ---- the driver ---------------------------------------------------------------

THRUMCC := $(BUILD)/bin/thrumcc
LIB     := $(BUILD)/lib/thrum
PASS    := $(LIB)/thrum-pass.so

# The path is baked in: looking clang up and asking its version costs every compile 20 ms.
CLANG_PATH = $(shell command -v $(CLANG))

$(THRUMCC): $(wildcard cc/driver/*.[ch]) include/thrum/abi.h Makefile
	$(say) CC $@
	mkdir -p $(@D)
	$(CLANG) -std=c11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -I. -Iinclude \
		-DTHRUM_VERSION='"$(VERSION)"' -DTHRUM_CLANG_PATH='"$(CLANG_PATH)"' -o $@ $(filter %.c,$^)

# ---- the pass -----------------------------------------------------------------

PASS_SRC := $(wildcard cc/*.cpp)
PASS_OBJ := $(PASS_SRC:%.cpp=$(O)/%.o)
PASS_CXX  = $(shell $(LLVM_CONFIG) --cxxflags) -fPIC -O1 -fno-rtti -Wall -Wextra -Wno-unused-parameter -Wno-deprecated-declarations -I. -Iinclude

$(O)/cc/%.o: cc/%.cpp Makefile
	$(say) CXX $@
	mkdir -p $(@D)
	$(CLANGXX) $(PASS_CXX) -MMD -MP -c -o $@ $<

$(PASS): $(PASS_OBJ)
	$(say) LINK $@
	mkdir -p $(@D)
	$(CLANGXX) -shared -o $@ $^

# ---- the checker of machine code -----------------------------------------------

VERIFY     := $(LIB)/thrum-verify
VERIFY_OBJ := $(patsubst %.cpp,$(O)/%.o,$(wildcard cc/verify/*.cpp))

$(VERIFY_OBJ): PASS_CXX += -O2

$(VERIFY): $(VERIFY_OBJ)
	$(say) LINK $@
	mkdir -p $(@D)
	$(CLANGXX) -o $@ $^ $(shell $(LLVM_CONFIG) --ldflags --libs --link-shared)

# ---- the runtime --------------------------------------------------------------

CRT_SRC := core/base/module.c core/base/exec.c arch/x86_64/static.c alloc/interpose.c
CRT_OBJ := $(CRT_SRC:%.c=$(O)/%.o)
RT_SRC := $(filter-out $(CRT_SRC) alloc/preload.c,$(wildcard core/*/*.c alloc/*.c gc/*.c)) arch/x86_64/xsave.c arch/x86_64/context.c
RT_OBJ := $(RT_SRC:%.c=$(O)/%.o)
ASM    := $(wildcard arch/x86_64/*.asm)
ASM_OBJ := $(ASM:%.asm=$(O)/%.o)

# Names in tracebacks come from the libbacktrace that every gcc brings along.
BACKTRACE_H := $(shell gcc -print-file-name=include)/backtrace.h
LIBBACKTRACE := $(shell gcc -print-file-name=libbacktrace.a)

# CPPFLAGS_EXTRA: variants of the runtime for tests (tests/stress/variant).
CPPFLAGS_RT := -Iinclude -I. -I$(BUILD)/gen -D_GNU_SOURCE $(CPPFLAGS_EXTRA)
CFLAGS_RT := -std=gnu11 -O2 -gdwarf-4 -Wall -Wextra -Wmissing-prototypes -Werror -fPIC -fno-plt -fvisibility=hidden \
	-fno-omit-frame-pointer -fno-stack-protector $(CPPFLAGS_RT)
RT_MODE := -fpass-plugin=$(PASS) -Xclang -load -Xclang $(PASS) -mllvm -thrum-runtime

# What runs before a function's body leaves the vector arguments alone.
$(O)/core/stack/grow.o $(O)/core/stack/stack.o $(O)/core/stack/limit.o $(O)/core/stack/uframe.o $(O)/core/stack/plain.o $(O)/core/stack/aside.o $(O)/core/preempt/poll.o $(O)/core/preempt/regsave.o $(O)/core/base/fixalloc.o: CFLAGS_RT += -mgeneral-regs-only

$(O)/core/stack/plain.o $(O)/alloc/interpose.o: RT_MODE :=
# The compiler must not know what malloc does, or it makes one of malloc and memset: calloc itself.
$(O)/alloc/interpose.o: CFLAGS_RT += -fno-builtin -ffunction-sections

$(BUILD)/gen/backtrace.h: $(BACKTRACE_H)
	mkdir -p $(@D)
	cp $< $@

# What a report calls the code of the assembly (core/diag/symbol.c).
$(BUILD)/gen/routines.h: $(wildcard arch/x86_64/*.asm) Makefile
	mkdir -p $(@D)
	sed -n -E 's/^(func|api|landed) ([A-Za-z_0-9]+).*/\2/p; s/^global ([A-Za-z_0-9]+):function.*/\1/p' $(filter %.asm,$^) | \
		sort -u | sed '1s/^/#define ROUTINES(f) /; s/[A-Za-z_0-9]*$$/f(&) \\/' > $@.new
	echo >> $@.new
	mv $@.new $@

# Tests that call what programs cannot: files tests/stress/NAME_rt.c, compiled as the runtime is.
RT_TESTS := $(patsubst %.c,$(O)/%.o,$(wildcard tests/stress/*_rt.c))

$(RT_OBJ) $(CRT_OBJ) $(RT_TESTS): $(O)/%.o: %.c $(PASS) $(BUILD)/gen/backtrace.h $(BUILD)/gen/routines.h Makefile
	$(say) THRUM $@
	mkdir -p $(@D)
	$(CLANG) $(CFLAGS_RT) $(RT_MODE) -MMD -MP -c -o $@ $<

$(BUILD)/gen/offsets.s: arch/x86_64/offsets.c Makefile
	mkdir -p $(@D)
	$(CLANG) -std=gnu11 $(CPPFLAGS_RT) -fno-integrated-as -MMD -MP -MT $@ -S -o $@ $<

$(BUILD)/gen/offsets.inc: $(BUILD)/gen/offsets.s
	$(say) GEN $@
	sed -n 's/.*-> \([A-Za-z_][A-Za-z0-9_]* equ -\{0,1\}[0-9]*\).*/\1/p' $< > $@.new
	test -s $@.new || { echo "$<: holds no '-> NAME equ VALUE' line" >&2; exit 1; }
	mv $@.new $@

$(O)/arch/%.o: arch/%.asm $(BUILD)/gen/offsets.inc Makefile
	$(say) NASM $@
	mkdir -p $(@D)
	$(NASM) -f elf64 -g -F dwarf -I$(BUILD)/gen/ -Iarch/x86_64/ -MD $(@:.o=.d) -MP -o $@ $<

# thrum.o keeps the hidden names, because the unit tests link it; tools/localise makes the archive's one
# member of it. The code has a section of its own, so that tracebacks know it.
$(O)/thrum.o: $(RT_OBJ) $(ASM_OBJ)
	$(LD) -r -o $@ $^ $(LIBBACKTRACE)
	$(OBJCOPY) --rename-section .text=thrum_runtime $@

# What runs without a stack check must fit the guard reserve: tools/nosplit proves it.
$(LIB)/libthrum.a: $(O)/thrum.o tools/nosplit tools/localise
	$(say) AR $@
	tools/nosplit $<
	mkdir -p $(@D)
	OBJCOPY=$(OBJCOPY) tools/localise $< $(O)/libthrum.o $(ASM_OBJ)
	rm -f $@
	ar rcsD $@ $(O)/libthrum.o

$(LIB)/crtthrum.o: $(O)/core/base/module.o
	mkdir -p $(@D)
	cp $< $@

$(LIB)/crtexec.o: $(O)/core/base/exec.o
	mkdir -p $(@D)
	cp $< $@

$(LIB)/crtmalloc.o: $(O)/alloc/interpose.o
	mkdir -p $(@D)
	cp $< $@

$(LIB)/crtstatic.o: $(O)/arch/x86_64/static.o
	mkdir -p $(@D)
	cp $< $@

# The heap alone (alloc/preload.c), compiled without the pass. Nothing of it is called from the outside but
# the names of preload.map, so the linker drops what does not belong to them.
PRELOAD_SRC := $(filter-out alloc/debug.c alloc/profile.c alloc/site.c,$(wildcard alloc/*.c)) core/base/fixalloc.c core/base/lock.c core/base/os.c core/base/print.c
PRELOAD_OBJ := $(PRELOAD_SRC:%.c=$(O)/preload/%.o)

$(PRELOAD_OBJ): $(O)/preload/%.o: %.c Makefile
	$(say) CC $@
	mkdir -p $(@D)
	$(CLANG) $(filter-out -fno-omit-frame-pointer,$(CFLAGS_RT)) -ftls-model=initial-exec -ffunction-sections -fdata-sections -MMD -MP -c -o $@ $<

$(O)/preload/alloc/interpose.o: CFLAGS_RT += -fno-builtin

$(LIB)/libthrum-malloc.so: $(PRELOAD_OBJ) $(O)/arch/x86_64/malloc.o alloc/preload.map
	$(say) LINK $@
	mkdir -p $(@D)
	$(CLANG) -shared -o $@ $(filter %.o,$^) -Wl,-soname,$(@F),--version-script=alloc/preload.map,--gc-sections \
		-Wl,-z,defs,-z,now,-z,initfirst,-z,nodelete,-Bsymbolic

# A shared object takes the runtime from the executable. For the linker that is told to find every name
# somewhere, this file has the names; the driver then removes the dependency on it.
$(LIB)/libthrumnames.so: $(LIB)/libthrum.a
	$(say) NAMES $@
	nm -g --defined-only $< | sed -n 's/.* T \(thrum_.*\|__morestack.*\|__splitstack_.*\)/.globl \1\n.type \1,@function\n\1:/p' > $(O)/names.s
	echo '.section .tbss,"awT",@nobits; .globl thrum_cache; .type thrum_cache,@object; .size thrum_cache,8; thrum_cache: .zero 8' >> $(O)/names.s
	$(CLANG) -shared -nostdlib -Wl,-soname,$(@F) -o $@ $(O)/names.s

$(LIB)/thrum.dyn: cc/thrum.dyn
	mkdir -p $(@D)
	cp $< $@

$(BUILD)/include:
	mkdir -p $(BUILD)
	ln -sfn ../include $@

-include $(PASS_OBJ:.o=.d) $(VERIFY_OBJ:.o=.d) $(RT_OBJ:.o=.d) $(ASM_OBJ:.o=.d) $(CRT_OBJ:.o=.d) $(PRELOAD_OBJ:.o=.d) $(BUILD)/gen/offsets.d

PRODUCT := $(THRUMCC) $(PASS) $(VERIFY) $(LIB)/libthrum.a $(LIB)/crtthrum.o $(LIB)/crtexec.o $(LIB)/crtstatic.o $(LIB)/crtmalloc.o $(LIB)/libthrum-malloc.so $(LIB)/libthrumnames.so $(LIB)/thrum.dyn $(BUILD)/include

all: $(PRODUCT)

# ---- use ----------------------------------------------------------------------

run: all ## measure switches, the scheduler and preemption for three minutes: a table, and build/report/
	bench/run

test: all ## the test suite; T=pattern selects, e.g. T=prog/ or T=longjmp
	tests/run $(if $(T),'T=$(T)')

check: all ## everything CI runs: the test suite and the conformance projects
	tests/run
	tests/run conformance

ALL_MODES := normal stackmove storm sigstorm

check-long: all ## check, with 500 programs each of csmith and tests/gen, 20 times as much stress, storms: ten million preemptions, 1e8 selects in each mode
	MODES='$(ALL_MODES)' CSMITH=500 GEN=500 STRESS=20 PREEMPTIONS=10000000 SELECTS=100000000 tests/run
	MODES='$(filter-out sigstorm,$(ALL_MODES))' tests/run conformance

bench: all ## all benchmarks, Go's line format; B=name selects one
	bench/run --lines $(B)

perf: all ## record benchmark B (switch unless told) with perf and show its hot instructions
	bench/perf.sh $(or $(B),switch)

conformance: all ## build unmodified C projects with thrumcc and run their own tests
	tests/run conformance

conformance-long: all ## likewise, the projects that take more than five minutes each
	tests/conformance/run --long

# ---- install ------------------------------------------------------------------

DEST := $(DESTDIR)$(PREFIX)
MAN  := $(wildcard man/*.[137])

install: all ## copy into PREFIX (/usr/local), below DESTDIR when set
	install -d $(DEST)/bin $(DEST)/lib/thrum $(DEST)/include/thrum $(DEST)/share/thrum
	install -m 755 $(THRUMCC) $(DEST)/bin/
	install -m 644 $(LIB)/libthrum.a $(LIB)/*.o $(LIB)/libthrum-malloc.so $(LIB)/libthrumnames.so $(LIB)/thrum.dyn $(PASS) $(DEST)/lib/thrum/
	install -m 644 include/thrum.h $(DEST)/include/
	install -m 644 $(wildcard include/thrum/*.h) $(DEST)/include/thrum/
	install -m 755 $(VERIFY) $(DEST)/lib/thrum/
	install -m 755 tools/nosplit $(DEST)/share/thrum/
	install -m 644 cc/leaves.def $(DEST)/share/thrum/
	$(foreach g,$(wildcard tools/*gdb*.py),install -m 644 $(g) $(DEST)/share/thrum/;)
	$(foreach m,$(MAN),install -D -m 644 $(m) $(DEST)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m));)

uninstall: ## remove what install copied
	rm -f $(DEST)/bin/thrumcc $(DEST)/include/thrum.h
	rm -rf $(DEST)/lib/thrum $(DEST)/include/thrum $(DEST)/share/thrum
	rm -f $(foreach m,$(MAN),$(DEST)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))

# ---- housekeeping -------------------------------------------------------------

fmt: ## format C and C++ in place
	$(FORMAT) -i $(wildcard include/*.h include/thrum/*.h arch/*.h arch/*/*.[ch] cc/*.[ch] cc/*.cpp core/*/*.[ch] alloc/*.[ch] gc/*.[ch])

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

.PHONY: all run test check check-long bench perf conformance conformance-long install uninstall fmt clean help
.DELETE_ON_ERROR:
