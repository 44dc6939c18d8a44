// A loop in a shared object.
void
so_spin(const volatile int *stop)
{
	while (!*stop)
		;
}
