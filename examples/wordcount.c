/*
 * wordcount - the words of a text and how often each occurs.
 *
 * Shows the UTF-8 form of a str, a dict which is updated in place, handles kept open in a C array
 * for sorting, and a list builder.
 *
 *     hpybc compile examples/wordcount.c -o wordcount.bc
 */
#include "hpy.h"

#include <stdlib.h>
#include <string.h>

// The functions of <ctype.h> depend on the locale; these do not.
static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

// The end of the word which starts at `start`. All bytes of a non-ASCII code point have the high
// bit set, so none of them can be taken for a letter.
static const char *word_end(const char *start, const char *end) {
    const char *p = start;
    while (p < end) {
        if (is_word_char(*p))
            p++;
        else if (*p == '\'' && p + 1 < end && is_word_char(p[1]))
            p += 2;
        else
            break;
    }
    return p;
}

static int count_one(HPyContext *ctx, HPy counts, HPy word) {
    int64_t count = 0;
    int known = HPy_Contains(ctx, counts, word);
    if (known < 0)
        return -1;
    if (known) {
        HPy old = HPy_GetItem(ctx, counts, word);
        if (HPy_IsNull(old))
            return -1;
        count = HPyLong_AsInt64_t(ctx, old);
        HPy_Close(ctx, old);
        if (count == -1 && HPyErr_Occurred(ctx))
            return -1;
    }
    HPy increased = HPyLong_FromInt64_t(ctx, count + 1);
    if (HPy_IsNull(increased))
        return -1;
    int failed = HPy_SetItem(ctx, counts, word, increased);
    HPy_Close(ctx, increased);
    return failed;
}

static int count_words(HPyContext *ctx, HPy counts, const char *text, size_t size, char *buffer) {
    const char *end = text + size;
    for (const char *p = text; p < end; p++) {
        if (!is_word_char(*p))
            continue;
        const char *stop = word_end(p, end);
        HPy_ssize_t length = stop - p;
        for (HPy_ssize_t i = 0; i < length; i++)
            buffer[i] = lower(p[i]);
        HPy word = HPyUnicode_DecodeASCII(ctx, buffer, length, "strict");
        if (HPy_IsNull(word))
            return -1;
        int failed = count_one(ctx, counts, word);
        HPy_Close(ctx, word);
        if (failed)
            return -1;
        // What ended the word is no word character, so the loop may step over it.
        p = stop;
    }
    return 0;
}

// A new dict of counts, or HPy_NULL.
static HPy count_text(HPyContext *ctx, HPy text) {
    if (!HPyUnicode_Check(ctx, text))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "text must be a str");
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, text, &size);
    if (utf8 == NULL)
        return HPy_NULL;
    // No word is longer than the text. One more byte, because malloc(0) may return NULL.
    char *buffer = malloc((size_t)size + 1);
    if (buffer == NULL)
        return HPyErr_NoMemory(ctx);
    HPy counts = HPyDict_New(ctx);
    if (!HPy_IsNull(counts) && count_words(ctx, counts, utf8, (size_t)size, buffer) < 0) {
        HPy_Close(ctx, counts);
        counts = HPy_NULL;
    }
    free(buffer);
    return counts;
}

HPyDef_METH(count, "count", HPyFunc_O,
            .doc = "count(text, /)\n--\n\n"
                   "Dict of the words of a text, in lower case and in order of their first\n"
                   "occurrence, to their counts. A word is what the regular expression\n"
                   "[A-Za-z0-9_]+(?:'[A-Za-z0-9_]+)* matches: code points beyond ASCII\n"
                   "separate words, and so do apostrophes unless a word goes on after one.");
static HPy count_impl(HPyContext *ctx, HPy self, HPy text) {
    (void)self;
    return count_text(ctx, text);
}

typedef struct {
    HPy word;
    const char *utf8; // valid as long as `word` is open
    int64_t count;
} Entry;

static int compare_entries(const void *left, const void *right) {
    const Entry *a = left;
    const Entry *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    // Words are ASCII without a NUL, where strcmp orders like Python does.
    return strcmp(a->utf8, b->utf8);
}

static int fill_entry(HPyContext *ctx, Entry *entry, HPy counts) {
    HPy_ssize_t size;
    entry->utf8 = HPyUnicode_AsUTF8AndSize(ctx, entry->word, &size);
    if (entry->utf8 == NULL)
        return -1;
    HPy value = HPy_GetItem(ctx, counts, entry->word);
    if (HPy_IsNull(value))
        return -1;
    entry->count = HPyLong_AsInt64_t(ctx, value);
    HPy_Close(ctx, value);
    return entry->count == -1 && HPyErr_Occurred(ctx) ? -1 : 0;
}

static void close_entries(HPyContext *ctx, Entry *entries, HPy_ssize_t length) {
    for (HPy_ssize_t i = 0; i < length; i++)
        HPy_Close(ctx, entries[i].word);
    free(entries);
}

// An array of all words of the dict, to be given to close_entries; NULL on error.
static Entry *read_entries(HPyContext *ctx, HPy counts, HPy words, HPy_ssize_t length) {
    Entry *entries = calloc((size_t)length + 1, sizeof(*entries));
    if (entries == NULL) {
        HPyErr_NoMemory(ctx);
        return NULL;
    }
    for (HPy_ssize_t i = 0; i < length; i++) {
        entries[i].word = HPy_GetItem_i(ctx, words, i);
        if (HPy_IsNull(entries[i].word)) {
            close_entries(ctx, entries, i);
            return NULL;
        }
        if (fill_entry(ctx, &entries[i], counts) < 0) {
            close_entries(ctx, entries, i + 1);
            return NULL;
        }
    }
    return entries;
}

static HPy build_list(HPyContext *ctx, const Entry *entries, HPy_ssize_t length) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, length);
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy pair = HPy_NULL;
        HPy number = HPyLong_FromInt64_t(ctx, entries[i].count);
        if (!HPy_IsNull(number)) {
            pair = HPyTuple_Pack(ctx, 2, entries[i].word, number);
            HPy_Close(ctx, number);
        }
        if (HPy_IsNull(pair)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, pair);
        HPy_Close(ctx, pair);
    }
    return HPyListBuilder_Build(ctx, builder);
}

static HPy top_of_counts(HPyContext *ctx, HPy counts, HPy_ssize_t limit) {
    HPy words = HPyDict_Keys(ctx, counts);
    if (HPy_IsNull(words))
        return HPy_NULL;
    HPy result = HPy_NULL;
    HPy_ssize_t length = HPy_Length(ctx, words);
    Entry *entries = length < 0 ? NULL : read_entries(ctx, counts, words, length);
    if (entries != NULL) {
        qsort(entries, (size_t)length, sizeof(*entries), compare_entries);
        result = build_list(ctx, entries, length < limit ? length : limit);
        close_entries(ctx, entries, length);
    }
    HPy_Close(ctx, words);
    return result;
}

HPyDef_METH(top, "top", HPyFunc_KEYWORDS,
            .doc = "top(text, n=10)\n--\n\n"
                   "List of the n most frequent words with their counts, the most frequent\n"
                   "first and equally frequent ones in alphabetical order.");
static HPy top_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"text", "n", NULL};
    HPyTracker tracker;
    HPy text;
    HPy_ssize_t n = 10;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "O|n:top", keywords, &text, &n))
        return HPy_NULL;
    HPy result = HPy_NULL;
    if (n < 0) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "n must not be negative");
    } else {
        HPy counts = count_text(ctx, text);
        if (!HPy_IsNull(counts)) {
            result = top_of_counts(ctx, counts, n);
            HPy_Close(ctx, counts);
        }
    }
    HPyTracker_Close(ctx, tracker);
    return result;
}

static HPyDef *module_defines[] = {&count, &top, NULL};

static HPyModuleDef module_def = {
    .doc = "Count the words of a text.",
    .defines = module_defines,
};

HPy_MODINIT(wordcount, module_def)
