// SPDX-License-Identifier: MIT
//
// alloc.go - peer of alloc.c: new of 16 and 64 bytes, in batches of 256 KB. The collector is off
// while the time of a batch is taken, and frees it behind that. In the cases gc-* it is on, and the
// time is that of many batches.

package main

import (
	"runtime"
	"runtime/debug"
)

type t16 struct {
	next *t16
	v    [1]uint64
}

type t64 struct {
	next *t64
	v    [7]uint64
}

var blocks16 [256 << 10 / 16]*t16
var blocks64 [256 << 10 / 64]*t64

func new16() uint64 {
	for i := range blocks16 {
		blocks16[i] = new(t16)
	}
	return uint64(len(blocks16))
}

func new64() uint64 {
	for i := range blocks64 {
		blocks64[i] = new(t64)
	}
	return uint64(len(blocks64))
}

func alone(n uint64, batch func() uint64) (ns int64, done uint64) {
	for done < n {
		t := cpu()
		done += batch()
		ns += cpu() - t
		blocks16 = [len(blocks16)]*t16{}
		blocks64 = [len(blocks64)]*t64{}
		runtime.GC()
	}
	return ns, done
}

func collected(n uint64, batch func() uint64) (ns int64, done uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t := cpu()
	for done < n {
		done += batch()
	}
	return cpu() - t, done
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	rotate([]*bench{
		{name: "Alloc/new/go-16", run: func(n uint64) (int64, uint64) { return alone(n, new16) }},
		{name: "Alloc/new/go-64", run: func(n uint64) (int64, uint64) { return alone(n, new64) }},
		{name: "Alloc/new/go-gc-16", run: func(n uint64) (int64, uint64) { return collected(n, new16) }},
		{name: "Alloc/new/go-gc-64", run: func(n uint64) (int64, uint64) { return collected(n, new64) }},
	})
}
