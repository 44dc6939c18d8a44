// SPDX-License-Identifier: MIT
// Shows that timer channels work in the deterministic mode, by its virtual time.
// thrum-only
// env: THRUM_DEBUG=sched=seed:7
// out: after ok
// out: tick ok
// out: many ok
// out: thread ok
#include "time_after.c"
