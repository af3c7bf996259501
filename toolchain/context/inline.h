/* For code that is inlined into extensions. */
#ifndef HPYBC_CONTEXT_INLINE_H
#define HPYBC_CONTEXT_INLINE_H

#define ALWAYS_INLINE __attribute__((always_inline))

/* What is rarely called. It saves the registers it uses, so that a function which may have to call
 * it needs no stack frame until it does. */
#define COLD __attribute__((cold, noinline, preserve_most))

/* What runs once for each module or type, and what is rarely called to raise an exception:
 * optimised if at all when the context is built, and compiled with the least effort when an
 * extension is (toolchain/contexts.py). */
#define ONCE __attribute__((cold, noinline, minsize))
#define COLD_RAISE COLD ONCE

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Complete or not at all: a rolled loop over a format keeps the switch over all characters. */
#define UNROLL _Pragma("clang loop unroll(full)")

#endif
