// SPDX-License-Identifier: MIT
//
// panic.go - peer of panic.c: defer, panic, recover.

package main

import "runtime"

var count uint64

//go:noinline
func bump() { count++ }

//go:noinline
func deferred() {
	defer bump()
}

func rec() {
	count++
	recover()
}

//go:noinline
func down(depth uint64) {
	if depth == 1 {
		panic("benchmark")
	}
	down(depth - 1)
	count++
}

//go:noinline
func downdefers(depth uint64) {
	defer bump()
	if depth == 1 {
		panic("benchmark")
	}
	downdefers(depth - 1)
}

//go:noinline
func panics(depth uint64, fn func(uint64)) {
	defer rec()
	fn(depth)
}

func loop(f func()) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		t := cpu()
		for i := uint64(0); i < n; i++ {
			f()
		}
		return cpu() - t, n
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	rotate([]*bench{
		{name: "Panic/go-defer", run: loop(deferred)},
		{name: "Panic/go-depth-1", run: loop(func() { panics(1, down) })},
		{name: "Panic/go-depth-100", run: loop(func() { panics(100, down) })},
		{name: "Panic/go-defers-100", run: loop(func() { panics(100, downdefers) })},
	})
}
