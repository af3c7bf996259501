/* Loops of few rounds over memory, which are nothing but arithmetic once they are unrolled. */
#include "hpy.h"

static volatile long input[8], output[8];

static void fixed(void) {
    for (int round = 0; round < 4; round++)
        output[round] = input[round] * 3;
}

__attribute__((noinline)) static void counted(long n) {
    for (long round = 0; round < n; round++)
        output[0] += input[round] * 3;
}

HPyDef_METH(run, "run", HPyFunc_O) static HPy
    run_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    const long n = HPyLong_AsLong(ctx, arg);
    for (int i = 0; i < 8; i++)
        input[i] = i;
    fixed();
    counted(n);
    return HPyLong_FromLong(ctx, output[0] + output[1] + output[2] + output[3]);
}

static HPyDef *defines[] = {&run, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(loops, moduledef)
