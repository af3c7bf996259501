/* The arguments of a call of a typed method, each at the place of its parameter. The messages are
 * those of Python's own functions (initialize_locals in CPython's ceval.c), in the same order. */
#ifndef HPY_TYPED_CALL_H
#define HPY_TYPED_CALL_H

#include "types.h"

#pragma GCC system_header

/* The name of a parameter, made a str once. HPy's headers have nothing that keeps one. */
#ifdef _HPyName_PLACE
typedef _HPyName _HPyTyped_Name;
#define _HPyTyped_Intern(ctx, name, text) _HPyName_Get(ctx, name, text)
#else
typedef struct {
    char unused;
} _HPyTyped_Name;
#define _HPyTyped_Intern(ctx, name, text) ((void)(name), HPy_NULL)
#endif

/* What letters say; constants, where they are a literal. */
typedef struct {
    size_t n;               /* parameters */
    size_t positional;      /* those that take positional arguments */
    size_t positional_only; /* those that take no keyword */
    size_t required;        /* positional ones without a default */
} _HPyTyped_Shape;

_HPyTyped_INLINE _HPyTyped_Shape _HPyTyped_ShapeOf(const char *letters) {
    const size_t slash = strcspn(letters, "/"), star = strcspn(letters, "*");
    const size_t required = strcspn(letters, "o*"), length = strlen(letters);
    const bool has_slash = letters[slash] != '\0', has_star = letters[star] != '\0';
    const _HPyTyped_Shape shape = {length - has_slash - has_star, star - has_slash,
                                   has_slash ? slash : 0, required - (slash < required)};
    return shape;
}

/* Whether a parameter that takes no positional argument has no default. */
_HPyTyped_INLINE bool _HPyTyped_NamesRequired(const char *letters) {
    const char *star = strchr(letters, '*');
    return star != NULL && strchr(star, 'r') != NULL;
}

/* ---- Out of line --------------------------------------------------------------------------- */

static _HPyTyped_COLD bool _HPyTyped_Fail(HPyContext *ctx, const HPyTyped_Call *call,
                                          const char *problem) {
    char text[800];
    snprintf(text, sizeof(text), "%.100s() %.680s", call->name, problem);
    HPyErr_SetString(ctx, ctx->h_TypeError, text);
    return false;
}

static inline const char *_HPyTyped_Plural(size_t n) {
    return n == 1 ? "" : "s";
}

/* Whether parameter k, whose letter is given, has to be given and was not. */
_HPyTyped_INLINE bool _HPyTyped_IsMissing(const HPy *places, size_t k, char letter) {
    return letter == 'r' && HPy_IsNull(places[k]);
}

/* Raises for what is missing: of the positional parameters, else of the others. */
static _HPyTyped_COLD bool _HPyTyped_Missing(HPyContext *ctx, const HPyTyped_Call *call,
                                             const HPy *places, const _HPyTyped_Shape *shape) {
    const size_t n = shape->n;
    size_t counts[2] = {0, 0}, k = 0, said = 0, length = 0;
    char text[600], names[500] = "";
    for (const char *letter = call->letters; *letter != '\0'; letter++) {
        if (_HPyTyped_IsMissing(places, k, *letter))
            counts[k >= shape->positional]++;
        k += *letter == 'r' || *letter == 'o';
    }
    const bool named = counts[0] == 0;
    const size_t missing = counts[named];
    k = 0;
    for (const char *letter = call->letters; *letter != '\0' && k < n; letter++) {
        if ((k >= shape->positional) == named && _HPyTyped_IsMissing(places, k, *letter) &&
            length < sizeof(names)) {
            said++;
            const char *before = said == 1        ? ""
                                 : said < missing ? ", "
                                 : missing == 2   ? " and "
                                                  : ", and ";
            length += (size_t)snprintf(names + length, sizeof(names) - length, "%s'%.100s'", before,
                                       call->parameters[k].name);
        }
        k += *letter == 'r' || *letter == 'o';
    }
    snprintf(text, sizeof(text), "missing %zu required %s argument%s: %s", missing,
             named ? "keyword-only" : "positional", _HPyTyped_Plural(missing), names);
    return _HPyTyped_Fail(ctx, call, text);
}

static _HPyTyped_COLD bool _HPyTyped_TooMany(HPyContext *ctx, const HPyTyped_Call *call,
                                             const HPy *places, const _HPyTyped_Shape *shape,
                                             size_t nargs) {
    char text[300], takes[60], given[80];
    size_t named = 0;
    for (size_t k = shape->positional; k < shape->n; k++)
        named += !HPy_IsNull(places[k]);
    const size_t most = shape->positional, least = shape->required;
    if (least < most)
        snprintf(takes, sizeof(takes), "from %zu to %zu positional arguments", least, most);
    else
        snprintf(takes, sizeof(takes), "%zu positional argument%s", most, _HPyTyped_Plural(most));
    if (named > 0)
        snprintf(given, sizeof(given),
                 " positional argument%s (and %zu keyword-only argument%s) were",
                 _HPyTyped_Plural(nargs), named, _HPyTyped_Plural(named));
    else
        snprintf(given, sizeof(given), " %s", nargs == 1 ? "was" : "were");
    snprintf(text, sizeof(text), "takes %s but %zu%s given", takes, nargs, given);
    return _HPyTyped_Fail(ctx, call, text);
}

/* Raises for keywords that name positional-only parameters, if there are any; else true. */
static _HPyTyped_COLD bool _HPyTyped_PositionalOnly(HPyContext *ctx, const HPyTyped_Call *call,
                                                    size_t positional_only, HPy keywords) {
    char text[600], names[500] = "";
    size_t length = 0;
    const HPy_ssize_t n = HPy_Length(ctx, keywords);
    for (size_t k = 0; k < positional_only; k++) {
        for (HPy_ssize_t i = 0; i < n && length < sizeof(names); i++) {
            HPy keyword = HPy_GetItem_i(ctx, keywords, i);
            if (HPy_IsNull(keyword))
                return false;
            HPy_ssize_t size;
            const char *given = HPyUnicode_AsUTF8AndSize(ctx, keyword, &size);
            if (given == NULL)
                HPyErr_Clear(ctx);
            else if (strcmp(given, call->parameters[k].name) == 0)
                length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%.100s",
                                           length > 0 ? ", " : "", given);
            HPy_Close(ctx, keyword);
        }
    }
    if (length == 0)
        return true;
    snprintf(text, sizeof(text),
             "got some positional-only arguments passed as keyword arguments: '%s'", names);
    return _HPyTyped_Fail(ctx, call, text);
}

/* The place of a keyword: that of a parameter that takes it, n for none, n + 1 for an error. */
static _HPyTyped_OUT_OF_LINE size_t _HPyTyped_PlaceOf(HPyContext *ctx, const HPyTyped_Call *call,
                                                      const _HPyTyped_Shape *shape,
                                                      _HPyTyped_Name *names, HPy keyword) {
    for (size_t k = shape->positional_only; k < shape->n; k++) {
        HPy name = _HPyTyped_Intern(ctx, &names[k], call->parameters[k].name);
        if (!HPy_IsNull(name) && HPy_Is(ctx, name, keyword))
            return k;
    }
    HPy_ssize_t size;
    const char *given = HPyUnicode_AsUTF8AndSize(ctx, keyword, &size);
    if (given == NULL) { /* a lone surrogate: no parameter has one */
        if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError))
            return shape->n + 1;
        HPyErr_Clear(ctx);
        return shape->n;
    }
    for (size_t k = shape->positional_only; k < shape->n; k++) {
        if (strlen(call->parameters[k].name) == (size_t)size &&
            memcmp(call->parameters[k].name, given, (size_t)size) == 0)
            return k;
    }
    return shape->n;
}

static _HPyTyped_COLD bool _HPyTyped_FailKeyword(HPyContext *ctx, const HPyTyped_Call *call,
                                                 const char *problem, HPy keyword) {
    char text[400];
    HPy_ssize_t size = 0;
    const char *given = HPyUnicode_AsUTF8AndSize(ctx, keyword, &size);
    if (given == NULL) {
        HPyErr_Clear(ctx);
        HPy ascii = HPy_ASCII(ctx, keyword); /* in quotes */
        given = HPy_IsNull(ascii) ? NULL : HPyUnicode_AsUTF8AndSize(ctx, ascii, &size);
        if (given != NULL) {
            snprintf(text, sizeof(text), "%s argument %.300s", problem, given);
            _HPyTyped_Fail(ctx, call, text);
        }
        if (!HPy_IsNull(ascii))
            HPy_Close(ctx, ascii);
        return false;
    }
    /* Cut before the first byte of a character. */
    int length = size > 300 ? 300 : (int)size;
    while (length < size && (given[length] & 0xC0) == 0x80)
        length--;
    snprintf(text, sizeof(text), "%s argument '%.*s'", problem, length, given);
    return _HPyTyped_Fail(ctx, call, text);
}

/* Puts the arguments of any call at their places; a place without an argument is null. */
static _HPyTyped_OUT_OF_LINE bool _HPyTyped_PlaceAny(HPyContext *ctx, const HPyTyped_Call *call,
                                                     const _HPyTyped_Shape *shape,
                                                     _HPyTyped_Name *names, const HPy *args,
                                                     size_t nargs, HPy keywords, HPy *places) {
    const HPy_ssize_t n_keywords = HPy_IsNull(keywords) ? 0 : HPy_Length(ctx, keywords);
    for (size_t k = 0; k < shape->n; k++)
        places[k] = k < nargs && k < shape->positional ? args[k] : HPy_NULL;
    for (HPy_ssize_t i = 0; i < n_keywords; i++) {
        HPy keyword = HPy_GetItem_i(ctx, keywords, i);
        if (HPy_IsNull(keyword))
            return false;
        const size_t k = _HPyTyped_PlaceOf(ctx, call, shape, names, keyword);
        bool placed = k < shape->n && HPy_IsNull(places[k]);
        if (placed)
            places[k] = args[nargs + (size_t)i];
        else if (k < shape->n)
            _HPyTyped_FailKeyword(ctx, call, "got multiple values for", keyword);
        else if (k == shape->n &&
                 _HPyTyped_PositionalOnly(ctx, call, shape->positional_only, keywords))
            _HPyTyped_FailKeyword(ctx, call, "got an unexpected keyword", keyword);
        HPy_Close(ctx, keyword);
        if (!placed)
            return false;
    }
    if (nargs > shape->positional)
        return _HPyTyped_TooMany(ctx, call, places, shape, nargs);
    size_t k = 0;
    for (const char *letter = call->letters; *letter != '\0'; letter++) {
        if (_HPyTyped_UNLIKELY(_HPyTyped_IsMissing(places, k, *letter)))
            return _HPyTyped_Missing(ctx, call, places, shape);
        k += *letter == 'r' || *letter == 'o';
    }
    return true;
}

/* ---- Inline -------------------------------------------------------------------------------- */

/* The same, for a function whose letters and n parameters are constants: a call without keywords
 * costs one comparison of the number of its arguments. What has an address is kept in memory: found
 * is for the function out of line, so that places is not. */
_HPyTyped_INLINE bool _HPyTyped_Place(HPyContext *ctx, const HPyTyped_Call *call,
                                      const char *letters, _HPyTyped_Name *names, const HPy *args,
                                      size_t nargs, HPy keywords, HPy *places, HPy *found,
                                      size_t n) {
    const _HPyTyped_Shape shape = _HPyTyped_ShapeOf(letters);
    if (_HPyTyped_LIKELY(HPy_IsNull(keywords) && nargs >= shape.required &&
                         nargs <= shape.positional && !_HPyTyped_NamesRequired(letters))) {
        for (size_t k = 0; k < n; k++)
            places[k] = k < nargs ? args[k] : HPy_NULL;
        return true;
    }
    if (!_HPyTyped_PlaceAny(ctx, call, &shape, names, args, nargs, keywords, found))
        return false;
    for (size_t k = 0; k < n; k++)
        places[k] = found[k];
    return true;
}

#endif
