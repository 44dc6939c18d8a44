// SPDX-License-Identifier: MIT
//
// verify.c - -fthrum-verify: the driver runs clang's jobs itself, and runs thrum-verify on each
// object that one of them writes. clang lists the jobs (-###).

#include "cc/driver/driver.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// plan asks clang for its jobs and returns them as lines. clang's messages go on to stderr. If
// clang fails, plan exits.
static list
plan(const list *command)
{
	list jobs = {0}, ask = {0};
	char *line = NULL;
	size_t cap = 0;
	int fd[2], status;

	push(&ask, command->v[0]);
	push(&ask, "-###");
	for (int i = 1; i < command->n; i++)
		push(&ask, command->v[i]);
	if (pipe(fd) != 0)
		die("cannot create a pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fd[1], 2);
		close(fd[0]);
		close(fd[1]);
		execvp(ask.v[0], ask.v);
		_exit(127);
	}
	close(fd[1]);
	FILE *f = fdopen(fd[0], "r");
	while (pid > 0 && f != NULL && getline(&line, &cap, f) > 0) {
		static const char *const chatter[] = {"Target: ", "Thread model: ", "InstalledDir: ", "Build config: ",
			"Configuration file: ", " (in-process)", "Found candidate", "Selected ", "Candidate multilib", NULL};
		bool quiet = strstr(line, "clang version ") != NULL;
		for (int i = 0; chatter[i] != NULL; i++)
			quiet |= starts(line, chatter[i]);
		if (starts(line, " \""))
			push(&jobs, strdup(line));
		else if (!quiet)
			fputs(line, stderr);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("cannot run %s: %s", ask.v[0], strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	return jobs;
}

// value_of returns the argument after name, or NULL.
static const char *
value_of(const list *args, const char *name)
{
	for (int i = 1; i + 1 < args->n; i++)
		if (strcmp(args->v[i], name) == 0)
			return args->v[i + 1];
	return NULL;
}

static bool
is_object(const char *path)
{
	Elf64_Ehdr h;
	FILE *f = fopen(path, "r");
	bool yes = f != NULL && fread(&h, sizeof h, 1, f) == 1 && memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 && h.e_type == ET_REL;

	if (f != NULL)
		fclose(f);
	return yes;
}

// verify checks an object that has just been written. An object that does not pass is removed. But
// if there is a log, findings go there and the object stays.
static int
verify(const char *object, const char *source, const char *log)
{
	char *argv[] = {need("lib/thrum/thrum-verify", "the checker of machine code"), "-n", (char *)source, (char *)object, NULL};
	int out = dup(1), fd = log != NULL ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : dup(2);

	if (out < 0 || fd < 0 || dup2(fd, 1) < 0)
		die("cannot write to %s: %s", log != NULL ? log : "standard error", strerror(errno));
	int status = run(argv);
	dup2(out, 1);
	close(out);
	close(fd);
	if (status == 0 || log != NULL)
		return 0;
	fprintf(stderr, "thrumcc: error: %s: -fthrum-verify found code that is not safe on a stack that moves, see above and thrumcc(1)\n", source);
	unlink(object);
	return status;
}

// refuse_beyond exits if a job makes code that thrum-verify cannot follow, although such code runs:
// calls through registers of the large code model, and an rsp that holds a mask of the
// speculation's state.
static void
refuse_beyond(const list *job)
{
	static const char *const beyond[] = {"-mcmodel=large", "-mspeculative-load-hardening"};

	for (int i = 1; i < job->n; i++)
		for (size_t k = 0; k < sizeof beyond / sizeof *beyond; k++)
			if (strcmp(job->v[i], beyond[k]) == 0)
				die("-fthrum-verify cannot follow the code that %s generates: drop one of the two options", beyond[k]);
}

// compile_verified runs the jobs of a command one by one and verifies each object that they write.
int
compile_verified(const list *command, const char *log)
{
	const char *tmp = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	list jobs = plan(command), temporary = {0};
	int status = 0;

	for (int i = 0; i < jobs.n && status == 0; i++) {
		list job = {0};
		split(&job, jobs.v[i], 0);
		if (log == NULL)
			refuse_beyond(&job);
		const char *file = value_of(&job, "-o"), *source = value_of(&job, "-main-file-name");
		if (file != NULL && i + 1 < jobs.n && starts(file, tmp))
			push(&temporary, file);
		status = run(job.v);
		if (status == 0 && file != NULL && is_object(file))
			status = verify(file, source != NULL ? source : file, log);
	}
	for (int i = 0; i < temporary.n; i++)
		unlink(temporary.v[i]);
	return status;
}
