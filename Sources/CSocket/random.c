#include "CSocket.h"

#include <string.h>

// Sixteen lanes of 64 bits. The compiler puts them into the registers of the function's target: eight of SSE2 or NEON, four of AVX2, two of
// AVX-512. So all functions below are the same lines and give the same bytes.
enum { LANES = 16 };
typedef uint64_t lanes __attribute__((vector_size(LANES * 8)));

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
    memcpy(&second, state + LANES, sizeof second);
    for (; length >= sizeof sum; length -= sizeof sum, bytes += sizeof sum) {
        step(&first, &second, &sum);
        memcpy(bytes, &sum, sizeof sum);
    }
    if (length > 0) {
        step(&first, &second, &sum);
        memcpy(bytes, &sum, length);
    }
    memcpy(state, &first, sizeof first);
    memcpy(state + LANES, &second, sizeof second);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void fill_avx2(uint64_t *state, uint8_t *bytes, size_t length) {
    fill(state, bytes, length);
}

__attribute__((target("avx512f"))) static void fill_avx512(uint64_t *state, uint8_t *bytes, size_t length) {
    fill(state, bytes, length);
}

// Looks at what the processor has and what the system saves of it.
static int has(enum csocket_registers registers) {
    __builtin_cpu_init();
    return registers == CSOCKET_AVX512 ? __builtin_cpu_supports("avx512f") : __builtin_cpu_supports("avx2");
}
#endif

int csocket_random_fill_in(enum csocket_registers registers, uint64_t *state, void *bytes, size_t length) {
    switch (registers) {
    case CSOCKET_BASELINE: fill(state, bytes, length); return 1;
#if defined(__x86_64__)
    case CSOCKET_AVX2:
        if (!has(registers)) return 0;
        fill_avx2(state, bytes, length);
        return 1;
    case CSOCKET_AVX512:
        if (!has(registers)) return 0;
        fill_avx512(state, bytes, length);
        return 1;
#endif
    default: return 0;
    }
}

void csocket_random_fill(uint64_t *state, void *bytes, size_t length) {
    if (csocket_random_fill_in(CSOCKET_AVX512, state, bytes, length)) return;
    if (csocket_random_fill_in(CSOCKET_AVX2, state, bytes, length)) return;
    csocket_random_fill_in(CSOCKET_BASELINE, state, bytes, length);
}
