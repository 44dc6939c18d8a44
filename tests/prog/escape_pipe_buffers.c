// SPDX-License-Identifier: MIT
// Shows that read, write, readv, writev, pipe, poll and stat use local buffers and structs from
// frames at every depth.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

__attribute__((noinline)) static unsigned
level(const int *fds, const int *vfds, int depth)
{
	char out[32], in[32], a[5], b[40];
	struct iovec iov[3], riov[2];
	struct pollfd pf = { .fd = fds[0], .events = POLLIN };
	struct stat st;
	unsigned r = 0;
	int n = snprintf(out, sizeof out, "message %d", depth);
	ssize_t got;

	if (write(fds[1], out, (size_t)n) != n || poll(&pf, 1, 1000) != 1 || !(pf.revents & POLLIN))
		puts("write or poll fails");
	got = read(fds[0], in, sizeof in);
	if (got != n || memcmp(in, out, (size_t)n))
		printf("depth %d: %zd bytes of %d\n", depth, got, n);
	iov[0] = (struct iovec){ out, 4 };
	iov[1] = (struct iovec){ in + 4, 4 };
	iov[2] = (struct iovec){ &depth, sizeof depth };
	if (writev(vfds[1], iov, 3) != 12)
		puts("writev fails");
	if (depth > 0)
		r = level((int[2]){ fds[0], fds[1] }, vfds, depth - 1);
	// The pipe is first in, first out, so each frame takes what another one put in.
	riov[0] = (struct iovec){ a, sizeof a };
	riov[1] = (struct iovec){ b, 7 };
	if (readv(vfds[0], riov, 2) != 12)
		puts("readv fails");
	int x;
	memcpy(&x, b + 3, sizeof x);
	if (fstat(fds[0], &st) != 0 || !S_ISFIFO(st.st_mode))
		puts("fstat fails");
	return r * 7 + (unsigned)x + (unsigned char)a[0] + (unsigned char)in[got - 1];
}

int
main(void)
{
	int p[2], q[2];
	char tail;

	if (pipe(p) || pipe(q))
		return 1;
	for (int i = 0; i < 500; i = i * 3 + 1)
		printf("%d %u\n", i, level(p, q, i));
	close(p[1]);
	close(q[1]);
	printf("%zd %zd\n", read(p[0], &tail, 1), read(q[0], &tail, 1));
	close(p[0]);
	close(q[0]);
	return 0;
}
