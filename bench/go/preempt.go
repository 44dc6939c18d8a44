// SPDX-License-Identifier: MIT
//
// preempt.go - peer of preempt.c: a goroutine sleeps beside others that compute without a call, on
// as many Ps. It measures how late the sleeper continues, and how much of their speed the others
// lose: before, meanwhile, after.

package main

import (
	"fmt"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

const gap = 500 * time.Microsecond

var sink uint64

type spinner struct {
	count uint64
	stop  uint32
	_     [128]byte
}

// run is work_tight of preempt/tight.c.
func (s *spinner) run(done *sync.WaitGroup) {
	x := uint64(88172645463325252)
	for n := uint64(1); atomic.LoadUint32(&s.stop) == 0; n++ {
		for i := 0; i < 64; i++ {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		atomic.StoreUint64(&s.count, n)
	}
	atomic.AddUint64(&sink, x)
	done.Done()
}

type reading struct{ ns, count int64 }

func read(s []spinner) reading {
	r := reading{ns: wall()}
	for i := range s {
		r.count += int64(atomic.LoadUint64(&s[i].count))
	}
	return r
}

func speed(a, b, c, d reading) float64 {
	return float64(b.count-a.count+d.count-c.count) / float64(b.ns-a.ns+d.ns-c.ns)
}

// beside returns a case with that many Ps and spinners. main, which reads the counters, needs
// a P only when it starts and stops something; it waits for one as the sleeper does.
func beside(b *bench, procs int, ns int64) func(uint64) (int64, uint64) {
	warm := false
	return func(uint64) (int64, uint64) {
		if !warm { // there is nothing to warm up
			warm = true
			return 0, 1
		}
		runtime.GOMAXPROCS(procs)
		s := make([]spinner, procs)
		var spinning, sleeping sync.WaitGroup
		spinning.Add(procs)
		for i := range s {
			go s[i].run(&spinning)
		}
		time.Sleep(2 * time.Millisecond)
		r1 := read(s)
		time.Sleep(time.Duration(ns / 8))
		r2 := read(s)
		var stop uint32
		var late []int64
		sleeping.Add(1)
		go func() {
			seed := uint64(wall()) | 1
			for len(late) == 0 || atomic.LoadUint32(&stop) == 0 {
				d := gap + time.Duration(random(&seed)%uint64(2*gap))
				t := wall()
				time.Sleep(d)
				late = append(late, wall()-t-int64(d))
			}
			sleeping.Done()
		}()
		r3 := read(s)
		time.Sleep(time.Duration(ns * 3 / 4))
		r4 := read(s)
		atomic.StoreUint32(&stop, 1)
		sleeping.Wait()
		r5 := read(s)
		time.Sleep(time.Duration(ns / 8))
		r6 := read(s)
		for i := range s {
			atomic.StoreUint32(&s[i].stop, 1)
		}
		spinning.Wait()
		sort.Slice(late, func(i, j int) bool { return late[i] < late[j] })
		n := len(late)
		rank := func(p int) int64 { return late[(n*p+999)/1000-1] }
		b.more = fmt.Sprintf("\t%d p99-ns\t%d p99.9-ns\t%d max-ns\t%.5g %%-cost", rank(990), rank(999), late[n-1],
			100-100*speed(r3, r4, r4, r4)/speed(r1, r2, r5, r6))
		return rank(500) * int64(n), uint64(n)
	}
}

func main() {
	ns := int64(1e9 * number("BENCH_TIME", 1)) // a round on one P; half of it on two
	var list []*bench
	for procs := 1; procs <= 2 && procs <= runtime.NumCPU(); procs++ {
		b := &bench{name: fmt.Sprintf("Preempt/go-sleep/%d", procs), fixed: 1}
		b.run = beside(b, procs, ns/int64(procs))
		list = append(list, b)
	}
	rotate(list)
}
