// SPDX-License-Identifier: MIT
// thrumcc side of tls_kinds.c.
_Thread_local int other_tls = 11;
_Thread_local char other_buf[4096];

int *
other_addr(void)
{
	int *volatile p = &other_tls;
	return p;
}
