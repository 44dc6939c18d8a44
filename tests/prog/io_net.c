// SPDX-License-Identifier: MIT
// Shows that sockets, socketpair, poll, select, epoll and getaddrinfo of a numeric host work, with
// every struct in the frame and a forked peer.
// modes: normal stackmove storm (a signal ends its waits)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int
resolve(int depth, char *out, socklen_t n)
{
	char mine[64];
	if (depth) {
		int r = resolve(depth - 1, mine, sizeof mine);
		strcpy(out, mine);
		return r;
	}
	struct addrinfo hints, *res;
	memset(&hints, 0, sizeof hints);
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_STREAM;
	int r = getaddrinfo("127.0.0.1", "80", &hints, &res);
	if (r)
		return r;
	r = getnameinfo(res->ai_addr, res->ai_addrlen, out, n, NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(res);
	return r;
}

int
main(void)
{
	char host[64];
	int r = resolve(200, host, sizeof host);
	printf("%d %s\n", r, host);
	int sv[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv))
		return 1;
	pid_t p = fork();
	if (p == 0) {
		char b[64];
		ssize_t k;
		close(sv[0]);
		while ((k = read(sv[1], b, sizeof b)) > 0) {
			for (ssize_t i = 0; i < k; i++)
				b[i] ^= 0x20;
			if (write(sv[1], b, (size_t)k) != k)
				_exit(2);
		}
		_exit(5);
	}
	close(sv[1]);
	for (int i = 0; i < 30; i++) {
		char msg[32], back[32];
		int len = snprintf(msg, sizeof msg, "Message%c", 'A' + i % 26), got = 0;
		struct iovec iov[2] = { { msg, 3 }, { msg + 3, (size_t)len - 3 } };
		if (writev(sv[0], iov, 2) != len)
			return 2;
		while (got < len) {
			if (i % 3 == 0) {
				struct pollfd pf = { sv[0], POLLIN, 0 };
				if (poll(&pf, 1, 2000) != 1)
					return 3;
			} else if (i % 3 == 1) {
				fd_set set;
				struct timeval tv = { 2, 0 };
				FD_ZERO(&set);
				FD_SET(sv[0], &set);
				if (select(sv[0] + 1, &set, NULL, NULL, &tv) != 1)
					return 4;
			} else {
				struct epoll_event ev = { .events = EPOLLIN, .data.fd = 99 }, out;
				int ep = epoll_create1(0);
				epoll_ctl(ep, EPOLL_CTL_ADD, sv[0], &ev);
				int k = epoll_wait(ep, &out, 1, 2000);
				close(ep);
				if (k != 1 || out.data.fd != 99)
					return 5;
			}
			ssize_t k = read(sv[0], back + got, sizeof back - (size_t)got);
			if (k <= 0)
				return 6;
			got += (int)k;
		}
		if (i % 10 == 0)
			printf("%.*s\n", got, back);
	}
	close(sv[0]);
	int st;
	waitpid(p, &st, 0);
	printf("%d\n", WEXITSTATUS(st));
	struct sockaddr_in a;
	memset(&a, 0, sizeof a);
	a.sin_family = AF_INET;
	inet_pton(AF_INET, "10.1.2.3", &a.sin_addr);
	printf("%s %x\n", inet_ntop(AF_INET, &a.sin_addr, host, sizeof host), ntohl(a.sin_addr.s_addr));
	return 0;
}
