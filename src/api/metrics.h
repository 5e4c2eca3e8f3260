/*
 * What happened, in numbers, for Prometheus (text exposition format 0.0.4).
 *
 * Counting is a relaxed atomic addition; any thread. Memory is fixed by the number of routes.
 */
#ifndef LATCHKEY_API_METRICS_H
#define LATCHKEY_API_METRICS_H

#include "http/router.h"
#include "http/server.h"

struct metrics;

/* ERR_INTERNAL: no memory. */
enum error metrics_new(struct metrics **out) MUST_CHECK;
void metrics_free(struct metrics *metrics);

/* A request is over; `route` NULL: none fitted. */
void metrics_count(struct metrics *metrics, const struct route *route, int status, usec took);

/* The server's second address, with --metrics-listen: /metrics is there alone, and nothing else. */
#define METRICS_LISTENER 1

/* GET /metrics: on its own address for whoever asks, else for this machine only. */
slow_handler metrics_show;

#endif
