/*
 * levenshtein - how many edits turn one word into another.
 *
 * Shows plain C work on the UTF-8 form of a str, memory of one's own with its error path, and
 * a loop over any sequence which keeps the best item.
 *
 *     hpybc compile examples/levenshtein.c -o levenshtein.bc
 */
#include "hpy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const unsigned char *bytes; // valid as long as the handle of the str is open
    const unsigned char *end;
    size_t length; // in code points
} Text;

// Takes one code point. Strings come from Python, so their UTF-8 is known to be well formed.
static uint32_t next_code_point(const unsigned char **cursor) {
    const unsigned char *p = *cursor;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    // The first byte of a longer sequence starts with more + 1 one bits and a zero.
    uint32_t value = more == 0 ? p[0] : p[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++)
        value = value << 6 | (p[i] & 0x3Fu);
    *cursor = p + more + 1;
    return value;
}

static int read_text(HPyContext *ctx, HPy h, Text *text) {
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, h, &size);
    if (utf8 == NULL)
        return -1;
    text->bytes = (const unsigned char *)utf8;
    text->end = text->bytes + size;
    text->length = 0;
    // Every code point has exactly one byte which is not a continuation byte.
    for (const unsigned char *p = text->bytes; p < text->end; p++)
        text->length += (*p & 0xC0) != 0x80;
    return 0;
}

static size_t minimum(size_t a, size_t b) {
    return a < b ? a : b;
}

// Replaces the row of distances for a prefix of the long text by that for a prefix which is one
// code point longer. row[j] is the distance to the first j code points of the short text.
static void extend_row(size_t *row, const uint32_t *points, size_t length, uint32_t added) {
    size_t diagonal = row[0];
    row[0]++;
    for (size_t j = 0; j < length; j++) {
        size_t replaced = diagonal + (points[j] != added);
        diagonal = row[j + 1];
        row[j + 1] = minimum(replaced, minimum(row[j], row[j + 1]) + 1);
    }
}

// The distance of two texts, or SIZE_MAX if there is no memory. Only the shorter one is held
// decoded, together with one row of the table: the longer one is decoded on the way.
static size_t text_distance(const Text *a, const Text *b) {
    const Text *shorter = a->length < b->length ? a : b;
    const Text *longer = shorter == a ? b : a;
    size_t length = shorter->length;
    // calloc notices when the product of its arguments overflows.
    size_t *row = calloc(length + 1, sizeof(*row));
    uint32_t *points = calloc(length + 1, sizeof(*points));
    size_t result = SIZE_MAX;
    if (row != NULL && points != NULL) {
        const unsigned char *cursor = shorter->bytes;
        for (size_t j = 0; j < length; j++) {
            points[j] = next_code_point(&cursor);
            row[j + 1] = j + 1;
        }
        for (cursor = longer->bytes; cursor < longer->end;)
            extend_row(row, points, length, next_code_point(&cursor));
        result = row[length];
    }
    free(points);
    free(row);
    return result;
}

static int checked_distance(HPyContext *ctx, const Text *a, const Text *b, size_t *result) {
    *result = text_distance(a, b);
    if (*result != SIZE_MAX)
        return 0;
    HPyErr_NoMemory(ctx);
    return -1;
}

static int read_pair(HPyContext *ctx, HPy a, HPy b, Text *text_a, Text *text_b) {
    if (!HPyUnicode_Check(ctx, a) || !HPyUnicode_Check(ctx, b)) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "both arguments must be str");
        return -1;
    }
    return read_text(ctx, a, text_a) < 0 || read_text(ctx, b, text_b) < 0 ? -1 : 0;
}

HPyDef_METH(distance, "distance", HPyFunc_VARARGS,
            .doc = "distance(a, b, /)\n--\n\n"
                   "Least number of code points to insert, delete or replace to turn a into b.");
static HPy distance_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy a, b;
    Text text_a, text_b;
    size_t edits;
    // Without keywords "O" lends the handles of the caller, which need no tracker.
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:distance", &a, &b) ||
        read_pair(ctx, a, b, &text_a, &text_b) < 0 ||
        checked_distance(ctx, &text_a, &text_b, &edits) < 0)
        return HPy_NULL;
    return HPyLong_FromSize_t(ctx, edits);
}

HPyDef_METH(ratio, "ratio", HPyFunc_VARARGS,
            .doc = "ratio(a, b, /)\n--\n\n"
                   "Likeness from 0.0 to 1.0: one minus the distance divided by the length of\n"
                   "the longer string. Two empty strings are alike.");
static HPy ratio_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy a, b;
    Text text_a, text_b;
    size_t edits;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:ratio", &a, &b) ||
        read_pair(ctx, a, b, &text_a, &text_b) < 0 ||
        checked_distance(ctx, &text_a, &text_b, &edits) < 0)
        return HPy_NULL;
    size_t longest = text_a.length > text_b.length ? text_a.length : text_b.length;
    return HPyFloat_FromDouble(ctx, longest == 0 ? 1.0 : 1.0 - (double)edits / (double)longest);
}

static int candidate_distance(HPyContext *ctx, const Text *word, HPy candidate, HPy_ssize_t index,
                              size_t *edits) {
    if (!HPyUnicode_Check(ctx, candidate)) {
        char message[64];
        snprintf(message, sizeof(message), "candidate %lld is not a str", (long long)index);
        HPyErr_SetString(ctx, ctx->h_TypeError, message);
        return -1;
    }
    Text text;
    return read_text(ctx, candidate, &text) < 0 ? -1 : checked_distance(ctx, word, &text, edits);
}

static void close_any(HPyContext *ctx, HPy h) {
    if (!HPy_IsNull(h))
        HPy_Close(ctx, h);
}

// A handle to the candidate with the least distance, the first of several, or HPy_NULL.
static HPy find_nearest(HPyContext *ctx, const Text *word, HPy candidates, size_t *least) {
    HPy_ssize_t length = HPy_Length(ctx, candidates);
    if (length < 0)
        return HPy_NULL;
    HPy best = HPy_NULL;
    for (HPy_ssize_t i = 0; i < length; i++) {
        size_t edits = 0;
        HPy candidate = HPy_GetItem_i(ctx, candidates, i);
        if (HPy_IsNull(candidate) || candidate_distance(ctx, word, candidate, i, &edits) < 0) {
            close_any(ctx, candidate);
            close_any(ctx, best);
            return HPy_NULL;
        }
        if (HPy_IsNull(best) || edits < *least) {
            close_any(ctx, best);
            best = candidate;
            *least = edits;
        } else {
            HPy_Close(ctx, candidate);
        }
    }
    if (HPy_IsNull(best))
        HPyErr_SetString(ctx, ctx->h_ValueError, "nearest() needs at least one candidate");
    return best;
}

HPyDef_METH(nearest, "nearest", HPyFunc_VARARGS,
            .doc = "nearest(word, candidates, /)\n--\n\n"
                   "Tuple of the candidate with the least distance from the word, the first one\n"
                   "if there are several, and that distance.");
static HPy nearest_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy word, candidates;
    Text text;
    size_t least = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:nearest", &word, &candidates))
        return HPy_NULL;
    if (!HPyUnicode_Check(ctx, word))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "word must be a str");
    if (read_text(ctx, word, &text) < 0)
        return HPy_NULL;
    HPy best = find_nearest(ctx, &text, candidates, &least);
    if (HPy_IsNull(best))
        return HPy_NULL;
    HPy result = HPy_NULL;
    HPy edits = HPyLong_FromSize_t(ctx, least);
    if (!HPy_IsNull(edits)) {
        result = HPyTuple_Pack(ctx, 2, best, edits);
        HPy_Close(ctx, edits);
    }
    HPy_Close(ctx, best);
    return result;
}

static HPyDef *module_defines[] = {&distance, &ratio, &nearest, NULL};

static HPyModuleDef module_def = {
    .doc = "Edit distance of strings, counted in code points.",
    .defines = module_defines,
};

// Several threads may be in it at once: it has no state. The declaration is an addition of hpybc's.
#ifdef HPY_MOD_GIL_NOT_USED
HPY_MOD_GIL_NOT_USED(levenshtein)
#endif
HPy_MODINIT(levenshtein, module_def)
