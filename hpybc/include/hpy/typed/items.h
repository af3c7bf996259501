/* The items of a declaration, and what each becomes in each place (hpy/typed.h).
 *
 * An item has one of five forms: MARKER, (*) or (/); REQUIRED, (type, name); OPTIONAL, (type, name,
 * default) or (type, name, default, "its text in Python"); CONTEXT, (HPyContext *, name); SELF,
 * (HPySelf(struct), name). For each place there is a macro for each form. */
#ifndef HPY_TYPED_ITEMS_H
#define HPY_TYPED_ITEMS_H

#include "../each.h"

#pragma GCC system_header

#ifdef __cplusplus
#define _HPyTyped_EXTERN extern "C"
#define _HPyTyped_ASSERT(condition, message) static_assert(condition, message)
#else
#define _HPyTyped_EXTERN extern
#define _HPyTyped_ASSERT(condition, message) _Static_assert(condition, message)
#endif

#define _HPyTyped_UNPACK(...) __VA_ARGS__
#define _HPyTyped_SECOND(...) _HPyTyped_SECOND_(__VA_ARGS__)
#define _HPyTyped_SECOND_(first, second, ...) second
#define _HPyTyped_REST(...) _HPyTyped_REST_(__VA_ARGS__)
#define _HPyTyped_REST_(first, ...) __VA_ARGS__
#define _HPyTyped_PASTE(a, b) _HPyTyped_PASTE_(a, b)
#define _HPyTyped_PASTE_(a, b) a##b

/* place_FORM(...) for each item. */
#define _HPyTyped_EACH(place, ...) __VA_OPT__(_HPyEach(_HPyTyped_ITEM, place, __VA_ARGS__))
#define _HPyTyped_ITEM(place, i, item)                                                             \
    _HPyTyped_SEND(_HPyTyped_PASTE(_HPyTyped_SEND_, _HPyTyped_FORM item), place,                   \
                   _HPyTyped_UNPACK item)
#define _HPyTyped_SEND(form, ...) form(__VA_ARGS__)

/* The form of an item. A type's first word tells the last two: where it is HPyContext or HPySelf,
 * one of the macros named after it brings the form. */
#define _HPyTyped_FORM(...)                                                                        \
    _HPyTyped_FORM_(__VA_ARGS__, OPTIONAL, DEFAULT, REQUIRED, MARKER, )(__VA_ARGS__, )
#define _HPyTyped_FORM_(a, b, c, d, form, ...) _HPyTyped_FORM_##form
#define _HPyTyped_FORM_OPTIONAL(...) OPTIONAL
#define _HPyTyped_FORM_DEFAULT(...) DEFAULT
#define _HPyTyped_FORM_MARKER(...) MARKER
#define _HPyTyped_FORM_REQUIRED(type, ...) _HPyTyped_SECOND(_HPyTyped_OF_##type, REQUIRED, )
#define _HPyTyped_OF_HPyContext _, CONTEXT,
#define _HPyTyped_OF_HPySelf(struct_) _, SELF,

#define _HPyTyped_SEND_MARKER(place, marker) place##_MARKER(marker)
#define _HPyTyped_SEND_REQUIRED(place, type, name) place##_REQUIRED(type, name)
#define _HPyTyped_SEND_OPTIONAL(place, type, name, value, text)                                    \
    place##_OPTIONAL(type, name, value, text)
#define _HPyTyped_SEND_DEFAULT(place, type, name, value)                                           \
    _HPyTyped_SEND_OPTIONAL(place, type, name, value, #value)
#define _HPyTyped_SEND_CONTEXT(place, type, name) place##_CONTEXT(name)
#define _HPyTyped_SEND_SELF(place, type, name) place##_SELF(_HPyTyped_STRUCT_##type, name)
#define _HPyTyped_STRUCT_HPySelf(struct_) struct_

/* What a declaration has of each, in order: parameters that are required (r) or optional (o) and
 * markers; and besides the context (c) and the receiver (s). */
#define _HPyTyped_LETTERS(...) "" _HPyTyped_EACH(_HPyTyped_LETTER, __VA_ARGS__)
#define _HPyTyped_LETTER_MARKER(marker) #marker
#define _HPyTyped_LETTER_REQUIRED(type, name) "r"
#define _HPyTyped_LETTER_OPTIONAL(type, name, value, text) "o"
#define _HPyTyped_LETTER_CONTEXT(name)
#define _HPyTyped_LETTER_SELF(struct_, name)
#define _HPyTyped_KINDS(...) "" _HPyTyped_EACH(_HPyTyped_KIND, __VA_ARGS__)
#define _HPyTyped_KIND_MARKER(marker) #marker
#define _HPyTyped_KIND_REQUIRED(type, name) "r"
#define _HPyTyped_KIND_OPTIONAL(type, name, value, text) "o"
#define _HPyTyped_KIND_CONTEXT(name) "c"
#define _HPyTyped_KIND_SELF(struct_, name) "s"

/* What Python's grammar demands of parameters. Only clang takes what is in a string for a
 * constant. */
#ifdef __clang__
#define _HPyTyped_ASSERT_TEXT _HPyTyped_ASSERT
#define _HPyTyped_FROM(letters, c) __builtin_strchr(letters, c)
#define _HPyTyped_LEFT(letters, c)                                                                 \
    (_HPyTyped_FROM(letters, c) ? __builtin_strlen(_HPyTyped_FROM(letters, c)) : 0)
#define _HPyTyped_BEHIND(letters, c, d)                                                            \
    (_HPyTyped_FROM(letters, c) ? _HPyTyped_LEFT(_HPyTyped_FROM(letters, c) + 1, d) : 0)
#define _HPyTyped_CHECK_SHAPE(letters, kinds)                                                      \
    _HPyTyped_QUIET _HPyTyped_ASSERT(                                                              \
        _HPyTyped_BEHIND(letters, 'o', 'r') == 0 ||                                                \
            _HPyTyped_BEHIND(letters, 'o', 'r') < _HPyTyped_LEFT(letters, '*'),                    \
        "hpy/typed.h: a parameter without a default follows one with a default");                  \
    _HPyTyped_ASSERT(_HPyTyped_LEFT(letters, '*') != 1, "hpy/typed.h: no parameter follows (*)");  \
    _HPyTyped_ASSERT(_HPyTyped_BEHIND(letters, '*', '*') == 0 &&                                   \
                         _HPyTyped_BEHIND(letters, '/', '/') == 0,                                 \
                     "hpy/typed.h: a marker stands there twice");                                  \
    _HPyTyped_ASSERT(_HPyTyped_BEHIND(letters, '*', '/') == 0, "hpy/typed.h: (/) follows (*)");    \
    _HPyTyped_ASSERT(_HPyTyped_LEFT(letters, '/') == 0 ||                                          \
                         _HPyTyped_LEFT(letters, '/') < __builtin_strlen(letters),                 \
                     "hpy/typed.h: no parameter precedes (/)");                                    \
    _HPyTyped_ASSERT(_HPyTyped_LEFT(kinds, 's') == 0 ||                                            \
                         _HPyTyped_LEFT(kinds, 's') == __builtin_strlen(kinds),                    \
                     "hpy/typed.h: HPySelf is the type of the first parameter");                   \
    _HPyTyped_LOUD
#define _HPyTyped_QUIET                                                                            \
    _Pragma("clang diagnostic push")                                                               \
        _Pragma("clang diagnostic ignored \"-Wgnu-folding-constant\"")                             \
            _Pragma("clang diagnostic ignored \"-Wstring-plus-int\"")
#define _HPyTyped_LOUD _Pragma("clang diagnostic pop")
#else
#define _HPyTyped_ASSERT_TEXT(condition, message) _HPyTyped_ASSERT(1, message)
#define _HPyTyped_CHECK_SHAPE(letters, kinds)
#endif
#define _HPyTyped_CHECKED_MARKER(marker)                                                           \
    _HPyTyped_ASSERT_TEXT(sizeof(#marker) == 2 && (#marker[0] == '*' || #marker[0] == '/'),        \
                          "hpy/typed.h: a marker is (*) or (/)");
#define _HPyTyped_CHECKED_REQUIRED(type, name)                                                     \
    _HPyTyped_ASSERT(_HPyTyped_CODE(type) != 0,                                                    \
                     "hpy/typed.h: no Python type belongs to the C type " #type);
#define _HPyTyped_CHECKED_OPTIONAL(type, name, value, text) _HPyTyped_CHECKED_REQUIRED(type, name)
#define _HPyTyped_CHECKED_CONTEXT(name)
#define _HPyTyped_CHECKED_SELF(struct_, name)

/* The parameters of the C function, and the arguments of a call; last what it tells errors with. */
#define _HPyTyped_PROTOTYPE(SYM, MODE, ...)                                                        \
    (_HPyTyped_OR_VOID(_HPyTyped_REST(_HPyTyped_EACH(_HPyTyped_PARAMETER, __VA_ARGS__)             \
                                          _HPyTyped_FAILURE_##MODE(SYM))))
#define _HPyTyped_OR_VOID(...) __VA_ARGS__ _HPyTyped_VOID##__VA_OPT__(_NOT)
#define _HPyTyped_VOID void
#define _HPyTyped_VOID_NOT
#define _HPyTyped_PARAMETER_MARKER(marker)
#define _HPyTyped_PARAMETER_REQUIRED(type, name) , type name
#define _HPyTyped_PARAMETER_OPTIONAL(type, name, value, text) , type name
#define _HPyTyped_PARAMETER_CONTEXT(name) , HPyContext *name
#define _HPyTyped_PARAMETER_SELF(struct_, name) , struct_ *name
#define _HPyTyped_CALL(MODE, ...)                                                                  \
    (_HPyTyped_REST(_HPyTyped_EACH(_HPyTyped_ARGUMENT, __VA_ARGS__) _HPyTyped_FAILED_##MODE))
#define _HPyTyped_ARGUMENT_MARKER(marker)
#define _HPyTyped_ARGUMENT_REQUIRED(type, name) , name
#define _HPyTyped_ARGUMENT_OPTIONAL(type, name, value, text) , name
#define _HPyTyped_ARGUMENT_CONTEXT(name) , name
#define _HPyTyped_ARGUMENT_SELF(struct_, name) , name
/* From a function with the same parameters. */
#define _HPyTyped_PASSED(MODE, ...)                                                                \
    (_HPyTyped_REST(_HPyTyped_EACH(_HPyTyped_ARGUMENT, __VA_ARGS__) _HPyTyped_PASSED_##MODE))

/* Errors. */
#define _HPyTyped_FAILURE_QUIET(SYM)
#define _HPyTyped_FAILURE_RAISING(SYM) , SYM##_failure *_hpy_failure
#define _HPyTyped_FAILED_QUIET
#define _HPyTyped_FAILED_RAISING , &_hpy_failure
#define _HPyTyped_PASSED_QUIET
#define _HPyTyped_PASSED_RAISING , _hpy_failure
#define _HPyTyped_COUNT_QUIET(SYM) 0
#define _HPyTyped_COUNT_RAISING(SYM) SYM##_n_errors
#define _HPyTyped_ERRORS_QUIET(SYM) NULL
#define _HPyTyped_ERRORS_RAISING(SYM) SYM##_errors
#define _HPyTyped_RAISE_QUIET(SYM)
#define _HPyTyped_RAISE_RAISING(SYM)                                                               \
    if (_HPyTyped_UNLIKELY(_hpy_failure.failed))                                                   \
        return SYM##_raise(_hpy_ctx, _hpy_failure.failed);
#define _HPyTyped_ERROR_REQUIRED(exception, message) {#exception, message},
#define _HPyTyped_TYPE_REQUIRED(exception, message) _hpy_ctx->h_##exception,

/* The description of a parameter. */
#define _HPyTyped_DESCRIBED_MARKER(marker)
#define _HPyTyped_DESCRIBED_REQUIRED(type, name) {#name, #type, NULL, _HPyTyped_CODE(type)},
#define _HPyTyped_DESCRIBED_OPTIONAL(type, name, value, text)                                      \
    {#name, #type, text, _HPyTyped_CODE(type)},
#define _HPyTyped_DESCRIBED_CONTEXT(name)
#define _HPyTyped_DESCRIBED_SELF(struct_, name)

/* How many there are. */
#define _HPyTyped_COUNT_MARKER(marker)
#define _HPyTyped_COUNT_REQUIRED(type, name) +1
#define _HPyTyped_COUNT_OPTIONAL(type, name, value, text) +1
#define _HPyTyped_COUNT_CONTEXT(name)
#define _HPyTyped_COUNT_SELF(struct_, name)

/* The text signature. */
#define _HPyTyped_FIRST(...) _HPyTyped_FIRST_(__VA_ARGS__ __VA_OPT__(, )(*))
#define _HPyTyped_FIRST_(item, ...) _HPyTyped_PASTE(_HPyTyped_FIRST_, _HPyTyped_FORM item)
#define _HPyTyped_FIRST_MARKER "$module"
#define _HPyTyped_FIRST_REQUIRED "$module"
#define _HPyTyped_FIRST_DEFAULT "$module"
#define _HPyTyped_FIRST_OPTIONAL "$module"
#define _HPyTyped_FIRST_CONTEXT "$module"
#define _HPyTyped_FIRST_SELF "$self"
#define _HPyTyped_TEXT_MARKER(marker) ", " #marker
#define _HPyTyped_TEXT_REQUIRED(type, name) ", " #name
#define _HPyTyped_TEXT_OPTIONAL(type, name, value, text) ", " #name "=" text
#define _HPyTyped_TEXT_CONTEXT(name)
#define _HPyTyped_TEXT_SELF(struct_, name)

/* A variable with the argument at place _hpy_i. For a default that Python reads as None, None. */
#define _HPyTyped_TAKEN_MARKER(marker)
#define _HPyTyped_TAKEN_REQUIRED(type, name)                                                       \
    type name;                                                                                     \
    if (_HPyTyped_UNLIKELY(                                                                        \
            !_HPyTyped_TAKE(type, _hpy_ctx, _hpy_places[_hpy_i], &name, _hpy_parsed, _hpy_i)))     \
        return HPy_NULL;                                                                           \
    _hpy_i++;
#define _HPyTyped_TAKEN_OPTIONAL(type, name, value, text)                                          \
    type name = value;                                                                             \
    if (!HPy_IsNull(_hpy_places[_hpy_i]) &&                                                        \
        !(__builtin_strcmp(text, "None") == 0 &&                                                   \
          HPy_Is(_hpy_ctx, _hpy_places[_hpy_i], _hpy_ctx->h_None)) &&                              \
        _HPyTyped_UNLIKELY(                                                                        \
            !_HPyTyped_TAKE(type, _hpy_ctx, _hpy_places[_hpy_i], &name, _hpy_parsed, _hpy_i)))     \
        return HPy_NULL;                                                                           \
    _hpy_i++;
#define _HPyTyped_TAKEN_CONTEXT(name) HPyContext *name = _hpy_ctx;
#define _HPyTyped_TAKEN_SELF(struct_, name)                                                        \
    struct_ *name = _HPyTyped_PASTE(struct_, _AsStruct)(_hpy_ctx, _hpy_self);

/* A variable with what slot _hpy_i points to. */
#define _HPyTyped_SLOT_MARKER(marker)
#define _HPyTyped_SLOT_REQUIRED(type, name) type name = *(type *)_hpy_slots[_hpy_i++];
#define _HPyTyped_SLOT_OPTIONAL(type, name, value, text) _HPyTyped_SLOT_REQUIRED(type, name)
#define _HPyTyped_SLOT_CONTEXT(name) HPyContext *name = (HPyContext *)_hpy_slots[_hpy_i++];
#define _HPyTyped_SLOT_SELF(struct_, name) struct_ *name = (struct_ *)_hpy_slots[_hpy_i++];

/* Who has the context may have raised. */
#define _HPyTyped_RAISED_MARKER(marker)
#define _HPyTyped_RAISED_REQUIRED(type, name)
#define _HPyTyped_RAISED_OPTIONAL(type, name, value, text)
#define _HPyTyped_RAISED_CONTEXT(name)                                                             \
    if (HPyErr_Occurred(_hpy_ctx))                                                                 \
        return HPy_NULL;
#define _HPyTyped_RAISED_SELF(struct_, name)

/* The result: a type, void, or (type, name) of each item of a tuple. A place has a macro for each,
 * of the result, or of its items. */
#define _HPyTyped_RESULT(place, result)                                                            \
    _HPyTyped_PASTE(_HPyTyped_RESULT_, _HPyTyped_SECOND(_HPyTyped_LIST result, TYPE, ))(place,     \
                                                                                        result)
#define _HPyTyped_LIST(...) _, TUPLE,
#define _HPyTyped_RESULT_TUPLE(place, result) _HPyTyped_##place##_TUPLE result
#define _HPyTyped_RESULT_TYPE(place, result)                                                       \
    _HPyTyped_PASTE(_HPyTyped_##place##_,                                                          \
                    _HPyTyped_SECOND(_HPyTyped_RESULT_OF_##result, PLAIN, ))(result)
#define _HPyTyped_RESULT_OF_void _, VOID,

#define _HPyTyped_DECLARED_PLAIN(result) result
#define _HPyTyped_DECLARED_VOID(result) void
#define _HPyTyped_DECLARED_TUPLE(...)                                                              \
    struct {                                                                                       \
        _HPyTyped_EACH(_HPyTyped_FIELD, __VA_ARGS__)                                               \
    }
#define _HPyTyped_FIELD_REQUIRED(type, name) type name;

/* The type of what is returned beside an error. */
#define _HPyTyped_ZERO_PLAIN(result) _HPyTyped_UNPACK
#define _HPyTyped_ZERO_VOID(result) _HPyTyped_CHAR
#define _HPyTyped_ZERO_TUPLE(...) _HPyTyped_UNPACK
#define _HPyTyped_CHAR(type) char

#define _HPyTyped_CODED_PLAIN(result) _HPyTyped_CODE(result)
#define _HPyTyped_CODED_VOID(result) 'v'
#define _HPyTyped_CODED_TUPLE(...) 'T'
#define _HPyTyped_RETURNED_PLAIN(result) _HPyTyped_CHECKED_REQUIRED(result, )
#define _HPyTyped_RETURNED_VOID(result)
#define _HPyTyped_RETURNED_TUPLE(...) _HPyTyped_EACH(_HPyTyped_CHECKED, __VA_ARGS__)
#define _HPyTyped_LISTED_PLAIN(result) {NULL, #result, NULL, _HPyTyped_CODE(result)},
#define _HPyTyped_LISTED_VOID(result)
#define _HPyTyped_LISTED_TUPLE(...) _HPyTyped_EACH(_HPyTyped_DESCRIBED, __VA_ARGS__)

/* A call whose result goes into a slot, or into a variable that is made an object. */
#define _HPyTyped_STORED_PLAIN(result) _HPyTyped_STORE
#define _HPyTyped_STORED_VOID(result) _HPyTyped_STORE_NOTHING
#define _HPyTyped_STORED_TUPLE(...) _HPyTyped_STORE
#define _HPyTyped_STORE(type, slot, call) *(type *)(slot) = call
#define _HPyTyped_STORE_NOTHING(type, slot, call) call
#define _HPyTyped_CALLED_PLAIN(result) _HPyTyped_KEEP
#define _HPyTyped_CALLED_VOID(result) _HPyTyped_KEEP_NOTHING
#define _HPyTyped_CALLED_TUPLE(...) _HPyTyped_KEEP
#define _HPyTyped_KEEP(type, variable, call) const type variable = call
#define _HPyTyped_KEEP_NOTHING(type, variable, call) call
#define _HPyTyped_BOXED_PLAIN(result) return _HPyTyped_BOX(result, _hpy_ctx, _hpy_result);
#define _HPyTyped_BOXED_VOID(result) return HPy_Dup(_hpy_ctx, _hpy_ctx->h_None);
#define _HPyTyped_BOXED_TUPLE(...)                                                                 \
    HPy _hpy_items[] = {_HPyTyped_EACH(_HPyTyped_BOXED, __VA_ARGS__)};                             \
    return _HPyTyped_Tuple(_hpy_ctx, _hpy_items, sizeof(_hpy_items) / sizeof(HPy));
#define _HPyTyped_BOXED_REQUIRED(type, name) _HPyTyped_BOX(type, _hpy_ctx, _hpy_result.name),

#endif
