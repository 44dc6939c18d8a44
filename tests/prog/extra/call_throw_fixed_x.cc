// SPDX-License-Identifier: MIT
//
// A goroutine of plain code, with a handler.

extern "C" int middle(int n);
extern "C" int caught(int v);
extern "C" void finished(void);

extern "C" void
thrower(int v)
{
	throw v;
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
plain(void *arg)
{
	int *result = static_cast<int *>(arg);
	*result = caught(4);
	try {
		*result = middle(7);
	} catch (int v) {
		*result = 1000 + v;
	}
	finished();
}
