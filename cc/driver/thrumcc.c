// SPDX-License-Identifier: MIT
//
// thrumcc.c - the compiler driver: clang-19 with thrum's pass and runtime.
//
// thrumcc accepts what clang accepts and execs clang with a few arguments added. So `make
// CC=thrumcc` and `./configure CC=thrumcc` work on existing projects. The added arguments depend on
// the command line:
//
//	C is compiled to code      the pass, and the frame pointer that it relies on
//	anything is compiled       the directory of thrum.h
//	an executable is linked    crtthrum.o, crtexec.o, libthrum.a, main wrapped, the runtime's names
//	                           exported to shared objects; crtstatic.o and its entry point into a
//	                           static one
//	a shared object is linked  crtthrum.o; the runtime is the one in the executable. If undefined
//	                           names are not allowed, libthrumnames.so stands for it
//	-r; an executable with     nothing: these links bring everything themselves
//	-nostdlib, -nodefaultlibs
//
// So the steps are: read the command line as clang would (response files opened), as far as these
// decisions need; refuse options that would produce wrong programs, and say what to do instead;
// add; exec. Exit status and messages are clang's own.
//
// Two properties of clang keep this short. Arguments between --start-no-unused-arguments and
// --end-no-unused-arguments cause no warning where they do not apply. Arguments given through
// -Xlinker keep their place among the inputs and are not subject to -x.
// inputs and are not subject to -x.
//
// Files are found relative to the driver's own: ../lib/thrum and ../include. The build directory
// and an installed tree have this layout in common.
//
// Its own options: -fno-thrum-main links main as it is, not as the first goroutine. -fthrum-poll
// inserts loop checks. -fthrum-verify runs thrum-verify on each object that is written (verify.c).
// The environment variable THRUM_CLANG names another clang 19. THRUM_VERIFY names a file: the
// driver works as with -fthrum-verify, but findings go to that file and no compilation fails.

#include "cc/driver/driver.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "thrum/abi.h"

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
#define THRUM_ABI_TEXT TEXT_OF(THRUM_ABI)

#ifndef THRUM_VERSION
#define THRUM_VERSION "unknown"
#endif
#ifndef THRUM_CLANG_PATH
#define THRUM_CLANG_PATH "/usr/bin/clang-19"
#endif

// ---- reading the command line -------------------------------------------------

// The requests of the command line, as far as they matter here.
typedef struct request {
	bool query;     // prints something about the compiler and stops
	bool version;   // --version
	bool compile;   // C is translated to code
	bool translate; // some source is read at all
	bool link;      // the linker runs
	bool shared;    // ... for a shared object
	bool relocate;  // ... for an object (-r)
	bool fixed;     // ... for an executable without a loader (-static, -static-pie)
	bool entered;   // ... with an entry point or start-up files of its own
	bool begins;    // ... with start-up files of its own (-nostartfiles)
	bool complete;  // ... in which no name may be undefined
	bool bare;      // -nostdlib, -nodefaultlibs
	bool plain;     // -fno-thrum-main
	bool poll;      // -fthrum-poll
	bool verify;    // -fthrum-verify
	bool heap;      // -fthrum-malloc
	bool ours;      // an option of thrumcc's own, or "--", is among the arguments
	bool choose_ld; // no -fuse-ld given
	bool remarks;   // -Rpass: locals keep their names
	const char *output; // of the link
	const char *lto, *split;
} request;

// Options whose value is the next argument. An option that may also have its value in the same
// argument counts only if it is alone ("-o x", but not "-ox").
static const char *const takes_value[] = {"-o", "-I", "-L", "-D", "-U", "-F", "-x", "-l", "-e", "-T", "-u", "-z", "-A",
	"-B", "-b", "-G", "-J", "-h", "-idirafter", "-imacros", "-include", "-include-pch", "-iprefix", "-iquote",
	"-isysroot", "-isystem", "-isystem-after", "-ivfsoverlay", "-iwithprefix", "-iwithprefixbefore",
	"-iwithsysroot", "-iframework", "-iframeworkwithsysroot", "-cxx-isystem", "-stdlib++-isystem", "-c-isystem",
	"-MF", "-MT", "-MQ", "-MJ", "-Xassembler", "-Xclang", "-Xlinker", "-Xpreprocessor", "-Xanalyzer",
	"-Xopenmp-target", "-Xoffload-linker", "-Xcuda-fatbinary", "-Xcuda-ptxas", "-Xthinlink", "-arch", "-target",
	"-mllvm", "-mmlir", "-mthread-model", "-meabi", "-param", "--param", "--sysroot", "-working-directory",
	"-framework", "-weak_framework", "-serialize-diagnostics", "--serialize-diagnostics", "-rpath", "-dumpdir",
	"-gcc-toolchain", "-ccc-gcc-name", "-ccc-install-dir", "-index-store-path", "-index-unit-output-path", "-specs",
	"-Tbss", "-Tdata", "-Ttext", "-fmodules-user-build-path", "-fdebug-compilation-dir", "-fdebug-default-version",
	"-frandomize-layout-seed-file", "-install_name", "-current_version", "-compatibility_version", "-undefined",
	"-bundle_loader", "-init", "-fuse-cuid", "--config", "--include", "--imacros", "--include-directory",
	"--include-directory-after", "--include-prefix", "--include-with-prefix", "--include-with-prefix-after",
	"--include-with-prefix-before", "--define-macro", "--undefine-macro", "--output", "--language",
	"--library-directory", "--entry", "--prefix", "--std", "--force-link", "--rtlib", "--unwindlib", "--assert",
	"--analyzer-output", "--vfsoverlay", "-vfsoverlay", "-Xarch_device", "-Xarch_host", "-dependency-dot",
	"-dependency-file", "-dsym-dir", "-ftrapv-handler", "-gen-cdb-fragment-path", "-imultilib", "-resource-dir",
	NULL};

static const char *const queries[] = {"--version", "-dumpversion", "-dumpmachine", "--help", "-help", "--help-hidden",
	"--autocomplete", "-cc1", "-cc1as", NULL};

// Modes in which nothing is linked. -M and -MM are such modes, -MD and -MMD are not.
static const char *const no_link[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--analyze", "--precompile",
	"-emit-ast", "-emit-pch", "-rewrite-objc", "-verify-pch", "--compile", "--assemble", "--preprocess",
	"--dependencies", "--user-dependencies", "-fdriver-only", "-extract-api", "-emit-interface-stubs", NULL};

// ... and among those the ones that also make no code.
static const char *const no_code[] = {"-E", "-M", "-MM", "-fsyntax-only", "--analyze", "--precompile", "-emit-ast",
	"-emit-pch", "--preprocess", "--dependencies", "--user-dependencies", "-verify-pch", "-extract-api", NULL};

// Sanitizers that need the machine stack to stay where it is, or a runtime library that assumes it
// does, or whole-program optimisation.
static const char *const bad_sanitizers[] = {"address", "kernel-address", "hwaddress", "kernel-hwaddress", "memory",
	"kernel-memory", "thread", "leak", "dataflow", "safe-stack", "shadow-call-stack", "memtag", "memtag-stack",
	"memtag-heap", "memtag-globals", "realtime", "numerical", "type", "scudo", "fuzzer", "fuzzer-no-link", "cfi",
	"kcfi", "all", NULL};

// check_language refuses a language, as -x names it, that is not C, assembly or IR.
static void
check_language(const char *lang)
{
	static const char *const good[] = {
		"c", "c-header", "cpp-output", "assembler", "assembler-with-cpp", "ir", "ast", "none", "pcm", NULL};

	if (starts(lang, "c++"))
		die("-x %s: thrumcc compiles C only. Compile C++ with clang++ or g++ and link the objects "
		    "with thrumcc and -lstdc++",
			lang);
	if (starts(lang, "objective-c") || starts(lang, "objc"))
		die("-x %s: thrumcc compiles C only. Compile Objective-C with clang and link the objects with thrumcc",
			lang);
	if (!in(lang, good))
		die("-x %s: thrumcc compiles C and passes assembly through. Compile this with clang and link the "
		    "objects with thrumcc",
			lang);
}

// The kinds of input that the name of a file tells apart.
typedef enum kind { object, source, header, assembly } kind;

// classify returns clang's idea of a file by this name, and refuses files that are not C.
static kind
classify(const char *file)
{
	static const char *const cxx[] = {".cc", ".cpp", ".cxx", ".c++", ".cp", ".C", ".CC", ".CPP", ".CXX", ".C++",
		".ii", ".hh", ".hpp", ".hxx", ".H", ".tcc", ".cppm", ".ixx", ".ccm", ".cxxm", ".c++m", ".iim", NULL};
	static const char *const objc[] = {".m", ".mi", ".mm", ".M", ".mii", NULL};
	const char *slash = strrchr(file, '/');
	const char *dot = strrchr(slash != NULL ? slash : file, '.');

	if (dot == NULL)
		return object;
	if (in(dot, cxx))
		die("%s: thrumcc compiles C only. Compile C++ with clang++ or g++ and link the objects "
		    "with thrumcc and -lstdc++",
			file);
	if (in(dot, objc))
		die("%s: thrumcc compiles C only. Compile Objective-C with clang and link the objects with thrumcc",
			file);
	if (strcmp(dot, ".c") == 0 || strcmp(dot, ".i") == 0 || strcmp(dot, ".bc") == 0 || strcmp(dot, ".ll") == 0)
		return source;
	if (strcmp(dot, ".h") == 0)
		return header;
	if (strcmp(dot, ".s") == 0 || strcmp(dot, ".S") == 0 || strcmp(dot, ".sx") == 0 || strcmp(dot, ".asm") == 0)
		return assembly;
	return object;
}

// language_kind is classify for an explicit -x.
static kind
language_kind(const char *lang)
{
	if (starts(lang, "assembler"))
		return assembly;
	return ends(lang, "-header") ? header : source;
}

// check_target refuses a target triple that is not x86-64 Linux.
static void
check_target(const char *triple)
{
	if (!(starts(triple, "x86_64-") || starts(triple, "amd64-")) || strstr(triple, "linux") == NULL ||
		ends(triple, "x32"))
		die("--target=%s: thrum runs on x86-64 Linux only. Use plain clang for other targets", triple);
}

// check_sanitizers refuses the members of a comma-separated list that cannot work.
static void
check_sanitizers(const char *names)
{
	char word[64];

	while (*names != '\0') {
		size_t n = strcspn(names, ",");
		snprintf(word, sizeof word, "%.*s", (int)n, names);
		if (in(word, bad_sanitizers) || starts(word, "cfi-"))
			die("-fsanitize=%s is not supported: goroutine stacks move and are smaller than it assumes. "
			    "Drop it, or build with plain clang; -fsanitize=undefined works",
				word);
		names += n;
		names += *names == ',';
	}
}

// check_linker refuses linkers that rewrite the prologues of split-stack code.
static void
check_linker(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash != NULL ? slash + 1 : name;

	if (base[0] != '\0' && strcmp(base, "bfd") != 0 && strcmp(base, "ld") != 0 && !ends(base, "ld.bfd"))
		die("-fuse-ld=%s: other linkers rewrite the stack checks at function entry. Drop the option or use -fuse-ld=bfd",
			name);
}

// enters returns whether an option of the linker that begins with -e names an entry point: -e,
// -eNAME, --entry, and the other spellings that the linker accepts. A long option may have one
// dash, and may be cut short.
static bool
enters(const char *word, size_t n)
{
	static const char *const longer[] = {"eh-frame-hdr", "embedded-relocs", "emit-relocs", "enable-", "end-group", "error-", "exclude-",
		"export-", NULL};
	bool two = n > 2 && word[1] == '-';
	const char *name = word + 1 + two, *value = memchr(word, '=', n);
	size_t m = (value != NULL ? (size_t)(value - word) : n) - 1 - two;

	if (n < 2 || word[0] != '-' || name[0] != 'e')
		return false;
	if (two)
		return m >= 2 && strncmp(name, "entry", m) == 0;
	for (int i = 0; longer[i] != NULL && m > 2; i++)
		if (strncmp(name, longer[i], m) == 0 || (starts(name, longer[i]) && ends(longer[i], "-")))
			return false;
	return true;
}

// look_at_linker_word notes the effect of an option for the linker.
static void
look_at_linker_word(request *q, const char *word, size_t n)
{
#define is(s) (n == sizeof s - 1 && memcmp(word, s, n) == 0)
	if (is("-r") || is("-i") || is("--relocatable") || is("-relocatable"))
		q->relocate = true;
	else if (is("-shared") || is("--shared") || is("-Bshareable"))
		q->shared = true;
	else if (is("-static"))
		q->fixed = true;
	else if (is("--no-undefined") || is("-no-undefined") || is("defs") || is("-zdefs"))
		q->complete = true;
	else if (enters(word, n))
		q->entered = true;
#undef is
}

// look_at_option notes the effect of one option. value is the next argument if the option takes it,
// else NULL.
static void
look_at_option(request *q, const char *arg, const char *value)
{
	if (in(arg, queries) || starts(arg, "-print-") || starts(arg, "--print-") || starts(arg, "--autocomplete="))
		q->query = true;
	if (strcmp(arg, "--version") == 0)
		q->version = true;

	if (strcmp(arg, "-m32") == 0 || strcmp(arg, "-mx32") == 0 || strcmp(arg, "-m16") == 0)
		die("%s: thrum runs on x86-64 only. Use plain clang for other targets", arg);
	else if (starts(arg, "--target="))
		check_target(arg + strlen("--target="));
	else if (strcmp(arg, "-target") == 0 && value != NULL)
		check_target(value);
	else if (starts(arg, "-fsanitize="))
		check_sanitizers(arg + strlen("-fsanitize="));
	else if (starts(arg, "-fuse-ld=")) {
		check_linker(arg + strlen("-fuse-ld="));
		q->choose_ld = false;
	} else if (starts(arg, "--ld-path=")) {
		check_linker(arg + strlen("--ld-path="));
		q->choose_ld = false;
	} else if (starts(arg, "-Rpass"))
		q->remarks = true;
	else if (strcmp(arg, "-flto") == 0 || starts(arg, "-flto="))
		q->lto = arg;
	else if (strcmp(arg, "-fno-lto") == 0)
		q->lto = NULL;
	else if (starts(arg, "-fbasic-block-sections=") && !ends(arg, "=none") && !ends(arg, "=labels"))
		die("%s is not supported: the code of a function must stay in one piece. Drop the option", arg);
	else if (strcmp(arg, "-femulated-tls") == 0)
		die("%s is not supported: a goroutine changes threads, and each access must find the current one. Drop the option", arg);
	else if (strcmp(arg, "-fxray-instrument") == 0)
		die("%s is not supported: its calls at function entry need more stack than a goroutine has. Drop the option", arg);
	else if (strcmp(arg, "-fsjlj-exceptions") == 0)
		die("%s is not supported: it keeps addresses of stack frames, which move. Drop the option", arg);
	else if (strcmp(arg, "-fsplit-stack") == 0)
		q->split = arg;
	else if (strcmp(arg, "-fno-split-stack") == 0)
		q->split = NULL;
	else if (strcmp(arg, "-shared") == 0 || strcmp(arg, "--shared") == 0)
		q->shared = true;
	else if (strcmp(arg, "-r") == 0)
		q->relocate = true;
	else if (strcmp(arg, "-static") == 0 || strcmp(arg, "--static") == 0 || strcmp(arg, "-static-pie") == 0)
		q->fixed = true;
	else if (strcmp(arg, "-o") == 0 && value != NULL)
		q->output = value;
	else if (starts(arg, "-o"))
		q->output = arg + 2;
	else if (strcmp(arg, "-nostartfiles") == 0)
		q->entered = q->begins = true;
	else if (strcmp(arg, "-e") == 0 || starts(arg, "--entry"))
		q->entered = true;
	else if (strcmp(arg, "-z") == 0 && value != NULL && strcmp(value, "defs") == 0)
		q->complete = true;
	else if (strcmp(arg, "-nostdlib") == 0 || strcmp(arg, "--no-standard-libraries") == 0 ||
		strcmp(arg, "-nodefaultlibs") == 0)
		q->bare = true;
	else if (strcmp(arg, "-fno-thrum-main") == 0)
		q->plain = true;
	else if (strcmp(arg, "-fthrum-main") == 0)
		q->plain = false;
	else if (strcmp(arg, "-fthrum-poll") == 0)
		q->poll = true;
	else if (strcmp(arg, "-fno-thrum-poll") == 0)
		q->poll = false;
	else if (strcmp(arg, "-fthrum-verify") == 0)
		q->verify = true;
	else if (strcmp(arg, "-fno-thrum-verify") == 0)
		q->verify = false;
	else if (strcmp(arg, "-fthrum-malloc") == 0)
		q->heap = true;
	else if (strcmp(arg, "-fno-thrum-malloc") == 0)
		q->heap = false;
	else if (strcmp(arg, "-Xlinker") == 0 && value != NULL)
		look_at_linker_word(q, value, strlen(value));
	else if (starts(arg, "-Wl,")) {
		for (const char *w = arg + 3; *w == ',';) {
			size_t n = strcspn(++w, ",");
			look_at_linker_word(q, w, n);
			w += n;
		}
	}
}

static bool
is_ours(const char *arg)
{
	return strcmp(arg, "-fno-thrum-main") == 0 || strcmp(arg, "-fthrum-main") == 0 ||
	       strcmp(arg, "-fthrum-poll") == 0 || strcmp(arg, "-fno-thrum-poll") == 0 ||
	       strcmp(arg, "-fthrum-verify") == 0 || strcmp(arg, "-fno-thrum-verify") == 0 ||
	       strcmp(arg, "-fthrum-malloc") == 0 || strcmp(arg, "-fno-thrum-malloc") == 0;
}

// look reads all arguments. It refuses command lines that cannot work, so it returns only for those
// that may go to clang.
static request
look(const list *args)
{
	request q = {.choose_ld = true, .output = "a.out"};
	bool linkable = false, may_link = true, may_code = true, options = true;
	const char *lang = NULL; // of the latest -x, NULL when names decide
	bool code = false;       // an input that the pass compiles

	for (int i = 0; i < args->n; i++) {
		const char *arg = args->v[i];

		if (options && strcmp(arg, "--") == 0) {
			options = false;
			q.ours = true;
			continue;
		}
		if (options && arg[0] == '-' && arg[1] != '\0') {
			const char *value = in(arg, takes_value) ? args->v[i + 1] : NULL;

			look_at_option(&q, arg, value);
			q.ours |= is_ours(arg);
			may_link &= !in(arg, no_link);
			may_code &= !in(arg, no_code);
			if (starts(arg, "-Wl,") || strcmp(arg, "-Xlinker") == 0 || starts(arg, "-l"))
				linkable = true;
			if (starts(arg, "-x") || starts(arg, "--language")) {
				const char *eq = strchr(arg, '=');
				const char *name = value != NULL ? value : eq != NULL ? eq + 1 : arg + 2;
				check_language(name);
				lang = strcmp(name, "none") == 0 ? NULL : name;
			}
			i += value != NULL;
			continue;
		}

		kind k = lang != NULL ? language_kind(lang) : strcmp(arg, "-") == 0 ? source : classify(arg);
		q.translate |= k != object;
		code |= k == source;
		linkable |= k != header;
	}

	if (q.lto != NULL)
		die("%s is not supported: the stack checks must be made before the linker sees the code. Use -fno-lto",
			q.lto);
	if (q.split != NULL)
		die("-fsplit-stack is not needed: the stack of every function that thrumcc compiles can grow. Drop the option");
	q.link = linkable && may_link;
	q.compile = code && may_code;
	return q;
}

// ---- clang and the files beside the driver -------------------------------------

// resource returns the absolute path of a file given relative to the driver's directory.
static char *
resource(const char *name)
{
	static char dir[PATH_MAX];

	if (dir[0] == '\0') {
		ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
		const char *name = (const char *)getauxval(AT_EXECFN); // where /proc is not mounted
		if (n > 0)
			dir[n] = '\0';
		else if (name == NULL || realpath(name, dir) == NULL)
			die("cannot find its own file: %s", strerror(errno));
		// bin/thrumcc -> the directory above bin
		for (int up = 0; up < 2; up++)
			*strrchr(dir, '/') = '\0';
	}
	return format("%s/%s", dir, name);
}

// need returns resource(name) and refuses to go on without the file.
char *
need(const char *name, const char *what)
{
	char *path = resource(name);

	if (access(path, R_OK) != 0)
		die("%s (%s) is missing. Build thrum with `make`, or install it again with `make install`", path, what);
	return path;
}

// check_version runs clang --version. That takes 20 ms, so it is done only for a clang that the
// build has not chosen.
static void
check_version(const char *clang)
{
	char line[256] = "", command[PATH_MAX + 64];

	snprintf(command, sizeof command, "'%s' --version 2>&1", clang);
	FILE *f = strchr(clang, '\'') == NULL ? popen(command, "r") : NULL;
	if (f == NULL)
		die("cannot run %s: %s", clang, strerror(errno));
	while (fgets(line, sizeof line, f) != NULL && strstr(line, "clang version") == NULL)
		continue;
	pclose(f);
	const char *at = strstr(line, "clang version ");
	if (at == NULL || atoi(at + strlen("clang version ")) != 19)
		die("%s (from THRUM_CLANG) is not clang 19: the pass fits that version only. Install clang-19 "
		    "(Debian: apt-get install clang-19) or unset THRUM_CLANG",
			clang);
}

// find_clang returns the path of clang 19.
static const char *
find_clang(void)
{
	const char *clang = getenv("THRUM_CLANG");

	if (clang == NULL || clang[0] == '\0') {
		if (access(THRUM_CLANG_PATH, X_OK) != 0)
			die(THRUM_CLANG_PATH " is missing: install clang-19 (Debian: apt-get install clang-19) or set "
					     "THRUM_CLANG to where it is");
		return THRUM_CLANG_PATH;
	}
	if (strcmp(clang, THRUM_CLANG_PATH) != 0)
		check_version(clang);
	return clang;
}

// ---- adding --------------------------------------------------------------------

static void
push_linker(list *out, const char *word)
{
	push(out, "-Xlinker");
	push(out, word);
}

static void
add_compile(list *out, const request *q)
{
	char *pass = need("lib/thrum/thrum-pass.so", "the compiler pass");

	push(out, format("-fpass-plugin=%s", pass));
	push(out, "-Xclang"); // once more as a cc1 plugin, which makes its -mllvm options known
	push(out, "-load");
	push(out, "-Xclang");
	push(out, pass);
	push(out, "-fno-omit-frame-pointer");
	push(out, "-mno-omit-leaf-frame-pointer");
	push(out, "-Xclang"); // its records name allocas, and moved locals are none any more
	push(out, "-fexperimental-assignment-tracking=disabled");
	if (q->poll) {
		push(out, "-mllvm");
		push(out, "-thrum-poll");
	}
	if (q->remarks)
		push(out, "-fno-discard-value-names");
	push(out, "-D__THRUM__=" THRUM_ABI_TEXT);
}

// add_include adds the directory of thrum.h, unless it is searched anyway: naming a standard
// directory would change its place in the search.
static void
add_include(list *out)
{
	char *dir = resource("include");

	if (strcmp(dir, "/usr/include") != 0 && strcmp(dir, "/usr/local/include") != 0) {
		push(out, "-isystem");
		push(out, dir);
	}
}

static void
add_link(list *out, const request *q)
{
	if (q->choose_ld)
		push(out, "-fuse-ld=bfd");
	if (q->relocate || (q->bare && !q->shared))
		return;
	push_linker(out, need("lib/thrum/crtthrum.o", "the start-up object"));
	if (q->shared) {
		if (q->complete)
			push_linker(out, need("lib/thrum/" NAMES, "the list of the runtime's names"));
		return;
	}
	if (q->fixed && !q->entered) {
		push_linker(out, need("lib/thrum/crtstatic.o", "the start-up object of static executables"));
		push_linker(out, "--entry=thrum_entry");
	}
	push_linker(out, need("lib/thrum/crtexec.o", "the start-up object of executables"));
	if (q->heap)
		push_linker(out, need("lib/thrum/crtmalloc.o", "the object with malloc"));
	push_linker(out, need("lib/thrum/libthrum.a", "the runtime"));
	// Without a loader, an exported thread-local would have no address.
	if (q->fixed)
		push_linker(out, "--no-export-dynamic");
	else
		push_linker(out, format("--dynamic-list=%s", need("lib/thrum/thrum.dyn", "the list of exported names")));
	if (!q->plain) {
		push_linker(out, "--wrap=main");
		if (!q->begins) // else there may be no main
			// The runtime's reference is weak: it draws no main from an archive.
			push_linker(out, "--undefined=main");
	}
}

// copy appends the user's arguments. If one of thrumcc's options is among them, response files stay
// expanded and that option goes. "--" goes too: a file name that it protects gets "./" in front, so
// that options may follow.
static void
copy(list *out, const list *given, const list *expanded, const request *q)
{
	const list *from = q->ours ? expanded : given;
	bool options = true;

	for (int i = 0; i < from->n; i++) {
		const char *arg = from->v[i];

		if (options && strcmp(arg, "--") == 0)
			options = false;
		else if (!options && arg[0] == '-' && arg[1] != '\0')
			push(out, format("./%s", arg));
		else if (!options || !is_ours(arg))
			push(out, arg);
	}
}

// announce runs clang for --version and adds a line behind its output. Build systems take the first
// number for the compiler's, so clang's must come first.
static _Noreturn void
announce(char **argv)
{
	int status = run(argv);
	if (status == 0)
		puts("thrumcc " THRUM_VERSION " (thrum's compiler for C on x86-64 Linux)");
	exit(status);
}

int
main(int argc, char **argv)
{
	list given = {0}, expanded = {0}, out = {0};

	if (argc > 0 && ends(argv[0], "++"))
		die("%s: thrumcc compiles C only. Compile C++ with clang++ or g++ and link the objects "
		    "with thrumcc and -lstdc++",
			argv[0]);
	for (int i = 1; i < argc; i++) {
		push(&given, argv[i]);
		expand(&expanded, argv[i], 0);
	}

	request q = look(&expanded);
	const char *clang = find_clang();

	push(&out, clang);
	copy(&out, &given, &expanded, &q);
	if (!q.query && (q.translate || q.link)) {
		push(&out, "--start-no-unused-arguments");
		if (q.translate)
			add_include(&out);
		if (q.compile)
			add_compile(&out, &q);
		if (q.link)
			add_link(&out, &q);
		push(&out, "--end-no-unused-arguments");
	}

	if (q.version)
		announce(out.v);
	const char *log = q.verify ? NULL : getenv("THRUM_VERIFY");
	bool verified = (q.verify || (log != NULL && log[0] != '\0')) && q.compile && !q.query;
	bool complete = q.link && q.shared && q.complete && !q.relocate && !q.query;
	if (!verified && !complete) {
		execvp(clang, out.v);
		die("cannot run %s: %s", clang, strerror(errno));
	}
	int status = verified ? compile_verified(&out, log) : run(out.v);
	if (status == 0 && complete && !forget_names(q.output)) {
		unlink(q.output);
		die("%s: not found, or not a shared object, after the link. Name the output with -o, or link without -z defs and "
		    "--no-undefined",
			q.output);
	}
	return status;
}
