"""What a function asks of the processor for itself, as the author's compiler would have it."""

from __future__ import annotations

from pathlib import Path

from hpybc.toolchain import compile as driver

#: Features bring others along: SSE4.2 the instructions crc32 and popcnt, AVX xgetbv.
IMPLIED = """
#include "hpy.h"
#include <immintrin.h>

__attribute__((target("sse4.2"))) static long crc(long x) {
    return _mm_crc32_u8(0, (unsigned char)x) + _mm_popcnt_u64(x);
}
__attribute__((target("avx"))) static long state(long x) { return (long)_xgetbv(0) + x; }
__attribute__((target("avx512bw,avx512vl"))) static long wide(long x) {
    return _mm256_cvtsi256_si32(_mm256_abs_epi16(_mm256_set1_epi16((short)x)));
}
__attribute__((target("aes"))) static long aes(long x) {
    return _mm_cvtsi128_si32(_mm_aesenc_si128(_mm_set1_epi64x(x), _mm_setzero_si128()));
}
__attribute__((target("arch=haswell"))) static long haswell(long x) {
    return (long)_pext_u64(x, 6) + _mm_crc32_u8(0, 1) + (long)_xgetbv(0);
}

HPyDef_METH(f, "f", HPyFunc_O)
static HPy f_impl(HPyContext *ctx, HPy self, HPy arg) {
    long x = HPyLong_AsLong(ctx, arg);
    return HPyLong_FromLong(ctx, x ? x : crc(x) + state(x) + wide(x) + aes(x) + haswell(x));
}

static HPyDef *defines[] = {&f, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(implied, moduledef)
"""


def test_features_bring_others_along(tmp_path: Path) -> None:
    """As with any compiler: nothing is switched off that nobody asked to be."""
    source = tmp_path / "implied.c"
    source.write_text(IMPLIED)
    driver.compile_extension([str(source)], str(tmp_path / "implied.bc"))
