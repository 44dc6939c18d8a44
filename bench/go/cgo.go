// SPDX-License-Identifier: MIT
//
// cgo.go - peer of foreign.c: a call of an empty C function, and a callback. Needs gcc.

package main

/*
static void __attribute__((noinline)) empty(void) { __asm__ volatile(""); }
*/
import "C"

import "runtime"

func call(n uint64) (int64, uint64) {
	t := cpu()
	for i := uint64(0); i < n; i++ {
		C.empty()
	}
	return cpu() - t, n
}

func main() {
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	rotate([]*bench{{name: "Foreign/go-cgo", run: call}})
}
