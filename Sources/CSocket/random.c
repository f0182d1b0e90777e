#include "CSocket.h"

#include <string.h>

// Eight lanes of 64 bits. The compiler puts them into the registers of the function's target: four of SSE2 or NEON, two of AVX2. So all
// functions below are the same lines and give the same bytes.
typedef uint64_t lanes __attribute__((vector_size(64)));

// xorshift128+ (Vigna 2014, shifts 23, 18 and 5).
static inline __attribute__((always_inline)) void step(lanes *first, lanes *second, lanes *sum) {
    lanes x = *first, y = *second;
    *sum = x + y;
    *first = y;
    x ^= x << 23;
    *second = x ^ y ^ (x >> 18) ^ (y >> 5);
}

static inline __attribute__((always_inline)) void fill(uint64_t *state, uint8_t *bytes, size_t length) {
    lanes first, second, sum;
    memcpy(&first, state, sizeof first);
    memcpy(&second, state + 8, sizeof second);
    for (; length >= sizeof sum; length -= sizeof sum, bytes += sizeof sum) {
        step(&first, &second, &sum);
        memcpy(bytes, &sum, sizeof sum);
    }
    if (length > 0) {
        step(&first, &second, &sum);
        memcpy(bytes, &sum, length);
    }
    memcpy(state, &first, sizeof first);
    memcpy(state + 8, &second, sizeof second);
}

void csocket_random_fill_baseline(uint64_t *state, void *bytes, size_t length) {
    fill(state, bytes, length);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void fill_avx2(uint64_t *state, uint8_t *bytes, size_t length) {
    fill(state, bytes, length);
}

// Looks at what the processor has and what the system saves of it.
static int has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}

int csocket_random_fill_avx2(uint64_t *state, void *bytes, size_t length) {
    if (!has_avx2()) {
        return 0;
    }
    fill_avx2(state, bytes, length);
    return 1;
}
#else
int csocket_random_fill_avx2(uint64_t *state, void *bytes, size_t length) {
    (void)state, (void)bytes, (void)length;
    return 0;
}
#endif

void csocket_random_fill(uint64_t *state, void *bytes, size_t length) {
    if (!csocket_random_fill_avx2(state, bytes, length)) {
        csocket_random_fill_baseline(state, bytes, length);
    }
}
