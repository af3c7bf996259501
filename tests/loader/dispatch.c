/* Functions for processors that may not be this one, and one that asks which it is. */
#include "hpy.h"
#include <cpuid.h>
#include <stdint.h>
#include <x86intrin.h>

static uint32_t by_table(const unsigned char *p, size_t n) {
    uint32_t crc = ~0u;
    while (n--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0x82f63b78u & -(crc & 1));
        }
    }
    return ~crc;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(const unsigned char *p, size_t n) {
    uint32_t crc = ~0u;
    while (n--) {
        crc = _mm_crc32_u8(crc, *p++);
    }
    return ~crc;
}

/* Two instructions of processors that are made no more. */
__attribute__((target("fma4,xop"))) static uint32_t by_bulldozer(const unsigned char *p, size_t n) {
    __m128d v = _mm_set1_pd((double)n);
    __m128i w = _mm_hsubd_epi16(_mm_set1_epi32(*p));
    return (uint32_t)_mm_cvtsd_f64(_mm_macc_pd(v, v, v)) + (uint32_t)_mm_cvtsi128_si32(w);
}

__attribute__((target("avx512f,avx512bw"))) static int sum512(const int *numbers) {
    return _mm512_reduce_add_epi32(_mm512_abs_epi16(_mm512_loadu_si512(numbers)));
}

static int has(unsigned leaf, int in_ecx, unsigned bit) {
    unsigned a, b, c, d;
    return __get_cpuid_count(leaf, 0, &a, &b, &c, &d) && (in_ecx ? c : b) >> bit & 1;
}

HPyDef_METH(crc32c, "crc32c", HPyFunc_O) static HPy
    crc32c_impl(HPyContext *ctx, HPy self, HPy data) {
    HPy_ssize_t size = HPyBytes_Size(ctx, data);
    if (size < 0) {
        return HPy_NULL;
    }
    const unsigned char *p = (const unsigned char *)HPyBytes_AsString(ctx, data);
    uint32_t (*function)(const unsigned char *, size_t) = by_table;
    if (has(1, 1, 20)) {
        function = by_instruction;
    } else if (has(0x80000001, 1, 16)) {
        function = by_bulldozer;
    }
    return HPyLong_FromUInt32_t(ctx, function(p, (size_t)size));
}

HPyDef_METH(sum, "sum", HPyFunc_NOARGS) static HPy sum_impl(HPyContext *ctx, HPy self) {
    int numbers[16];
    for (int i = 0; i < 16; i++) {
        numbers[i] = i;
    }
    return HPyLong_FromLong(ctx, has(7, 0, 16) && has(7, 0, 30) ? sum512(numbers) : 120);
}

/* The API's functions are inlined into what asks for features, and into what refuses some. */
HPyDef_METH(wider, "wider", HPyFunc_O) __attribute__((target("avx2"))) static HPy
    wider_impl(HPyContext *ctx, HPy self, HPy arg) {
    long n = HPyLong_AsLong(ctx, arg);
    return n == -1 && HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLong(ctx, n + 1);
}

HPyDef_METH(narrower, "narrower", HPyFunc_O) __attribute__((target("no-avx2"))) static HPy
    narrower_impl(HPyContext *ctx, HPy self, HPy arg) {
    long n = HPyLong_AsLong(ctx, arg);
    return n == -1 && HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLong(ctx, n - 1);
}

static HPyDef *defines[] = {&crc32c, &sum, &wider, &narrower, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(dispatch, moduledef)
