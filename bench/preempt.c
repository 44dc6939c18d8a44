// SPDX-License-Identifier: MIT
//
// preempt.c - question: how long does a goroutine that does not stop by itself hold up others?
//
//	build/bench/preempt                               everything, 20 seconds
//	build/bench/preempt --mode tight --quantum sweep --png cost.png
//	build/bench/preempt --help
//
// `bench/run preempt` builds it, runs it beside Go, and compares with the targets.
//
// Four questions, each for several kinds of code (modes) and numbers of Ps. How long after a
// request is the goroutine switched away (ask)? What do turns of a given quantum cost, and are they
// as long as they should be (wait)? How late does a sleeping goroutine continue if others keep all
// Ps busy (sleep)? And what does a goroutine pay for which nobody waits (armed)? cells.c has the
// details.
//
// Beside them stand three probes of the machine: a bare tgkill until its handler runs, a store
// until another processor sees it, and how late a plain thread's sleep ends.
//
// All cells and probes run in interleaved rounds, each time starting one further on, so that a
// disturbance of the machine hits all alike. Nothing is thrown away. Samples in which the kernel
// took time are marked and counted, and the tail is shown with and without them (series.c).
//
// main is a plain thread here (-fno-thrum-main): it must not need the P that it measures.
//
// Rejected: asking while nobody is on another processor: one processor cannot ask while it spins,
// so there is no ask with one. Times between two runtime stamps only: asked -> the other runs is
// taken from outside and contains them. Spinners that stay on one processor: no user has that. Only
// where one thread times another, in ask and the probes, each stays on its own. Otherwise the times
// would be those of the kernel's time slices on a busy machine.

#include "preempt/tool.h"
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define MAXCELLS 1024
#define WINDOW 0.1 // s, a cell's share of a round
#define PER_LINE 3 // rounds that make a line

static cell cells[MAXCELLS];
static unsigned ncells;

static struct {
	bool mode[32];
	bool procs[257];
	uint64_t quantum[64];
	unsigned nquantum;
	double seconds;
	bool kinds[Kinds];
	const char *json, *png, *svg;
	bool brief, lines;
} option;

static const char usage_text[] =
	"usage: preempt [options]\n"
	"  --mode LIST      what the spinners do, separated by commas, or all (all)\n"
	"%s"
	"  --what LIST      ask, wait, sleep, armed, probe, or all (all)\n"
	"  --procs LIST     numbers of Ps, separated by commas, or all: 1 to %d (1)\n"
	"  --quantum LIST   20us to 1s, separated by commas, or sweep: 20us to 10ms (100us)\n"
	"  --seconds S      how long all takes, about (20)\n"
	"  --json FILE      everything that was measured; - is standard output\n"
	"  --png FILE, --svg FILE\n"
	"                   a picture, by gnuplot\n"
	"  --brief          only the cells of the targets; --mode, --what, --procs and --quantum do not count\n"
	"  --lines          a line per round and figure in Go's format instead of the table\n";

static int
processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 256 ? 256 : n;
}

static void
usage(FILE *f)
{
	char list[1024];
	size_t n = 0;
	for (const mode *m = modes; m->name != NULL; m++)
		n += (size_t)snprintf(list + n, sizeof list - n, "                     %-8s %s\n", m->name, m->what);
	fprintf(f, usage_text, list, processors());
}

__attribute__((noreturn, format(printf, 1, 2))) static void
wrong(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "preempt: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "; preempt --help tells more\n");
	va_end(args);
	exit(2);
}

static void
take_mode(char *word)
{
	bool all = strcmp(word, "all") == 0, found = false;
	for (unsigned i = 0; modes[i].name != NULL; i++)
		if (all || strcmp(word, modes[i].name) == 0)
			found = option.mode[i] = true;
	if (!found)
		wrong("no mode '%s'", word);
}

static void
take_what(char *word)
{
	static const char *const names[] = {"ask", "wait", "sleep", "armed", "probe"};
	bool all = strcmp(word, "all") == 0, found = false;
	for (unsigned i = 0; i < 5; i++)
		if (all || strcmp(word, names[i]) == 0)
			found = option.kinds[KindAsk + i] = true;
	if (!found)
		wrong("nothing called '%s' to measure: ask, wait, sleep, armed, probe or all", word);
}

static void
take_procs(char *word)
{
	int n = processors();
	if (strcmp(word, "all") == 0) {
		for (int i = 1; i <= n; i++)
			option.procs[i] = true;
		return;
	}
	char *end;
	long v = strtol(word, &end, 10);
	if (end == word || *end != '\0' || v < 1 || v > n)
		wrong("--procs '%s' is not a number from 1 to %d, the processors there are", word, n);
	option.procs[v] = true;
}

static void
take_quantum(char *word)
{
	static const uint64_t sweep[] = {20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
	if (strcmp(word, "sweep") == 0) {
		option.nquantum = sizeof sweep / sizeof sweep[0];
		for (unsigned i = 0; i < option.nquantum; i++)
			option.quantum[i] = sweep[i] * 1000;
		return;
	}
	char *end;
	double v = strtod(word, &end);
	double unit = strcmp(end, "us") == 0 ? 1e3 : strcmp(end, "ms") == 0 ? 1e6 : strcmp(end, "s") == 0 ? 1e9 : strcmp(end, "ns") == 0 ? 1 : 0;
	if (end == word || unit == 0 || !(v * unit >= 20e3 && v * unit <= 1e9))
		wrong("--quantum '%s' is not a time from 20us to 1s, with its unit, nor sweep", word);
	if (option.nquantum < sizeof option.quantum / sizeof option.quantum[0])
		option.quantum[option.nquantum++] = (uint64_t)(v * unit + 0.5);
}

static void
each(char *list, void (*take)(char *))
{
	char *save = NULL, *word = strtok_r(list, ",", &save);
	if (word == NULL)
		wrong("an empty list");
	for (; word != NULL; word = strtok_r(NULL, ",", &save))
		take(word);
}

static void
options(int argc, char **argv)
{
	static const struct option long_[] = {
		{"mode", required_argument, NULL, 'm'}, {"what", required_argument, NULL, 'w'}, {"procs", required_argument, NULL, 'p'},
		{"quantum", required_argument, NULL, 'q'}, {"seconds", required_argument, NULL, 's'}, {"json", required_argument, NULL, 'j'},
		{"png", required_argument, NULL, 'P'}, {"svg", required_argument, NULL, 'S'}, {"lines", no_argument, NULL, 'l'}, {"brief", no_argument, NULL, 'b'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
	};
	char *end, all[] = "all", one[] = "1", usual[] = "100us";
	bool mode_ = false, what = false, procs = false;
	option.seconds = 20;
	for (int c; (c = getopt_long(argc, argv, "", long_, NULL)) != -1;)
		switch (c) {
		case 'm': each(optarg, take_mode); mode_ = true; break;
		case 'w': each(optarg, take_what); what = true; break;
		case 'p': each(optarg, take_procs); procs = true; break;
		case 'q': each(optarg, take_quantum); break;
		case 'j': option.json = optarg; break;
		case 'P': option.png = optarg; break;
		case 'S': option.svg = optarg; break;
		case 'b': option.brief = true; break;
		case 'l': option.lines = true; break;
		case 's':
			option.seconds = strtod(optarg, &end);
			if (end == optarg || *end != '\0' || !(option.seconds > 0 && option.seconds <= 1e6))
				wrong("--seconds '%s' is not a time in seconds", optarg);
			break;
		case 'h': usage(stdout); exit(0);
		default: fprintf(stderr, "preempt: preempt --help tells what there is\n"); exit(2);
		}
	if (optind < argc)
		wrong("'%s' is no option", argv[optind]);
	if (!mode_)
		each(all, take_mode);
	if (!what)
		each((char[]){"all"}, take_what);
	if (!procs)
		each(one, take_procs);
	if (option.nquantum == 0)
		each(usual, take_quantum);
}

static void
add(kind k, const mode *m, unsigned procs, uint64_t quantum)
{
	if (ncells == MAXCELLS)
		wrong("more than %d cells: choose fewer modes, Ps or quanta", MAXCELLS);
	cell *c = &cells[ncells++];
	*c = (cell){.kind = k, .mode = m, .procs = procs, .quantum = quantum};
	cell_init(c);
}

static void
plan_probes(void)
{
	for (kind k = KindTgkill; k <= KindNap; k++)
		if (processors() > 1 || k == KindNap)
			add(k, NULL, 0, 0);
}

// plan_brief makes the cells of the targets.
static void
plan_brief(void)
{
	static const uint64_t quanta[] = {50000, 100000, 1000000, 10000000};
	int cpus = processors();
	for (unsigned i = 0; cpus > 1 && modes[i].name != NULL; i++)
		add(KindAsk, &modes[i], 1, 1000000000);
	for (int p = 1; p <= 2 && p <= cpus; p++)
		add(KindSleep, &modes[0], (unsigned)p, 100000);
	for (unsigned i = 0; i < sizeof quanta / sizeof quanta[0]; i++)
		add(KindWait, &modes[0], 1, quanta[i]);
	add(KindArmed, &modes[0], 1, 20000);
	plan_probes();
}

// plan makes the requested cells.
static void
plan(void)
{
	int cpus = processors();
	for (unsigned i = 0; modes[i].name != NULL; i++)
		for (unsigned p = 1; option.mode[i] && p <= (unsigned)cpus; p++) {
			if (!option.procs[p])
				continue;
			if (option.kinds[KindAsk] && cpus > 1)
				add(KindAsk, &modes[i], p, 1000000000);
			for (unsigned q = 0; q < option.nquantum; q++) {
				if (option.kinds[KindWait])
					add(KindWait, &modes[i], p, option.quantum[q]);
				if (option.kinds[KindSleep])
					add(KindSleep, &modes[i], p, option.quantum[q]);
			}
			if (option.kinds[KindArmed] && p == 1)
				add(KindArmed, &modes[i], 1, 20000);
		}
	if (option.kinds[KindTgkill])
		plan_probes();
	if (ncells == 0)
		wrong("nothing to measure: with one processor there is no ask");
}

static const char *
cpu_name(void)
{
	static char line[256];
	FILE *f = fopen("/proc/cpuinfo", "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "model name", 10) == 0) {
			fclose(f);
			line[strcspn(line, "\n")] = '\0';
			char *colon = strchr(line, ':');
			return colon != NULL ? colon + 2 : line;
		}
	if (f != NULL)
		fclose(f);
	return "unknown processor";
}

// progress shows progress on a terminal.
static void
progress(unsigned round, unsigned rounds, unsigned i)
{
	if (isatty(2))
		fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, rounds, cells[i].name);
}

static int
files(result *r)
{
	int failed = 0, e;
	if (option.json != NULL && (e = write_json(r, option.json)) != 0)
		failed = fprintf(stderr, "preempt: %s: %s\n", option.json, strerror(-e));
	if (option.png != NULL && write_picture(r, option.png, false) != 0)
		failed = fprintf(stderr, "preempt: no picture %s: gnuplot failed or is not installed\n", option.png);
	if (option.svg != NULL && write_picture(r, option.svg, true) != 0)
		failed = fprintf(stderr, "preempt: no picture %s: gnuplot failed or is not installed\n", option.svg);
	return failed != 0;
}

int
main(int argc, char **argv)
{
	options(argc, argv);
	bench_setup(1, argv);
	vector_setup();
	if (option.brief)
		plan_brief();
	else
		plan();
	if (option.lines)
		option.seconds *= bench_env("BENCH_TIME", 1);
	unsigned rounds = option.lines ? PER_LINE * bench_rounds(1) : (unsigned)(option.seconds / (ncells * WINDOW));
	rounds = rounds < 3 ? 3 : rounds > 1000 ? 1000 : rounds;
	uint64_t ns = (uint64_t)(option.seconds / rounds / ncells * 1e9);
	if (thrum_start(processors()) != 0) {
		fprintf(stderr, "preempt: the runtime does not start\n");
		return 1;
	}
	struct utsname u;
	uname(&u);
	int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	result r = {cells, ncells, rounds, option.seconds, cpu_name(), u.release, processors(), slack > 0 ? strdup(show_quantum((uint64_t)slack)) : "unknown"};
	for (unsigned k = 0; k < rounds; k++) {
		for (unsigned i = 0; i < ncells; i++) {
			unsigned j = (i + k) % ncells;
			progress(k, rounds, j);
			cell_run(&cells[j], ns);
		}
		if (option.lines && k % PER_LINE == PER_LINE - 1)
			print_lines(&r);
	}
	if (isatty(2))
		fprintf(stderr, "\r\033[K");
	thrum_stop();
	if (!option.lines)
		print_table(&r);
	return files(&r);
}
