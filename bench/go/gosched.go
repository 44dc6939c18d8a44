// SPDX-License-Identifier: MIT
//
// gosched.go - peer of yield.c: runtime.Gosched among 2 to 100,000 goroutines, one P.
//
// Not among a million: sysmon preempts the one that wakes the others every 10 ms, which
// then waits for a full turn of those that are awake, so that a round takes a minute.

package main

import "runtime"

var yields uint64
var running bool
var arrived int

func body(wake chan bool) {
	for range wake {
		for running {
			yields++
			runtime.Gosched()
		}
		arrived++
	}
}

// group returns a benchmark of n goroutines, main counted. They wait on channels
// between rounds and are woken in a random order.
func group(n int) func(uint64) (int64, uint64) {
	var wake []chan bool
	return func(ops uint64) (int64, uint64) {
		if wake == nil {
			wake = make([]chan bool, n-1)
			for i := range wake {
				wake[i] = make(chan bool, 1)
				go body(wake[i])
			}
			seed := uint64(88172645463325252)
			for i := len(wake) - 1; i > 0; i-- {
				j := int(random(&seed) % uint64(i+1))
				wake[i], wake[j] = wake[j], wake[i]
			}
		}
		running, arrived = true, 0
		for _, w := range wake {
			w <- true
		}
		runtime.Gosched()
		from, own := yields, uint64(0)
		t := cpu()
		for yields-from < ops {
			runtime.Gosched()
			own++
		}
		t = cpu() - t
		done := yields - from + own
		running = false
		for arrived < n-1 {
			runtime.Gosched()
		}
		return t, done
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	rotate([]*bench{
		{name: "Yield/go-2", run: group(2)},
		{name: "Yield/go-1000", run: group(1000)},
		{name: "Yield/go-100000", run: group(100000), fixed: 200000},
	})
}
