// SPDX-License-Identifier: MIT
//
// timer.h - a stand-in for the timers, to be replaced whole: a list and one thread.

#ifndef THRUM_SYNC_TIMER_H
#define THRUM_SYNC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct timer timer;
struct timer {
	uint64_t when;
	void (*fn)(timer *t, uint64_t now);
	timer *next;
	bool armed;
};

void timerstart(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now));
bool timerstop(timer *t);

#endif
