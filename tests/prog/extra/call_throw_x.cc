// SPDX-License-Identifier: MIT
//
// C++ that throws, and catches what C has let through.

extern "C" int
guarded(int (*fn)(int), int n)
{
	try {
		return fn(n);
	} catch (int v) {
		return 1000 + v;
	}
}

extern "C" int
caught(int v)
{
	try {
		throw v;
	} catch (int x) {
		return x + 1;
	}
}

extern "C" void
thrower(int v)
{
	throw v;
}
