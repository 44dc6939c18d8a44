// SPDX-License-Identifier: MIT
//
// memory.go - peer of memory.c: the resident set of a million parked goroutines.

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

func resident() int64 {
	var size, rss int64
	text, _ := os.ReadFile("/proc/self/statm")
	fmt.Sscan(string(text), &size, &rss)
	return rss * int64(os.Getpagesize())
}

func main() {
	runtime.GOMAXPROCS(1)
	n := int(number("BENCH_GOROUTINES", 1e6))
	wait, arrived := make(chan bool), 0
	before := resident()
	t := cpu()
	for i := 0; i < n; i++ {
		go func() {
			arrived++
			<-wait
		}()
	}
	for arrived < n {
		runtime.Gosched()
	}
	t = cpu() - t
	maps, _ := os.ReadFile("/proc/self/maps")
	fmt.Printf("BenchmarkMemory/go-parked\t%d\t%.4g ns/op\t%.5g B/goroutine\t%d vmas\n", n,
		float64(t)/float64(n), float64(resident()-before)/float64(n), strings.Count(string(maps), "\n"))
	runtime.KeepAlive(wait)
}
