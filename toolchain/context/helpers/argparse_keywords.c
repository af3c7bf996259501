/* Parsing of arguments with keywords (hpy/helpers.h), in terms of the API alone. What it shares
 * with that of positional arguments, and how it is meant to be compiled, is in argparse.h. */
#include "argparse.h"

#include <stdio.h>

/* ---- The arguments of a call --------------------------------------------------------------- */

/* The arguments of one call. kw is a tuple of names whose values follow the positional arguments,
 * or, if is_dict, a dict; or null. */
typedef struct {
    const HPy *args;
    size_t nargs;
    HPy kw;
    HPy_ssize_t n_kw;
    bool is_dict;
} Call;

static inline int name_equals(HPyContext *ctx, HPy name, const char *keyword) {
    HPy_ssize_t size;
    const char *text = HPyUnicode_AsUTF8AndSize(ctx, name, &size);
    if (text != NULL)
        return (size_t)size == strlen(keyword) && memcmp(text, keyword, (size_t)size) == 0;
    /* A lone surrogate has no UTF-8, hence no keyword has one. */
    if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError))
        return -1;
    HPyErr_Clear(ctx);
    return 0;
}

/* The value given for keyword goes to *value, or null if there is none; a value from a dict is a
 * new handle. 0 with an exception set if the search fails. */
static int find_in_dict(HPyContext *ctx, const Call *call, const char *keyword, HPy *value) {
    HPy key = HPyUnicode_FromString(ctx, keyword);
    if (HPy_IsNull(key))
        return 0;
    const int found = HPy_Contains(ctx, call->kw, key);
    *value = found > 0 ? HPy_GetItem(ctx, call->kw, key) : HPy_NULL;
    HPy_Close(ctx, key);
    return found == 0 || (found > 0 && !HPy_IsNull(*value));
}

static int find_in_names(HPyContext *ctx, const Call *call, const char *keyword, HPy *value) {
    *value = HPy_NULL;
    for (HPy_ssize_t i = 0; i < call->n_kw; i++) {
        HPy name = HPy_GetItem_i(ctx, call->kw, i);
        if (HPy_IsNull(name))
            return 0;
        const int equal = name_equals(ctx, name, keyword);
        HPy_Close(ctx, name);
        if (equal < 0)
            return 0;
        if (equal) {
            *value = call->args[call->nargs + (size_t)i];
            break;
        }
    }
    return 1;
}

/* Calls with more parameters than this are parsed out of line. */
#define MOST_PLACES 16

/* Keywords for code out of line: would it get their own address, LLVM could not take an array that
 * is not const for a constant. For a like reason it gets copies of the call: what has an address is
 * kept in memory. */
#define COPY_KEYWORDS(copy, keywords, n)                                                           \
    const char *copy[MOST_PLACES + 1];                                                             \
    UNROLL for (size_t _k = 0; _k < (n) && _k < MOST_PLACES; _k++) copy[_k] = keywords[_k];        \
    copy[(n) < MOST_PLACES ? (n) : MOST_PLACES] = NULL

/* ---- More keywords than parameters --------------------------------------------------------- */

static COLD_RAISE int fail_keyword(HPyContext *ctx, const char *fmt, const char *problem,
                                   HPy name) {
    char message[300];
    HPy_ssize_t size;
    HPy repr = HPy_Repr(ctx, name);
    const char *text = HPy_IsNull(repr) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, repr, &size);
    if (text != NULL) {
        /* Cut before the first byte of a character. */
        int length = size > 200 ? 200 : (int)size;
        while (length < size && (text[length] & 0xC0) == 0x80)
            length--;
        snprintf(message, sizeof(message), "%s %.*s", problem, length, text);
        hpyarg_fail(ctx, ctx->h_TypeError, fmt, message);
    }
    HPy_Close(ctx, repr);
    return 0;
}

/* More keywords were given than variables take: raises for the first that nobody wants. Names that
 * are equal and yet differ for the caller, as str subclasses can, reach the last line. */
static COLD_RAISE int fail_surplus(HPyContext *ctx, const Call *call, const char *fmt,
                                   const char *const *keywords) {
    HPy names = call->is_dict ? HPyDict_Keys(ctx, call->kw) : HPy_Dup(ctx, call->kw);
    if (HPy_IsNull(names))
        return 0;
    for (HPy_ssize_t i = 0; i < call->n_kw; i++) {
        HPy name = HPy_GetItem_i(ctx, names, i);
        int equal = HPy_IsNull(name) ? -1 : 0;
        size_t k = 0;
        if (equal == 0 && !HPyUnicode_Check(ctx, name)) {
            hpyarg_fail(ctx, ctx->h_TypeError, fmt, "keywords must be strings");
            equal = -1;
        }
        for (; equal == 0 && keywords[k] != NULL; k += equal == 0)
            equal = name_equals(ctx, name, keywords[k]);
        if (equal == 0 || (equal > 0 && keywords[k][0] == '\0'))
            fail_keyword(ctx, fmt, "got an unexpected keyword argument", name);
        else if (equal > 0 && k < call->nargs)
            fail_keyword(ctx, fmt, "got multiple values for argument", name);
        HPy_Close(ctx, name);
        if (HPyErr_Occurred(ctx))
            break;
    }
    HPy_Close(ctx, names);
    if (!HPyErr_Occurred(ctx))
        hpyarg_fail(ctx, ctx->h_TypeError, fmt, "got multiple values for a keyword argument");
    return 0;
}

static inline ALWAYS_INLINE Call copy_call(const Call *call) {
    return (Call){call->args, call->nargs, call->kw, call->n_kw, call->is_dict};
}

static inline ALWAYS_INLINE int surplus(HPyContext *ctx, const Call *call, const char *fmt,
                                        const char *const *keywords, size_t n_out) {
    const Call copied = copy_call(call);
    if (n_out > MOST_PLACES)
        return fail_surplus(ctx, &copied, fmt, keywords);
    COPY_KEYWORDS(copy, keywords, n_out);
    return fail_surplus(ctx, &copied, fmt, copy);
}

/* ---- Values and formats -------------------------------------------------------------------- */

/* Converts a value. What is an object to the caller lives until the tracker is closed, whatever
 * becomes of the arguments. A handle from a dict, `own`, is closed; with a tracker not before that
 * either if the caller reads its characters. */
static inline ALWAYS_INLINE int convert_tracked(HPyContext *ctx, HPyTracker *ht, HPy value,
                                                bool own, char unit, void *out, const char *fmt) {
    int converted = unit == 'O' || convert(ctx, value, unit, out, fmt);
    if (unit == 'O')
        *(HPy *)out = value = own ? value : HPy_Dup(ctx, value);
    else if (!own)
        return converted;
    if (converted && (unit == 'O' || (unit == 's' && ht != NULL))) {
        if (HPyTracker_Add(ctx, *ht, value) == 0)
            return 1;
        converted = 0;
    }
    HPy_Close(ctx, value);
    return converted;
}

static inline const char *skip_markers(const char *unit) {
    unit += *unit == '|';
    return unit + (*unit == '$');
}

/* Whether format, keywords and variables fit each other: constants, all of them. */
static inline ALWAYS_INLINE int check_format(HPyContext *ctx, const HPyTracker *ht,
                                             const char *units, const char *fmt,
                                             const char *const *keywords, size_t n_out) {
    const char *unit = units;
    bool named = false;
    UNROLL for (size_t i = 0; i < n_out; i++) {
        unit = skip_markers(unit);
        if (UNLIKELY(keywords[i] == NULL))
            return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                               "mismatched args (too few keywords for fmt)");
        if (UNLIKELY(named && keywords[i][0] == '\0'))
            return hpyarg_fail(ctx, ctx->h_SystemError, fmt, "empty keyword parameter name");
        if (UNLIKELY(is_end(*unit)))
            return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                               "mismatched args (too many keywords for fmt)");
        if (UNLIKELY(*unit == 'O' && ht == NULL))
            return hpyarg_fail(ctx, ctx->h_SystemError, fmt,
                               "HPyArg_ParseKeywords cannot use the format character 'O' unless"
                               " an HPyTracker is provided. Please supply an HPyTracker.");
        named = keywords[i][0] != '\0';
        unit++;
    }
    const bool more_units = !is_end(*skip_markers(unit)), more_keywords = keywords[n_out] != NULL;
    if (UNLIKELY(more_units && !more_keywords))
        return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                           "mismatched args (too few keywords for fmt)");
    if (UNLIKELY(more_keywords && !more_units))
        return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                           "mismatched args (too many keywords for fmt)");
    return more_units ? hpyarg_fail_variables(ctx, fmt, "few") : 1;
}

/* ---- Places -------------------------------------------------------------------------------- */

/* Whether the text of a name is the keyword. What LLVM knows of the keyword decides only where they
 * are compared: one that is no constant is left to search. Comparing the sizes as bytes keeps
 * LLVM from putting the name's for the keyword's, which will be a constant, into the memcmp. */
static inline ALWAYS_INLINE bool is_keyword(const char *text, uint8_t size, const char *keyword) {
    if (!__builtin_constant_p(*keyword) || *keyword == '\0')
        return false;
    const size_t length = strlen(keyword);
    return length <= UINT8_MAX && size == (uint8_t)length && memcmp(text, keyword, length) == 0;
}

/* The arguments of a call in the places of its parameters. False if a name is not found at once. */
static inline ALWAYS_INLINE bool place(HPyContext *ctx, const Call *call,
                                       const char *const *keywords, size_t n_out, HPy *places) {
    UNROLL for (size_t k = 0; k < n_out; k++) places[k] =
        k < call->nargs ? call->args[k] : HPy_NULL;
    for (HPy_ssize_t i = 0; i < call->n_kw; i++) {
        bool placed = false;
        HPy_ssize_t size;
        HPy name = HPy_GetItem_i(ctx, call->kw, i);
        const char *text = _HPyUnicode_ReadASCII(ctx, name, &size);
        if (LIKELY(text != NULL && size <= UINT8_MAX)) {
            UNROLL for (size_t k = 0; k < n_out; k++) {
                if (is_keyword(text, (uint8_t)size, keywords[k]) && HPy_IsNull(places[k])) {
                    places[k] = call->args[call->nargs + (size_t)i];
                    placed = true;
                }
            }
        }
        HPy_Close(ctx, name);
        if (UNLIKELY(!placed))
            return false;
    }
    return true;
}

/* The same, name by name; returns how many of them are in a place, or -1 with an exception set. */
static COLD HPy_ssize_t search(HPyContext *ctx, const Call *call, const char *const *keywords,
                               size_t n_out, HPy *places) {
    HPy_ssize_t n_found = 0;
    for (size_t k = 0; k < n_out; k++) {
        places[k] = k < call->nargs ? call->args[k] : HPy_NULL;
        if (k < call->nargs || call->n_kw == n_found || keywords[k] == NULL || *keywords[k] == '\0')
            continue;
        if (!find_in_names(ctx, call, keywords[k], &places[k]))
            return -1;
        n_found += !HPy_IsNull(places[k]);
    }
    return n_found;
}

/* ---- Parsing ------------------------------------------------------------------------------- */

/* Without places the arguments that have names are searched for one by one. */
static inline ALWAYS_INLINE int parse_keywords(HPyContext *ctx, HPyTracker *ht, const Call *call,
                                               const HPy *places, HPy_ssize_t n_found,
                                               const char *units, const char *fmt,
                                               const char *const *keywords, void *const *out,
                                               size_t n_out) {
    const char *unit = units;
    bool optional = false, keyword_only = false;
    if (!check_format(ctx, ht, units, fmt, keywords, n_out))
        return 0;
    if (UNLIKELY(call->nargs > n_out))
        return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                           "mismatched args (too many arguments for fmt)");
    /* Then one is unknown or a duplicate, and CPython says so before it converts anything. */
    if (UNLIKELY((size_t)call->n_kw > n_out - call->nargs))
        return surplus(ctx, call, fmt, keywords, n_out);
    UNROLL for (size_t i = 0; i < n_out; i++) {
        if (*unit == '|') {
            optional = true;
            unit++;
        }
        if (*unit == '$') {
            optional = keyword_only = true;
            unit++;
        }
        if (UNLIKELY(keyword_only && i < call->nargs))
            return hpyarg_fail(ctx, ctx->h_TypeError, fmt,
                               "keyword only argument passed as positional argument");
        HPy value = places != NULL ? places[i] : i < call->nargs ? call->args[i] : HPy_NULL;
        const bool search_dict =
            places == NULL && i >= call->nargs && call->n_kw > n_found && keywords[i][0] != '\0';
        if (search_dict) {
            if (UNLIKELY(!find_in_dict(ctx, call, keywords[i], &value)))
                return 0;
            n_found += !HPy_IsNull(value);
        }
        if (UNLIKELY(HPy_IsNull(value) && !optional))
            return hpyarg_fail(ctx, ctx->h_TypeError, fmt, "no value for required argument");
        if (!HPy_IsNull(value) &&
            UNLIKELY(!convert_tracked(ctx, ht, value, search_dict, *unit, out[i], fmt)))
            return 0;
        unit++;
    }
    return call->n_kw > n_found ? surplus(ctx, call, fmt, keywords, n_out) : 1;
}

/* With more parameters than there are places for here. */
static COLD int parse_many(HPyContext *ctx, HPyTracker *ht, const Call *call, const char *fmt,
                           const char *const *keywords, void *const *out, size_t n_out) {
    HPy *places = malloc(n_out * sizeof(HPy));
    if (places == NULL) {
        HPyErr_NoMemory(ctx);
        return 0;
    }
    const HPy_ssize_t n_found = search(ctx, call, keywords, n_out, places);
    const int parsed = n_found < 0 ? 0
                                   : parse_keywords(ctx, ht, call, places, n_found, fmt, fmt,
                                                    keywords, out, n_out);
    free(places);
    return parsed;
}

static inline ALWAYS_INLINE int parse_names(HPyContext *ctx, HPyTracker *ht, const Call *call,
                                            const char *units, const char *fmt,
                                            const char *const *keywords, void *const *out,
                                            size_t n_out) {
    HPy places[MOST_PLACES];
    HPy_ssize_t n_found = call->n_kw;
    if (n_out > MOST_PLACES)
        return parse_many(ctx, ht, call, fmt, keywords, out, n_out);
    if (UNLIKELY(!place(ctx, call, keywords, n_out, places))) {
        HPy found[MOST_PLACES];
        const Call copied = copy_call(call);
        COPY_KEYWORDS(copy, keywords, n_out);
        n_found = search(ctx, &copied, copy, n_out, found);
        if (n_found < 0)
            return 0;
        UNROLL for (size_t k = 0; k < n_out; k++) places[k] = found[k];
    }
    return parse_keywords(ctx, ht, call, places, n_found, units, fmt, keywords, out, n_out);
}

ALWAYS_INLINE int _HPyArg_ParseNamesUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                          size_t nargs, HPy kwnames, const char *units,
                                          const char *fmt, const char *const *keywords,
                                          void *const *out, size_t n_out) {
    const Call call = {args, nargs, kwnames, HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames),
                       false};
    return call.n_kw >= 0 && open_tracker(ctx, ht) &&
           finish(ctx, ht, parse_names(ctx, ht, &call, units, fmt, keywords, out, n_out));
}

ALWAYS_INLINE int _HPyArg_ParseNamesArray(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                          size_t nargs, HPy kwnames, const char *fmt,
                                          const char *const *keywords, void *const *out,
                                          size_t n_out) {
    return _HPyArg_ParseNamesUnits(ctx, ht, args, nargs, kwnames, fmt, fmt, keywords, out, n_out);
}

ALWAYS_INLINE int _HPyArg_ParseKeywordsDictUnits(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                                 HPy_ssize_t nargs, HPy kw, const char *units,
                                                 const char *fmt, const char *const *keywords,
                                                 void *const *out, size_t n_out) {
    const Call call = {args, (size_t)nargs, kw, HPy_IsNull(kw) ? 0 : HPy_Length(ctx, kw), true};
    return call.n_kw >= 0 && open_tracker(ctx, ht) &&
           finish(ctx, ht,
                  parse_keywords(ctx, ht, &call, NULL, 0, units, fmt, keywords, out, n_out));
}

ALWAYS_INLINE int _HPyArg_ParseKeywordsDictArray(HPyContext *ctx, HPyTracker *ht, const HPy *args,
                                                 HPy_ssize_t nargs, HPy kw, const char *fmt,
                                                 const char *const *keywords, void *const *out,
                                                 size_t n_out) {
    return _HPyArg_ParseKeywordsDictUnits(ctx, ht, args, nargs, kw, fmt, fmt, keywords, out, n_out);
}

/* ---- The functions that the macros stand for ----------------------------------------------- */

int HPyArg_ParseKeywords(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs,
                         HPy kwnames, const char *fmt, const char *const keywords[], ...) {
    void *out[strlen(fmt) + 1];
    va_list variables;
    va_start(variables, keywords);
    const size_t n_out = hpyarg_collect(fmt, variables, out);
    va_end(variables);
    return _HPyArg_ParseNamesArray(ctx, ht, args, nargs, kwnames, fmt, keywords, out, n_out);
}

int HPyArg_ParseKeywordsDict(HPyContext *ctx, HPyTracker *ht, const HPy *args, HPy_ssize_t nargs,
                             HPy kw, const char *fmt, const char *const keywords[], ...) {
    void *out[strlen(fmt) + 1];
    va_list variables;
    va_start(variables, keywords);
    const size_t n_out = hpyarg_collect(fmt, variables, out);
    va_end(variables);
    return _HPyArg_ParseKeywordsDictArray(ctx, ht, args, nargs, kw, fmt, keywords, out, n_out);
}
