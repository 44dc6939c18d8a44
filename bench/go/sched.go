// SPDX-License-Identifier: MIT
//
// sched.go - peer of sched.c, the same cases on as many Ps. Where thrum parks and wakes, a
// channel is Go's way to do it: unbuffered to hand over, with one place to wake.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	fanOut    = 10000
	leaves    = 1000000
	tree      = 1111111
	tasks     = 2000
	taskNanos = 50000
	spins     = 1000000
)

// distribution returns the round's figure of its samples, as sched.c does.
func distribution(b *bench, ns []int64) (int64, uint64) {
	if len(ns) == 0 {
		return 0, 1
	}
	sort.Slice(ns, func(i, j int) bool { return ns[i] < ns[j] })
	b.more = fmt.Sprintf("\t%d p99-ns\t%d max-ns", ns[len(ns)*99/100], ns[len(ns)-1])
	return ns[len(ns)/2] * int64(len(ns)), uint64(len(ns))
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
	once() // as in sched.c
	t := wall()
	done := uint64(0)
	for ; done < n; done += fanOut {
		once()
	}
	return wall() - t, done
}

func skynetChan(out chan<- uint64, first, size uint64) {
	if size == 1 {
		out <- first
		return
	}
	part := size / 10
	in := make(chan uint64)
	for i := uint64(0); i < 10; i++ {
		go skynetChan(in, first+i*part, part)
	}
	sum := uint64(0)
	for i := 0; i < 10; i++ {
		sum += <-in
	}
	out <- sum
}

func skynetWg(out *uint64, done *sync.WaitGroup, first, size uint64) {
	defer done.Done()
	if size == 1 {
		*out = first
		return
	}
	part := size / 10
	var sums [10]uint64
	var wg sync.WaitGroup
	wg.Add(10)
	for i := uint64(0); i < 10; i++ {
		go skynetWg(&sums[i], &wg, first+i*part, part)
	}
	wg.Wait()
	sum := uint64(0)
	for _, v := range sums {
		sum += v
	}
	*out = sum
}

func checked(sum uint64) {
	if sum != leaves*(leaves-1)/2 {
		fmt.Fprintln(os.Stderr, "sched: skynet's sum is", sum)
		os.Exit(1)
	}
}

func skynetByChan(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(2)
	t := wall()
	out := make(chan uint64)
	go skynetChan(out, 0, leaves)
	sum := <-out
	t = wall() - t
	checked(sum)
	return t, n
}

func skynetByWg(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(2)
	t := wall()
	var wg sync.WaitGroup
	var sum uint64
	wg.Add(1)
	go skynetWg(&sum, &wg, 0, leaves)
	wg.Wait()
	t = wall() - t
	checked(sum)
	return t, n
}

var taskLoops, sink uint64

//go:noinline
func task(x uint64) uint64 {
	for i := taskLoops; i != 0; i-- {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func inARow() int64 {
	t := wall()
	for i := uint64(1); i <= tasks/2; i++ {
		atomic.StoreUint64(&sink, task(i))
	}
	return wall() - t
}

func even(b *bench) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(2)
		if taskLoops == 0 {
			taskLoops = 100000
			least := int64(1 << 62)
			for i := 0; i < 20; i++ {
				t := wall()
				atomic.StoreUint64(&sink, task(88172645463325252))
				if t = wall() - t; t < least {
					least = t
				}
			}
			taskLoops = taskLoops*taskNanos/uint64(least) + 1
		}
		solo := inARow()
		t := wall()
		var wg sync.WaitGroup
		wg.Add(tasks)
		for i := uint64(1); i <= tasks; i++ {
			go func(i uint64) {
				atomic.StoreUint64(&sink, task(i))
				wg.Done()
			}(i)
		}
		wg.Wait()
		t = wall() - t
		solo += inARow()
		b.more = fmt.Sprintf("\t%.5g x-ideal", 2*float64(t)/float64(solo))
		return t, n
	}
}

func wake(b *bench, gap int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(2)
		var seen, ready uint32
		ch, done := make(chan bool, 1), make(chan bool)
		go func() {
			atomic.StoreUint32(&ready, 1)
			for range ch {
				atomic.AddUint32(&seen, 1)
			}
			done <- true
		}()
		for atomic.LoadUint32(&ready) == 0 {
			runtime.Gosched()
		}
		ns := make([]int64, 0, n)
		for i := uint64(0); i < n; i++ {
			for t := wall(); wall()-t < gap; {
			}
			before := atomic.LoadUint32(&seen)
			t := wall()
			ch <- true
			for atomic.LoadUint32(&seen) == before {
			}
			ns = append(ns, wall()-t)
		}
		close(ch)
		<-done
		return distribution(b, ns)
	}
}

func handover(procs int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		to, fro := make(chan bool), make(chan bool)
		go func() {
			for range to {
				fro <- true
			}
			close(fro)
		}()
		t := clock()
		for i := uint64(0); i < n; i += 2 {
			to <- true
			<-fro
		}
		t = clock() - t
		close(to)
		<-fro
		return t, n
	}
}

// spinUntil waits for *word to be at least v. False when it had to let others run.
func spinUntil(word *int32, v int32) bool {
	alone := true
	for i := 1; atomic.LoadInt32(word) < v; i++ {
		if i%spins == 0 {
			runtime.Gosched()
			alone = false
		}
	}
	return alone
}

func blocked(b *bench) func(uint64) (int64, uint64) {
	var fd [2]int
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(2)
		if fd[1] == 0 {
			if err := syscall.Pipe(fd[:]); err != nil {
				panic(err)
			}
		}
		ns := make([]int64, 0, n)
		for tries := uint64(0); uint64(len(ns)) < n && tries < 2*n; tries++ {
			var arrived, both int32
			var apart bool
			var call [2]int64
			var ran int64
			var wg sync.WaitGroup
			wg.Add(3)
			read := func(i int) {
				var buf [1]byte
				call[i] = wall()
				syscall.Read(fd[0], buf[:])
				wg.Done()
			}
			go func() {
				atomic.StoreInt32(&arrived, 1)
				spinUntil(&arrived, 2)
				atomic.StoreInt32(&both, 1)
				read(0)
			}()
			go func() {
				spinUntil(&arrived, 1)
				atomic.StoreInt32(&arrived, 2)
				apart = spinUntil(&both, 1)
				go func() {
					ran = wall()
					syscall.Write(fd[1], []byte("ab"))
					wg.Done()
				}()
				read(1)
			}()
			wg.Wait()
			from := call[0]
			if call[1] > from {
				from = call[1]
			}
			if ran < from {
				ran = from
			}
			if apart {
				ns = append(ns, ran-from)
			}
			time.Sleep(500 * time.Microsecond)
		}
		return distribution(b, ns)
	}
}

func main() {
	one := &bench{name: "Sched/go-handover-1", run: handover(1, cpu)}
	if runtime.NumCPU() < 2 {
		rotate([]*bench{one})
		return
	}
	evenly := &bench{name: "Sched/go-even", fixed: tasks}
	evenly.run = even(evenly)
	busy := &bench{name: "Sched/go-wake", fixed: 1000}
	busy.run = wake(busy, 1000)
	idle := &bench{name: "Sched/go-wake-idle", fixed: 100}
	idle.run = wake(idle, 200000)
	stuck := &bench{name: "Sched/go-blocked", fixed: 50}
	stuck.run = blocked(stuck)
	rotate([]*bench{
		{name: "Sched/go-fan", run: fan, fixed: fanOut * 5},
		{name: "Sched/go-skynet-chan", run: skynetByChan, fixed: tree},
		{name: "Sched/go-skynet-wg", run: skynetByWg, fixed: tree},
		evenly, busy, idle, one,
		{name: "Sched/go-handover-2", run: handover(2, wall)},
		stuck,
	})
}
