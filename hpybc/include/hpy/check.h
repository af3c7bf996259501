/* Formats that do not fit their arguments are warnings of the compiler, at the line of the call:
 * -Wno-user-defined-warnings turns them off. Only what is certain is reported. A variable may be of
 * either sign, as any integer type of the right size will do; a format that is no constant, and
 * what the preprocessor may have cut in two, are left alone. */
#ifndef HPY_H
#include "hpy.h"
#elif !defined(HPY_CHECK_H)
#define HPY_CHECK_H

/* What an argument is, or what a unit takes: an integer of so many bytes, or one of these. */
enum {
    _HPyCheck_ANY = 0, /* memory of any kind; of a unit: there is no such unit */
    _HPyCheck_OTHER = 32,
    _HPyCheck_FLOAT,
    _HPyCheck_DOUBLE,
    _HPyCheck_STRING,
    _HPyCheck_POINTER,
    _HPyCheck_HANDLE
};

/* What else than a unit's letter can be wrong; and the unit behind the end of a format, or one that
 * cannot be told. */
enum { _HPyCheck_FEW = 1, _HPyCheck_MANY, _HPyCheck_UNKNOWN, _HPyCheck_BEYOND = -1 };
#define _HPyCheck_TOO_FEW "the format has more units than there are variables"
#define _HPyCheck_TOO_MANY "the format has fewer units than there are variables"
#define _HPyCheck_FEW_NAMES "there are fewer keywords, with a NULL behind them, than variables"
#define _HPyCheck_NO_VALUE "the format has more units than there are values"

#define _HPyCheck_TAKES(unit)                                                                      \
    ((unit) == 'b' || (unit) == 'B'                    ? (int)sizeof(char)                         \
     : (unit) == 'h' || (unit) == 'H'                  ? (int)sizeof(short)                        \
     : (unit) == 'i' || (unit) == 'I' || (unit) == 'p' ? (int)sizeof(int)                          \
     : (unit) == 'l' || (unit) == 'k'                  ? (int)sizeof(long)                         \
     : (unit) == 'L' || (unit) == 'K'                  ? (int)sizeof(long long)                    \
     : (unit) == 'n'                                   ? (int)sizeof(HPy_ssize_t)                  \
     : (unit) == 'f'                                   ? (int)_HPyCheck_FLOAT                      \
     : (unit) == 'd'                                   ? (int)_HPyCheck_DOUBLE                     \
     : (unit) == 's'                                   ? (int)_HPyCheck_STRING                     \
     : (unit) == 'O'                                   ? (int)_HPyCheck_HANDLE                     \
                                                       : 0)
#define _HPyCheck_FITS(unit, kind)                                                                 \
    ((kind) == _HPyCheck_ANY || (kind) == _HPyCheck_TAKES(unit) ||                                 \
     ((unit) == 's' && (kind) == _HPyCheck_POINTER))
#define _HPyCheck_IS_END(unit) ((unit) == '\0' || (unit) == ':' || (unit) == ';')

/* 0, or what is wrong with a unit and the variable for it. */
#define _HPyCheck_VARIABLE(unit, kind)                                                             \
    ((unit) == _HPyCheck_BEYOND   ? 0                                                              \
     : _HPyCheck_IS_END(unit)     ? (int)_HPyCheck_MANY                                            \
     : !_HPyCheck_TAKES(unit)     ? (int)_HPyCheck_UNKNOWN                                         \
     : _HPyCheck_FITS(unit, kind) ? 0                                                              \
                                  : (unit))

#define _HPyCheck_IF(condition, message) diagnose_if(condition, message, "warning")
#define _HPyCheck_WARN(condition, message) __attribute__((_HPyCheck_IF(condition, message)))
#define _HPyCheck_WARNINGS(wrong)                                                                  \
    __attribute__((_HPyCheck_IF(wrong == _HPyCheck_FEW, _HPyCheck_TOO_FEW),                        \
                   _HPyCheck_IF(wrong == _HPyCheck_MANY, _HPyCheck_TOO_MANY),                      \
                   _HPyCheck_IF(wrong == _HPyCheck_UNKNOWN, "unknown unit in the format"),         \
                   _HPyCheck_IF(wrong == 'b' || wrong == 'B',                                      \
                                "the format's 'b' and 'B' take an unsigned char *"),               \
                   _HPyCheck_IF(wrong == 'h', "the format's 'h' takes a short *"),                 \
                   _HPyCheck_IF(wrong == 'H', "the format's 'H' takes an unsigned short *"),       \
                   _HPyCheck_IF(wrong == 'i', "the format's 'i' takes an int *"),                  \
                   _HPyCheck_IF(wrong == 'I', "the format's 'I' takes an unsigned int *"),         \
                   _HPyCheck_IF(wrong == 'p', "the format's 'p' takes an int *"),                  \
                   _HPyCheck_IF(wrong == 'l', "the format's 'l' takes a long *"),                  \
                   _HPyCheck_IF(wrong == 'k', "the format's 'k' takes an unsigned long *"),        \
                   _HPyCheck_IF(wrong == 'L', "the format's 'L' takes a long long *"),             \
                   _HPyCheck_IF(wrong == 'K', "the format's 'K' takes an unsigned long long *"),   \
                   _HPyCheck_IF(wrong == 'n', "the format's 'n' takes an HPy_ssize_t *"),          \
                   _HPyCheck_IF(wrong == 'f', "the format's 'f' takes a float *"),                 \
                   _HPyCheck_IF(wrong == 'd', "the format's 'd' takes a double *"),                \
                   _HPyCheck_IF(wrong == 's', "the format's 's' takes a const char **"),           \
                   _HPyCheck_IF(wrong == 'O', "the format's 'O' takes an HPy *")))

/* The same for HPy_BuildValue, which converts integers of any size, and has no units of bytes. A
 * null pointer may be written as an integer of its size. */
#define _HPyCheck_IS_INTEGER(kind) ((kind) > _HPyCheck_ANY && (kind) < _HPyCheck_OTHER)
#define _HPyCheck_VALUE_FITS(unit, kind)                                                           \
    ((kind) == _HPyCheck_ANY ||                                                                    \
     ((unit) == 'f' || (unit) == 'd'   ? (kind) == _HPyCheck_FLOAT || (kind) == _HPyCheck_DOUBLE   \
      : (unit) == 'O' || (unit) == 'S' ? (kind) == _HPyCheck_HANDLE                                \
      : (unit) == 's' ? (kind) == _HPyCheck_POINTER || (kind) == (int)sizeof(void *)               \
                      : _HPyCheck_IS_INTEGER(kind)))
#define _HPyCheck_IS_VALUE(unit)                                                                   \
    ((unit) == 'S' || ((unit) != 'b' && (unit) != 'B' && (unit) != 'h' && (unit) != 'H' &&         \
                       (unit) != 'p' && _HPyCheck_TAKES(unit)))
#define _HPyCheck_VALUE(unit, kind)                                                                \
    ((unit) == _HPyCheck_BEYOND         ? 0                                                        \
     : (unit) == '\0' || (unit) == ')'  ? (int)_HPyCheck_MANY                                      \
     : !_HPyCheck_IS_VALUE(unit)        ? (int)_HPyCheck_UNKNOWN                                   \
     : _HPyCheck_VALUE_FITS(unit, kind) ? 0                                                        \
                                        : (unit))
#define _HPyCheck_VALUE_WARNINGS(wrong)                                                            \
    __attribute__((                                                                                \
        _HPyCheck_IF(wrong == _HPyCheck_FEW, _HPyCheck_NO_VALUE),                                  \
        _HPyCheck_IF(wrong == _HPyCheck_MANY, "the format has fewer units than there are values"), \
        _HPyCheck_IF(wrong == _HPyCheck_UNKNOWN, "unknown unit in the format"),                    \
        _HPyCheck_IF(wrong == 'f' || wrong == 'd', "the format's 'f' and 'd' take a double"),      \
        _HPyCheck_IF(wrong == 's', "the format's 's' takes a const char *"),                       \
        _HPyCheck_IF(wrong == 'O' || wrong == 'S', "the format's 'O' and 'S' take an HPy"),        \
        _HPyCheck_IF(wrong > _HPyCheck_UNKNOWN && wrong != 'f' && wrong != 'd' && wrong != 's' &&  \
                         wrong != 'O' && wrong != 'S',                                             \
                     "the format's unit takes an integer")))

/* Of two overloads, the one that is called if nothing is wrong. The other has a condition for each
 * message, and every one takes the compiler its time. */
#define _HPyCheck_FITTING(wrong) __attribute__((overloadable, enable_if(!(wrong), "")))

#ifdef __cplusplus
extern "C++" {
/* The kind of a variable by its type, cv-qualifiers apart. */
template <class T> struct _HPyCheck_Kind {
    static constexpr bool is_integer = __is_integral(T) || __is_enum(T);
    static constexpr int value = is_integer ? (int)sizeof(T) : (int)_HPyCheck_OTHER;
};
template <class T> struct _HPyCheck_Kind<const T> : _HPyCheck_Kind<T> {};
template <class T> struct _HPyCheck_Kind<volatile T> : _HPyCheck_Kind<T> {};
template <class T> struct _HPyCheck_Kind<const volatile T> : _HPyCheck_Kind<T> {};
template <int VALUE> struct _HPyCheck_Is {
    static constexpr int value = VALUE;
};
template <> struct _HPyCheck_Kind<void> : _HPyCheck_Is<_HPyCheck_ANY> {};
template <> struct _HPyCheck_Kind<float> : _HPyCheck_Is<_HPyCheck_FLOAT> {};
template <> struct _HPyCheck_Kind<double> : _HPyCheck_Is<_HPyCheck_DOUBLE> {};
template <> struct _HPyCheck_Kind<HPy> : _HPyCheck_Is<_HPyCheck_HANDLE> {};
template <class T>
struct _HPyCheck_Kind<T *>
    : _HPyCheck_Is<_HPyCheck_Kind<T>::value == 1               ? (int)_HPyCheck_STRING
                   : _HPyCheck_Kind<T>::value == _HPyCheck_ANY ? (int)_HPyCheck_POINTER
                                                               : (int)_HPyCheck_OTHER> {};

/* What a pointer points to; of nullptr, and what is no pointer, nothing is said. */
template <class T> struct _HPyCheck_Target : _HPyCheck_Is<_HPyCheck_ANY> {};
template <class T> struct _HPyCheck_Target<T *> : _HPyCheck_Kind<T> {};

/* How many elements an array has; of a pointer that is not known. */
template <class T> struct _HPyCheck_Length : _HPyCheck_Is<0x10000> {};
template <class T, size_t N> struct _HPyCheck_Length<T[N]> : _HPyCheck_Is<(int)N> {};

constexpr const char *_HPyCheck_skip(const char *fmt) {
    return *fmt == '|' || *fmt == '$' ? _HPyCheck_skip(fmt + 1) : fmt;
}

/* 0, or what is wrong with a format for variables of these kinds. */
template <int... KINDS> struct _HPyCheck_Variables {
    static constexpr int wrong(const char *fmt) {
        return _HPyCheck_IS_END(*_HPyCheck_skip(fmt)) ? 0 : (int)_HPyCheck_FEW;
    }
};
template <int KIND, int... KINDS> struct _HPyCheck_Variables<KIND, KINDS...> {
    static constexpr int at(const char *unit, int found) {
        return found != 0 ? found : _HPyCheck_Variables<KINDS...>::wrong(unit + 1);
    }
    static constexpr int wrong(const char *fmt) {
        return at(_HPyCheck_skip(fmt), _HPyCheck_VARIABLE(*_HPyCheck_skip(fmt), KIND));
    }
};

/* The kind of a value, which is a pointer if it is none of the others. */
template <class T>
struct _HPyCheck_Given : _HPyCheck_Is<_HPyCheck_Kind<T>::value == _HPyCheck_STRING ||
                                              _HPyCheck_Kind<T>::value == _HPyCheck_OTHER
                                          ? (int)_HPyCheck_POINTER
                                          : _HPyCheck_Kind<T>::value> {};

constexpr const char *_HPyCheck_skip_brackets(const char *fmt) {
    return *fmt == '(' || *fmt == ')' || *fmt == '[' || *fmt == ']' || *fmt == '{' || *fmt == '}' ||
                   *fmt == ',' || *fmt == ':' || *fmt == ' ' || *fmt == '\t'
               ? _HPyCheck_skip_brackets(fmt + 1)
               : fmt;
}

template <int... KINDS> struct _HPyCheck_Values {
    static constexpr int wrong(const char *fmt) {
        return *_HPyCheck_skip_brackets(fmt) == '\0' ? 0 : (int)_HPyCheck_FEW;
    }
};
template <int KIND, int... KINDS> struct _HPyCheck_Values<KIND, KINDS...> {
    static constexpr int at(const char *unit, int found) {
        return found != 0 ? found : _HPyCheck_Values<KINDS...>::wrong(unit + 1);
    }
    static constexpr int wrong(const char *fmt) {
        return at(_HPyCheck_skip_brackets(fmt),
                  _HPyCheck_VALUE(*_HPyCheck_skip_brackets(fmt), KIND));
    }
};
}
#define _HPyCheck_KEYWORDS(Keywords, Out)                                                          \
    _HPyCheck_WARN(_HPyCheck_Length<Keywords>::value <= (int)sizeof...(Out), _HPyCheck_FEW_NAMES)
#define _HPyCheck_TYPES_FIT(Out)                                                                   \
    _HPyCheck_FITTING((_HPyCheck_Variables<_HPyCheck_Target<Out>::value...>::wrong(fmt)))
#define _HPyCheck_VALUES_FIT(Values)                                                               \
    _HPyCheck_FITTING((_HPyCheck_Values<_HPyCheck_Given<Values>::value...>::wrong(fmt)))
#define _HPyCheck_TYPES(Out)                                                                       \
    _HPyCheck_WARNINGS((_HPyCheck_Variables<_HPyCheck_Target<Out>::value...>::wrong(fmt)))
#define _HPyCheck_VALUES(Values)                                                                   \
    _HPyCheck_VALUE_WARNINGS((_HPyCheck_Values<_HPyCheck_Given<Values>::value...>::wrong(fmt)))
#else
/* The kind of what a pointer points to, qualifiers apart. */
#define _HPyCheck_KIND(pointer)                                                                    \
    _Generic((__typeof_unqual__(*(pointer)) *)0,                                                   \
        void *: _HPyCheck_ANY,                                                                     \
        bool *: sizeof(bool),                                                                      \
        char *: sizeof(char),                                                                      \
        signed char *: sizeof(char),                                                               \
        unsigned char *: sizeof(char),                                                             \
        short *: sizeof(short),                                                                    \
        unsigned short *: sizeof(short),                                                           \
        int *: sizeof(int),                                                                        \
        unsigned int *: sizeof(int),                                                               \
        long *: sizeof(long),                                                                      \
        unsigned long *: sizeof(long),                                                             \
        long long *: sizeof(long long),                                                            \
        unsigned long long *: sizeof(long long),                                                   \
        float *: _HPyCheck_FLOAT,                                                                  \
        double *: _HPyCheck_DOUBLE,                                                                \
        char **: _HPyCheck_STRING,                                                                 \
        const char **: _HPyCheck_STRING,                                                           \
        signed char **: _HPyCheck_STRING,                                                          \
        const signed char **: _HPyCheck_STRING,                                                    \
        unsigned char **: _HPyCheck_STRING,                                                        \
        const unsigned char **: _HPyCheck_STRING,                                                  \
        void **: _HPyCheck_POINTER,                                                                \
        const void **: _HPyCheck_POINTER,                                                          \
        HPy *: _HPyCheck_HANDLE,                                                                   \
        default: _HPyCheck_OTHER)

/* The kind of a value. */
#define _HPyCheck_GIVEN(value)                                                                     \
    _Generic((value),                                                                              \
        bool: sizeof(bool),                                                                        \
        char: sizeof(char),                                                                        \
        signed char: sizeof(char),                                                                 \
        unsigned char: sizeof(char),                                                               \
        short: sizeof(short),                                                                      \
        unsigned short: sizeof(short),                                                             \
        int: sizeof(int),                                                                          \
        unsigned int: sizeof(int),                                                                 \
        long: sizeof(long),                                                                        \
        unsigned long: sizeof(long),                                                               \
        long long: sizeof(long long),                                                              \
        unsigned long long: sizeof(long long),                                                     \
        float: _HPyCheck_FLOAT,                                                                    \
        double: _HPyCheck_DOUBLE,                                                                  \
        HPy: _HPyCheck_HANDLE,                                                                     \
        default: _HPyCheck_POINTER)

/* C has no loops over constants. What a format is about is found out once for each call: where its
 * markers and its name begin, or far away. */
#define _HPyCheck_FAR 0x10000
#define _HPyCheck_FIND(fmt, c) _HPyCheck_FIND_IN(fmt, fmt, c)
#define _HPyCheck_FIND_IN(fmt, part, c)                                                            \
    __builtin_choose_expr(                                                                         \
        __builtin_constant_p(fmt),                                                                 \
        __builtin_strchr(part, c)                                                                  \
            ? (int)(__builtin_strlen(part) - __builtin_strlen(__builtin_strchr(part, c)))          \
            : _HPyCheck_FAR,                                                                       \
        _HPyCheck_FAR)
#define _HPyCheck_SIZE(fmt)                                                                        \
    __builtin_choose_expr(__builtin_constant_p(fmt), (int)__builtin_strlen(fmt), _HPyCheck_FAR)
#define _HPyCheck_LESS(a, b) ((a) < (b) ? (a) : (b))

/* The unit of variable i stands behind i others and the markers '|' and '$' among them. */
#define _HPyCheck_MARKERS(fmt)                                                                     \
    enum {                                                                                         \
        _hpy_bar = _HPyCheck_FIND(fmt, '|'),                                                       \
        _hpy_dollar = _HPyCheck_FIND(fmt, '$'),                                                    \
        _hpy_first = _HPyCheck_LESS(_hpy_bar, _hpy_dollar),                                        \
        _hpy_second = _hpy_bar + _hpy_dollar - _hpy_first - 1,                                     \
        _hpy_colon = _HPyCheck_FIND(fmt, ':'),                                                     \
        _hpy_end = _HPyCheck_LESS(_hpy_colon, _HPyCheck_FIND(fmt, ';'))                            \
    };
#define _HPyCheck_INDEX(i) (i + (_hpy_first <= i) + (_hpy_second <= i))
#define _HPyCheck_UNIT(fmt, i)                                                                     \
    (_HPyCheck_INDEX(i) > _hpy_end ? (int)_HPyCheck_BEYOND : (unsigned char)fmt[_HPyCheck_INDEX(i)])

/* The same for HPy_BuildValue, where units are told apart up to the first separator, inner bracket,
 * or closing bracket that is not the end. */
#define _HPyCheck_BRACKETS(fmt)                                                                    \
    enum {                                                                                         \
        _hpy_open = __builtin_choose_expr(__builtin_constant_p(fmt), fmt[0] == '(', 0),            \
        _hpy_list = _HPyCheck_LESS(_HPyCheck_FIND(fmt, '['), _HPyCheck_FIND(fmt, '{')),            \
        _hpy_mark = _HPyCheck_LESS(_HPyCheck_FIND(fmt, ','), _HPyCheck_FIND(fmt, ':')),            \
        _hpy_space = _HPyCheck_LESS(_HPyCheck_FIND(fmt, ' '), _HPyCheck_FIND(fmt, '\t')),          \
        _hpy_tuple = _hpy_open ? 1 + _HPyCheck_FIND_IN(fmt, &fmt[1], '(')                          \
                               : _HPyCheck_FIND(fmt, '('),                                         \
        _hpy_close = _HPyCheck_FIND(fmt, ')'),                                                     \
        _hpy_closed = __builtin_choose_expr(__builtin_constant_p(fmt),                             \
                                            (int)__builtin_strlen(fmt) == _hpy_close + 1, 0),      \
        _hpy_limit = _HPyCheck_LESS(_HPyCheck_LESS(_hpy_list, _hpy_mark),                          \
                                    _HPyCheck_LESS(_hpy_space, _hpy_tuple)),                       \
        _hpy_plain = _HPyCheck_LESS(_hpy_limit, _hpy_close + _hpy_closed)                          \
    };
#define _HPyCheck_VALUE_UNIT(fmt, i)                                                               \
    (i + _hpy_open >= _hpy_plain ? (int)_HPyCheck_BEYOND : (unsigned char)fmt[i + _hpy_open])

/* Around what the macros of parsers and HPy_BuildValue make of their arguments. */
#define _HPyCheck_QUIET                                                                            \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wmissing-braces\"")      \
        _Pragma("clang diagnostic ignored \"-Wmissing-field-initializers\"")                       \
            _Pragma("clang diagnostic ignored \"-Wunevaluated-expression\"")                       \
                _Pragma("clang diagnostic ignored \"-Wgnu-folding-constant\"")
#define _HPyCheck_LOUD _Pragma("clang diagnostic pop")

/* Never called, and never defined. */
int _HPyCheck_variable(int unit, int kind) _HPyCheck_FITTING(_HPyCheck_VARIABLE(unit, kind));
__attribute__((overloadable)) int _HPyCheck_variable(int unit, int kind)
    _HPyCheck_WARNINGS(_HPyCheck_VARIABLE(unit, kind));
int _HPyCheck_last(int index, int end) _HPyCheck_WARN(index >= end, _HPyCheck_TOO_MANY);
int _HPyCheck_keywords(int length, int n) _HPyCheck_WARN(length <= n, _HPyCheck_FEW_NAMES);
int _HPyCheck_end(int unit)
    _HPyCheck_WARN(unit != _HPyCheck_BEYOND && !_HPyCheck_IS_END(unit), _HPyCheck_TOO_FEW);
int _HPyCheck_value(int unit, int kind) _HPyCheck_FITTING(_HPyCheck_VALUE(unit, kind));
__attribute__((overloadable)) int _HPyCheck_value(int unit, int kind)
    _HPyCheck_VALUE_WARNINGS(_HPyCheck_VALUE(unit, kind));
int _HPyCheck_values_end(int unit)
    _HPyCheck_WARN(unit != _HPyCheck_BEYOND && unit != '\0' && unit != ')', _HPyCheck_NO_VALUE);

/* Something for each argument that begins with a parenthesis: a compound literal does, and its
 * commas may have made several arguments of it, none of which is an expression. */
#define _HPyCheck_DOUBTS(...) _HPyEach(_HPyCheck_DOUBT, , __VA_ARGS__)
#define _HPyCheck_DOUBT(fmt, i, argument) _HPyCheck_SECOND(_HPyCheck_COMMA argument, , )
#define _HPyCheck_COMMA(...) , doubt,
#define _HPyCheck_SECOND(...) _HPyCheck_SECOND_(__VA_ARGS__)
#define _HPyCheck_SECOND_(first, second, ...) second

/* Statements that check a format and the n variables behind it, and what else is to be checked. If
 * there are doubts about one of the variables they are counted; nothing is done if there are doubts
 * about what stands before them. */
#define _HPyCheck_PARSER(doubts, also, ...)                                                        \
    _HPyCheck_CHOICE(_HPyCheck_ALL, doubts)(also, __VA_ARGS__)
#define _HPyCheck_CHOICE(macro, ...) _HPyCheck_CHOICE_(macro, __VA_ARGS__)
#define _HPyCheck_CHOICE_(macro, ...) macro##__VA_OPT__(_DOUBTED)
#define _HPyCheck_ALL_DOUBTED(...)
#define _HPyCheck_ALL(also, n, fmt, ...)                                                           \
    _HPyCheck_MARKERS(fmt) _HPyCheck_CHOICE(_HPyCheck_EACH, _HPyCheck_DOUBTS(__VA_ARGS__))(        \
        n, fmt, __VA_ARGS__)(void)sizeof(_HPyCheck_end(_HPyCheck_UNIT(fmt, n)));                   \
    also
#define _HPyCheck_EACH(n, fmt, ...) __VA_OPT__(_HPyEach(_HPyCheck_ONE, fmt, __VA_ARGS__))
#define _HPyCheck_ONE(fmt, i, pointer)                                                             \
    (void)sizeof(_HPyCheck_variable(_HPyCheck_UNIT(fmt, i), _HPyCheck_KIND(pointer)));
#define _HPyCheck_EACH_DOUBTED(n, fmt, ...)                                                        \
    (void)sizeof(                                                                                  \
        _HPyCheck_last(_HPyCheck_INDEX(n - 1), _HPyCheck_LESS(_hpy_end, _HPyCheck_SIZE(fmt))));

#define _HPyCheck_PARSE(n, ctx, ht, ...) _HPyCheck_PARSE_(n, __VA_ARGS__)
#define _HPyCheck_PARSE_(n, args, nargs, fmt, ...)                                                 \
    _HPyCheck_PARSER(_HPyCheck_DOUBTS(args, nargs, fmt), , n, fmt __VA_OPT__(, ) __VA_ARGS__)
#define _HPyCheck_PARSE_KEYWORDS(n, ctx, ht, args, nargs, kw, fmt, keywords, ...)                  \
    _HPyCheck_PARSER(_HPyCheck_DOUBTS(args, nargs, fmt, keywords),                                 \
                     (void)sizeof(_HPyCheck_keywords(_HPyCheck_LENGTH(keywords), n));              \
                     , n, fmt __VA_OPT__(, ) __VA_ARGS__)

/* How many pointers are in an array; if nobody knows, more than enough. */
#define _HPyCheck_LENGTH(array)                                                                    \
    __builtin_choose_expr(__builtin_constant_p(__builtin_object_size(array, 1)),                   \
                          (int)(__builtin_object_size(array, 1) / sizeof(void *) % _HPyCheck_FAR), \
                          _HPyCheck_FAR)

#define _HPyCheck_BUILD(n, fmt, ...)                                                               \
    _HPyCheck_BRACKETS(fmt) __VA_OPT__(_HPyEach(_HPyCheck_ONE_VALUE, fmt, __VA_ARGS__))(           \
        void) sizeof(_HPyCheck_values_end(_HPyCheck_VALUE_UNIT(fmt, n)));
#define _HPyCheck_ONE_VALUE(fmt, i, given)                                                         \
    (void)sizeof(_HPyCheck_value(_HPyCheck_VALUE_UNIT(fmt, i), _HPyCheck_GIVEN(given)));
#endif

#endif
