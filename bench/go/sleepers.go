// SPDX-License-Identifier: MIT
//
// sleepers.go - peer of sleepers.c.

package main

import (
	"fmt"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

const each = 10000

var count uint64
var late []int64

func distribution(b *bench, v []int64) (int64, uint64) {
	n := len(v)
	sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
	b.more = fmt.Sprintf("\t%d p99-ns\t%d p999-ns\t%d max-ns", v[n*99/100], v[n*999/1000], v[n-1])
	return v[n/2] * int64(n), uint64(n)
}

func many(b *bench) func(n uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		var wg, gate sync.WaitGroup
		var began uint64
		var begin int64
		wg.Add(int(n))
		gate.Add(1)
		for i := uint64(0); i < n; i++ {
			go func(i uint64) {
				atomic.AddUint64(&began, 1)
				gate.Wait()
				due := atomic.LoadInt64(&begin) + int64(i*2654435761%count*each)
				time.Sleep(time.Duration(due - wall()))
				late[i] = wall() - due
				wg.Done()
			}(i)
		}
		for atomic.LoadUint64(&began) < n {
			time.Sleep(time.Millisecond)
		}
		atomic.StoreInt64(&begin, wall()+200000000+int64(n)*2000)
		gate.Done()
		wg.Wait()
		return distribution(b, late[:n])
	}
}

func one(b *bench, d time.Duration) func(n uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		for i := uint64(0); i < n; i++ {
			due := wall() + int64(d)
			time.Sleep(d)
			late[i] = wall() - due
		}
		return distribution(b, late[:n])
	}
}

func main() {
	runtime.GOMAXPROCS(2)
	count = uint64(number("BENCH_SLEEPERS", 200000))
	late = make([]int64, count+2000)
	all := []*bench{
		{name: "Sleepers/go-many", fixed: count},
		{name: "Sleepers/go-one", fixed: 500},
		{name: "Sleepers/go-short", fixed: 2000},
	}
	all[0].run = many(all[0])
	all[1].run = one(all[1], time.Millisecond)
	all[2].run = one(all[2], 5*time.Microsecond)
	rotate(all)
}
