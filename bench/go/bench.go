// SPDX-License-Identifier: MIT
//
// bench.go - bench.h for the Go peers: the same rounds, clock and lines. Each peer is
// built from its own file and this one: go build gosched.go bench.go

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

type bench struct {
	name  string
	run   func(n uint64) (ns int64, done uint64) // times itself
	fixed uint64
	more  string // more columns, set by run
	n     uint64
}

// cpu returns the processor time of the process in ns, as bench_cpu does.
func cpu() int64 {
	const processCputime = 2
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCputime, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

var start = time.Now()

// wall returns monotonic time in ns.
func wall() int64 { return int64(time.Since(start)) }

func random(s *uint64) uint64 {
	*s ^= *s >> 12
	*s ^= *s << 25
	*s ^= *s >> 27
	return *s * 0x2545f4914f6cdd1d
}

func number(name string, otherwise float64) float64 {
	if v, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil && v > 0 {
		return v
	}
	return otherwise
}

func rotate(all []*bench) {
	want := int64(2e6 * number("BENCH_TIME", 1))
	only := os.Getenv("BENCH_ONLY")
	if len(os.Args) > 1 {
		only = os.Args[1]
	}
	var list []*bench
	for _, b := range all {
		if strings.Contains(b.name, only) {
			list = append(list, b)
		}
	}
	for _, b := range list {
		b.n = b.fixed
		for n := uint64(1000); b.n == 0; n *= 2 {
			ns, _ := b.run(n)
			if again, _ := b.run(n); again < ns {
				ns = again // the first one met cold caches
			}
			if ns >= want/2 {
				b.n = n
			}
		}
		b.run(b.n)
	}
	for r := 0; r < int(number("BENCH_ROUNDS", 9)); r++ {
		for i := range list {
			b := list[(i+r)%len(list)]
			ns, done := b.run(b.n)
			fmt.Printf("Benchmark%s\t%10d\t%10.4g ns/op%s\n", b.name, done, float64(ns)/float64(done), b.more)
		}
	}
}
