// SPDX-License-Identifier: MIT
//
// spawn.go - peer of spawn.c and grow.c: start, run and end a goroutine; recurse to 28 KB.

package main

import (
	"runtime"
	"sync"
)

var done uint64
var wg sync.WaitGroup

func one(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i++ {
		before := done
		go func() { done++ }()
		for done == before {
			runtime.Gosched()
		}
	}
	return cpu() - t, n
}

func batch(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i += 1000 {
		until := done + 1000
		for k := 0; k < 1000; k++ {
			go func() { done++ }()
		}
		for done != until {
			runtime.Gosched()
		}
	}
	return cpu() - t, (n + 999) / 1000 * 1000
}

func group(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i += 1000 {
		wg.Add(1000)
		for k := 0; k < 1000; k++ {
			go func() { wg.Done() }()
		}
		wg.Wait()
	}
	return cpu() - t, (n + 999) / 1000 * 1000
}

// dive has a frame of 144 bytes, as frames.h makes them.
//
//go:noinline
func dive(depth int) int {
	var hold [13]int
	hold[depth%13] = depth
	if depth == 0 {
		return 1
	}
	r := dive(depth - 1)
	return r + hold[r%13]
}

func grow(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i++ {
		before := done
		go func() {
			dive(28 * 1024 / 144)
			done++
		}()
		for done == before {
			runtime.Gosched()
		}
	}
	return cpu() - t, n
}

func main() {
	runtime.GOMAXPROCS(1)
	rotate([]*bench{
		{name: "Spawn/go-one", run: one},
		{name: "Spawn/go-batch", run: batch},
		{name: "Spawn/go-wg", run: group},
		{name: "Grow/go-28KB", run: grow},
	})
}
