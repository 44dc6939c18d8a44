// SPDX-License-Identifier: MIT
//
// chan.go - peer of chan.c, the same cases. A select over 64 channels is written out by
// reflect in most programs; here its cases stand in the source, as Go's fastest form wants it.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
)

const (
	ringSize  = 1000
	nprimes   = 500
	manySize  = 100
	bufferLen = 128
)

func oneway(procs, room int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		c, done := make(chan int64, room), make(chan int64)
		t := clock()
		go func() {
			sum := int64(0)
			for v := range c {
				sum += v
			}
			done <- sum
		}()
		for i := int64(0); i < int64(n); i++ {
			c <- i
		}
		close(c)
		<-done
		return clock() - t, n
	}
}

func local(procs int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		c := make(chan int64, bufferLen)
		t := clock()
		done := uint64(0)
		for ; done < n; done += bufferLen {
			for i := int64(0); i < bufferLen; i++ {
				c <- i
			}
			for i := 0; i < bufferLen; i++ {
				<-c
			}
		}
		return clock() - t, done
	}
}

func ready2(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(1)
	a, b := make(chan int64, 1), make(chan int64, 1)
	a <- 1
	b <- 1
	t := cpu()
	for i := uint64(0); i < n; i++ {
		select {
		case v := <-a:
			a <- v
		case v := <-b:
			b <- v
		}
	}
	return cpu() - t, n
}

func ready64(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(1)
	var c [64]chan int64
	for i := range c {
		c[i] = make(chan int64, 1)
		c[i] <- 1
	}
	t := cpu()
	for i := uint64(0); i < n; i++ {
		at := select64(&c)
		c[at] <- 1
	}
	return cpu() - t, n
}

func wait64(procs int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		var c [64]chan int64
		for i := range c {
			c[i] = make(chan int64)
		}
		t := clock()
		go func() {
			seed := uint64(88172645463325252)
			for i := uint64(0); i < n; i++ {
				c[random(&seed)>>58] <- 1
			}
		}()
		for i := uint64(0); i < n; i++ {
			select64(&c)
		}
		return clock() - t, n
	}
}

var misses uint64

func try(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(1)
	c := make(chan int64)
	t := cpu()
	for i := uint64(0); i < n; i++ {
		select {
		case <-c:
		default:
			misses++
		}
	}
	return cpu() - t, n
}

func ring(procs int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		var c [ringSize]chan int64
		done := make(chan bool)
		for i := range c {
			c[i] = make(chan int64)
		}
		for i := range c {
			go func(in, out chan int64) {
				for v := range in {
					if v > 0 {
						out <- v - 1
					} else {
						done <- true
					}
				}
			}(c[i], c[(i+1)%ringSize])
		}
		runtime.Gosched()
		t := clock()
		c[0] <- int64(n)
		<-done
		t = clock() - t
		for i := range c {
			close(c[i])
		}
		return t, n
	}
}

func sieve(procs int, clock func() int64) func(uint64) (int64, uint64) {
	return func(n uint64) (int64, uint64) {
		runtime.GOMAXPROCS(procs)
		t := clock()
		quit := make(chan bool)
		last := make(chan int64)
		go func(out chan int64) {
			defer close(out)
			for i := int64(2); ; i++ {
				select {
				case out <- i:
				case <-quit:
					return
				}
			}
		}(last)
		prime := int64(0)
		for i := 0; i < nprimes; i++ {
			prime = <-last
			out := make(chan int64)
			go func(in, out chan int64, prime int64) {
				for v := range in {
					if v%prime != 0 {
						out <- v
					}
				}
				close(out)
			}(last, out, prime)
			last = out
		}
		if prime != 3571 {
			fmt.Fprintln(os.Stderr, "chan: prime number", nprimes, "is", prime)
			os.Exit(1)
		}
		close(quit)
		for range last {
		}
		return clock() - t, n
	}
}

func many(n uint64) (int64, uint64) {
	runtime.GOMAXPROCS(2)
	c := make(chan int64, manySize)
	var senders, receivers sync.WaitGroup
	senders.Add(manySize)
	receivers.Add(manySize)
	t := wall()
	for i := 0; i < manySize; i++ {
		go func() {
			for i := uint64(0); i < n/manySize; i++ {
				c <- int64(i)
			}
			senders.Done()
		}()
		go func() {
			for range c {
			}
			receivers.Done()
		}()
	}
	senders.Wait()
	close(c)
	receivers.Wait()
	return wall() - t, n / manySize * manySize
}

func main() {
	list := []*bench{
		{name: "Chan/go-unbuffered-1", run: oneway(1, 0, cpu)},
		{name: "Chan/go-buffered-1", run: oneway(1, bufferLen, cpu)},
		{name: "Chan/go-local-1", run: local(1, cpu)},
		{name: "Chan/go-select2-1", run: ready2},
		{name: "Chan/go-select64-1", run: ready64},
		{name: "Chan/go-select64-wait-1", run: wait64(1, cpu)},
		{name: "Chan/go-try-1", run: try},
		{name: "Chan/go-ring-1", run: ring(1, cpu)},
		{name: "Chan/go-sieve-1", run: sieve(1, cpu), fixed: 1},
	}
	if runtime.NumCPU() >= 2 {
		list = append(list, []*bench{
			{name: "Chan/go-unbuffered-2", run: oneway(2, 0, wall)},
			{name: "Chan/go-buffered-2", run: oneway(2, bufferLen, wall)},
			{name: "Chan/go-local-2", run: local(2, wall)},
			{name: "Chan/go-select64-wait-2", run: wait64(2, wall)},
			{name: "Chan/go-ring-2", run: ring(2, wall)},
			{name: "Chan/go-sieve-2", run: sieve(2, wall), fixed: 1},
			{name: "Chan/go-many-2", run: many},
		}...)
	}
	rotate(list)
}

// select64 receives from one of 64 channels and tells from which.
func select64(c *[64]chan int64) int {
	select {
	case <-c[0]:
		return 0
	case <-c[1]:
		return 1
	case <-c[2]:
		return 2
	case <-c[3]:
		return 3
	case <-c[4]:
		return 4
	case <-c[5]:
		return 5
	case <-c[6]:
		return 6
	case <-c[7]:
		return 7
	case <-c[8]:
		return 8
	case <-c[9]:
		return 9
	case <-c[10]:
		return 10
	case <-c[11]:
		return 11
	case <-c[12]:
		return 12
	case <-c[13]:
		return 13
	case <-c[14]:
		return 14
	case <-c[15]:
		return 15
	case <-c[16]:
		return 16
	case <-c[17]:
		return 17
	case <-c[18]:
		return 18
	case <-c[19]:
		return 19
	case <-c[20]:
		return 20
	case <-c[21]:
		return 21
	case <-c[22]:
		return 22
	case <-c[23]:
		return 23
	case <-c[24]:
		return 24
	case <-c[25]:
		return 25
	case <-c[26]:
		return 26
	case <-c[27]:
		return 27
	case <-c[28]:
		return 28
	case <-c[29]:
		return 29
	case <-c[30]:
		return 30
	case <-c[31]:
		return 31
	case <-c[32]:
		return 32
	case <-c[33]:
		return 33
	case <-c[34]:
		return 34
	case <-c[35]:
		return 35
	case <-c[36]:
		return 36
	case <-c[37]:
		return 37
	case <-c[38]:
		return 38
	case <-c[39]:
		return 39
	case <-c[40]:
		return 40
	case <-c[41]:
		return 41
	case <-c[42]:
		return 42
	case <-c[43]:
		return 43
	case <-c[44]:
		return 44
	case <-c[45]:
		return 45
	case <-c[46]:
		return 46
	case <-c[47]:
		return 47
	case <-c[48]:
		return 48
	case <-c[49]:
		return 49
	case <-c[50]:
		return 50
	case <-c[51]:
		return 51
	case <-c[52]:
		return 52
	case <-c[53]:
		return 53
	case <-c[54]:
		return 54
	case <-c[55]:
		return 55
	case <-c[56]:
		return 56
	case <-c[57]:
		return 57
	case <-c[58]:
		return 58
	case <-c[59]:
		return 59
	case <-c[60]:
		return 60
	case <-c[61]:
		return 61
	case <-c[62]:
		return 62
	case <-c[63]:
		return 63
	}
}
