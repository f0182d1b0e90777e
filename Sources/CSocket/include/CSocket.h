// What the C library offers and Swift's import of it hides or cannot express.
#ifndef FLEETPROBE_CSOCKET_H
#define FLEETPROBE_CSOCKET_H

#include <stddef.h>
#include <stdint.h>

// Waits until `descriptor` is ready for `events` (POLLIN, POLLOUT), `wake` is readable, or the time is over.
// Either descriptor may be -1. A negative `timeout_ns` waits for ever. Interrupted waits return as if nothing happened.
// Returns a mask: 1 = `descriptor` is ready, failed or hung up; 2 = `wake` is readable; or -1 with errno set.
int csocket_wait(int descriptor, short events, int wake, int64_t timeout_ns);

// A new, non-blocking eventfd, or -1.
int csocket_event(void);

// A set of descriptors to wait for (epoll), or -1.
int csocket_watch_set(void);

// Waits for `events` (POLLIN, POLLOUT, POLLRDHUP; errors and hang-ups in any case) of `descriptor` from now on. `is_new` says that it is not
// in the set yet. Returns 0, or -1 with errno set.
int csocket_watch(int set, int descriptor, uint32_t events, int is_new);

// Takes `descriptor` out of the set.
void csocket_unwatch(int set, int descriptor);

// What became ready: `failed` is set where an error or a hang-up is among it.
struct csocket_readiness {
    int descriptor;
    uint32_t events;
    int failed;
};

// Waits until something in the set is ready or the time is over; a negative `timeout_ns` waits for ever. Returns how many were written, at
// most 64, 0 also where the wait was interrupted, or -1 with errno set.
int csocket_watch_wait(int set, struct csocket_readiness *ready, int64_t timeout_ns);

// Raises this process's limit of open descriptors to what the system grants it.
void csocket_raise_descriptor_limit(void);

// Bytes of `descriptor`'s TCP stream that the peer's kernel has acknowledged since the connection opened, or -1.
int64_t csocket_bytes_acknowledged(int descriptor);

// Nanoseconds since anything came from the peer's kernel, while it owes an answer to a segment that was sent again or to several probes;
// else 0.
int64_t csocket_unanswered(int descriptor);

// Lets the kernel hand a raw ICMP (or ICMPv6) socket only the echo replies with this identifier, and wake nobody for the rest.
// Returns 0, or -1 where it cannot.
int csocket_hear_echo_replies(int descriptor, int is_ipv6, uint16_t identifier);

// Asks for buffers of `bytes` in both directions, beyond the system's limit where the process may.
void csocket_size_buffers(int descriptor, int bytes);

// Lets the kernel hand over several datagrams of one sender at once (UDP_GRO). Returns 0, or -1 where it cannot.
int csocket_enable_receive_offload(int descriptor);

// Lets datagrams larger than the path's MTU be fragmented instead of refused.
void csocket_allow_fragments(int descriptor);

// Sends `length` bytes as datagrams of `segment` bytes each, the last one perhaps shorter, in one piece that the kernel or the
// network card cuts (UDP_SEGMENT). `to` is a sockaddr, NULL on a connected socket. Returns the bytes sent, or -1 with errno set.
int64_t csocket_send_segments(
    int descriptor, const void *bytes, size_t length, uint16_t segment, const void *to, uint32_t to_length);

// The same with a datagram for each segment, at most 64 (sendmmsg). Returns the number of datagrams sent, or -1 with errno set.
int csocket_send_datagrams(
    int descriptor, const void *bytes, size_t length, uint16_t segment, const void *to, uint32_t to_length);

// Receives one datagram, or several of one sender that the kernel had joined: then `segment` is the size of each but the last, else
// `length`. `from` has room for a sockaddr_storage. Returns the bytes received, or -1 with errno set.
int64_t csocket_receive_segments(
    int descriptor, void *bytes, size_t capacity, int *segment, void *from, uint32_t *from_length);

// One datagram of which only the beginning is of interest.
struct csocket_datagram {
    uint8_t head[4];
    // The whole datagram's length, also beyond `head`.
    uint32_t length;
    uint32_t from_length;
    // A sockaddr_in or sockaddr_in6.
    uint8_t from[28];
};

// Receives up to 64 datagrams, the first four bytes of each (recvmmsg with MSG_TRUNC). Returns their number, or -1 with errno set.
int csocket_receive_datagrams(int descriptor, struct csocket_datagram *datagrams, unsigned count);

// Registers that can hold the generators below. Every processor of an architecture has CSOCKET_BASELINE.
enum csocket_registers { CSOCKET_BASELINE, CSOCKET_AVX2, CSOCKET_AVX512 };

// Fills `bytes` from sixteen generators side by side (xorshift128+), whose `state` of 32 words is read and written; no generator's two
// words, `state[i]` and `state[i + 16]`, may both be 0. In the widest registers that the processor has; the bytes are the same in all.
void csocket_random_fill(uint64_t *state, void *bytes, size_t length);

// The same, in these registers. Returns 0, with nothing done, where the processor has none, else 1.
int csocket_random_fill_in(enum csocket_registers registers, uint64_t *state, void *bytes, size_t length);

#endif
