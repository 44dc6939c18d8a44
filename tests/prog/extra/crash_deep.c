// Recursion without end, in code that knows nothing of goroutines.
int
crash_deep(int n)
{
	volatile char room[100];
	room[n & 63] = 1;
	return crash_deep(n + 1) + room[3];
}

void
crash_start(void *arg)
{
	*(volatile int *)arg = crash_deep(0);
}
