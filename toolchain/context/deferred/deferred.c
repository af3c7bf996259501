/* Turns deferred references on; see ../cpython/deferred.h. */
#include "../cpython/deferred.h"

#include "../below.h"

#if REFERENCES_ARE_DEFERRED
const bool references_are_deferred = true;

/* The deferred reference belongs to the thread that holds the GIL. A thread that has left Python,
 * or that Python knows nothing of, makes foreign calls as well. */
static COLD void settle_own(void) {
    if (holds_gil())
        settle();
}

/* The loader puts a call of this before each call by which an extension may reach any code at all;
 * see hpybc/loader/foreign.py. Unlike the API, such a call needs no GIL: this only looks at the
 * variables until it knows whose they are. */
ALWAYS_INLINE void _HPy_Settle(void) {
    if (UNLIKELY(deferred_reference != NULL) || UNLIKELY(found_item.key != NULL))
        settle_own();
}
#else
void _HPy_Settle(void) {
}
#endif

/* CPython's calls lead here, and whoever called CPython has settled. LLVM is told so here and not
 * in
 * ../cpython, where simplification would lose it. */
void _HPy_CallRealFunctionFromTrampoline(HPyContext *ctx, HPyFunc_Signature sig, HPyCFunction func,
                                         void *args) {
    assume_settled();
    BELOW(_HPy_CallRealFunctionFromTrampoline)(ctx, sig, func, args);
}
