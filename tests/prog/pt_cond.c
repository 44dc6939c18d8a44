// SPDX-License-Identifier: MIT
// Shows that threads may share a bounded queue in main's frame through a mutex and condition
// variables.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct queue { pthread_mutex_t mu; pthread_cond_t full, empty; int v[7], head, n; long sum; };

static void *
consumer(void *arg)
{
	struct queue *q = arg;
	for (;;) {
		int local[2];
		pthread_mutex_lock(&q->mu);
		while (q->n == 0)
			pthread_cond_wait(&q->empty, &q->mu);
		local[0] = q->v[q->head];
		q->head = (q->head + 1) % 7;
		q->n--;
		if (local[0] >= 0)
			q->sum += local[0];
		pthread_cond_signal(&q->full);
		pthread_mutex_unlock(&q->mu);
		if (local[0] < 0)
			return NULL;
	}
}

static void
put(struct queue *q, const int *v)
{
	pthread_mutex_lock(&q->mu);
	while (q->n == 7)
		pthread_cond_wait(&q->full, &q->mu);
	q->v[(q->head + q->n++) % 7] = *v;
	pthread_cond_signal(&q->empty);
	pthread_mutex_unlock(&q->mu);
}

int
main(void)
{
	struct queue q;
	pthread_t t[3];
	memset(&q, 0, sizeof q);
	pthread_mutex_init(&q.mu, NULL);
	pthread_cond_init(&q.full, NULL);
	pthread_cond_init(&q.empty, NULL);
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, consumer, &q);
	for (int i = 0; i < 2000; i++)
		put(&q, &i);
	int stop = -1;
	for (int i = 0; i < 3; i++)
		put(&q, &stop);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	printf("%ld %d\n", q.sum, q.n);
	pthread_mutex_destroy(&q.mu);
	return 0;
}
