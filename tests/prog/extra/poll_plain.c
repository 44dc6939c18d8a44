// Code of another compiler: a goroutine of it has a fixed stack. It calls a loop of thrumcc's.
void spin(const volatile int *);

void
plain_entry(void *arg)
{
	spin(arg);
	((volatile int *)arg)[1] = 1;
}
