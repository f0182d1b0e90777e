// What the C library offers and Swift's import of it hides or cannot express.
#ifndef FLEETPROBE_CSOCKET_H
#define FLEETPROBE_CSOCKET_H

#include <stdint.h>

// Waits until `descriptor` is ready for `events` (POLLIN, POLLOUT), `wake` is readable, or the time is over.
// Either descriptor may be -1. A negative `timeout_ns` waits for ever. Interrupted waits return as if nothing happened.
// Returns a mask: 1 = `descriptor` is ready, failed or hung up; 2 = `wake` is readable; or -1 with errno set.
int csocket_wait(int descriptor, short events, int wake, int64_t timeout_ns);

// A new, non-blocking eventfd, or -1.
int csocket_event(void);

// Raises this process's limit of open descriptors to what the system grants it.
void csocket_raise_descriptor_limit(void);

// Bytes of `descriptor`'s TCP stream that the peer's kernel has acknowledged since the connection opened, or -1.
int64_t csocket_bytes_acknowledged(int descriptor);

#endif
