// SPDX-License-Identifier: MIT
// gcc side of link_ctors.c.
int note(const char *name, int n);
__attribute__((constructor(150))) static void g150(void) { note("g150", 30); }
__attribute__((destructor(350))) static void g350(void) { note("g350", 30); }
