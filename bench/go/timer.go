// SPDX-License-Identifier: MIT
//
// timer.go - peer of timer.c: time.AfterFunc and Stop, Reset and Stop.

package main

import (
	"runtime"
	"time"
)

const most = 1000000

var others [most]*time.Timer
var live int

func arm(want int) {
	for ; live < want; live++ {
		d := 100*time.Second + time.Duration(live*7919%most)*time.Millisecond
		if others[live] == nil {
			others[live] = time.AfterFunc(d, func() {})
		} else {
			others[live].Reset(d)
		}
	}
	for ; live > want; live-- {
		others[live-1].Stop()
	}
}

func with(want int) func(n uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		arm(want)
		t := cpu()
		for i := uint64(0); i < n; i++ {
			time.AfterFunc(time.Duration(1+i%1000)*time.Second, func() {}).Stop()
		}
		return cpu() - t, n
	}
}

func reset(n uint64) (int64, uint64) {
	arm(100000)
	x := time.AfterFunc(time.Second, func() {})
	x.Stop()
	t := cpu()
	for i := uint64(0); i < n; i++ {
		x.Reset(time.Duration(1+i%1000) * time.Second)
		x.Stop()
	}
	return cpu() - t, n
}

func clock(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i++ {
		_ = time.Now()
	}
	return cpu() - t, n
}

func main() {
	runtime.GOMAXPROCS(1)
	rotate([]*bench{
		{name: "Timer/go-live-0", run: with(0), fixed: 100000},
		{name: "Timer/go-live-100000", run: with(100000), fixed: 100000},
		{name: "Timer/go-live-1000000", run: with(1000000), fixed: 100000},
		{name: "Timer/go-reset", run: reset, fixed: 100000},
		{name: "Timer/go-clock", run: clock},
	})
}
