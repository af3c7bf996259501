/* For code that is inlined into extensions. */
#ifndef HPYBC_CONTEXT_INLINE_H
#define HPYBC_CONTEXT_INLINE_H

#define ALWAYS_INLINE __attribute__((always_inline))

/* What is rarely called. It saves the registers it uses, so that a function which may have to call
 * it needs no stack frame until it does. */
#define COLD __attribute__((cold, noinline, preserve_most))

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Complete or not at all: a rolled loop over a format keeps the switch over all characters. */
#define UNROLL _Pragma("clang loop unroll(full)")

#endif
