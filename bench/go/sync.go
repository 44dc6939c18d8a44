// SPDX-License-Identifier: MIT
//
// sync.go - peer of sync.c, the same cases on as many Ps.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	fanOut = 10000
	many   = 100
	ops    = 2000000
	rare   = 1000
)

var (
	once sync.Once
	sink uint64
	pool = sync.Pool{New: func() interface{} { return &sink }}
)

// The data that a lock protects lies beside it.
var locked struct {
	_ [64]byte
	sync.Mutex
	n uint64
	_ [64]byte
}
var shared struct {
	_ [64]byte
	sync.RWMutex
	n uint64
	_ [64]byte
}

// alone times body(n) on one P by processor time.
func alone(body func(n uint64)) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(1)
		time.Sleep(time.Millisecond)
		t := cpu()
		body(n)
		return cpu() - t, n
	}
}

func lockAlone(n uint64) {
	for i := uint64(0); i < n; i++ {
		locked.Lock()
		locked.Unlock()
	}
}

func readAlone(n uint64) {
	for i := uint64(0); i < n; i++ {
		shared.RLock()
		shared.RUnlock()
	}
}

func nothing() {}

func onceAlone(n uint64) {
	for i := uint64(0); i < n; i++ {
		once.Do(nothing)
	}
}

func poolAlone(n uint64) {
	for i := uint64(0); i < n; i++ {
		pool.Put(pool.Get())
	}
}

func condPair(n uint64) {
	var m sync.Mutex
	c := [2]*sync.Cond{sync.NewCond(&m), sync.NewCond(&m)}
	var wg sync.WaitGroup
	turn := uint64(0)
	partner := func(me uint64) {
		m.Lock()
		for turn < n {
			if turn%2 == me {
				turn++
				c[1-me].Signal()
			} else {
				c[me].Wait()
			}
		}
		c[1-me].Signal()
		m.Unlock()
		wg.Done()
	}
	wg.Add(2)
	go partner(0)
	go partner(1)
	wg.Wait()
}

// hundred times what 100 goroutines do, each n / 100 times.
func hundred(body func(me, each uint64)) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(2)
		each := n / many
		locked.n, shared.n = 0, 0
		var wg sync.WaitGroup
		t := wall()
		wg.Add(many)
		for i := uint64(0); i < many; i++ {
			go func(i uint64) {
				body(i, each)
				wg.Done()
			}(i)
		}
		wg.Wait()
		t = wall() - t
		if locked.n > each*many {
			fmt.Fprintln(os.Stderr, "sync: counted", locked.n)
			os.Exit(1)
		}
		return t, each * many
	}
}

func lockOften(_, each uint64) {
	for i := each; i != 0; i-- {
		locked.Lock()
		locked.n++
		locked.Unlock()
	}
}

func yieldInside(_, each uint64) {
	for i := each; i != 0; i-- {
		locked.Lock()
		locked.n++
		runtime.Gosched()
		locked.Unlock()
	}
}

func workAndLock(me, each uint64) {
	x := me + 1
	for i := each; i != 0; i-- {
		for k := 0; k < 60; k++ {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		locked.Lock()
		locked.n++
		locked.Unlock()
	}
	if x == 0 {
		sink++
	}
}

func readMostly(me, each uint64) {
	seen := uint64(0)
	for i := each; i != 0; i-- {
		if (i+me)%rare == 0 {
			shared.Lock()
			shared.n++
			shared.Unlock()
		} else {
			shared.RLock()
			seen += shared.n
			shared.RUnlock()
		}
	}
	if seen == 1 {
		sink++
	}
}

func fan(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(2)
	var wg sync.WaitGroup
	once := func() {
		wg.Add(fanOut)
		for k := 0; k < fanOut; k++ {
			go func() { wg.Done() }()
		}
		wg.Wait()
	}
	once() // as in sync.c
	t := wall()
	done := uint64(0)
	for ; done < n; done += fanOut {
		once()
	}
	return wall() - t, done
}

func main() {
	rotate([]*bench{
		{name: "Sync/go-mutex", run: alone(lockAlone)},
		{name: "Sync/go-rmutex", run: alone(readAlone)},
		{name: "Sync/go-once", run: alone(onceAlone)},
		{name: "Sync/go-pool", run: alone(poolAlone)},
		{name: "Sync/go-cond", run: alone(condPair)},
		{name: "Sync/go-mutex-100", run: hundred(lockOften), fixed: ops},
		{name: "Sync/go-mutex-100-park", run: hundred(yieldInside), fixed: ops / 4},
		{name: "Sync/go-mutex-100-work", run: hundred(workAndLock), fixed: ops / 4},
		{name: "Sync/go-rwmutex-read", run: hundred(readMostly), fixed: ops / 4},
		{name: "Sync/go-fan", run: fan, fixed: fanOut * 5},
	})
}
