// What the C++ extensions of these tests share: the values of Python, and its exceptions.
#ifndef HPYBC_TESTS_SUPPORT_HPP
#define HPYBC_TESTS_SUPPORT_HPP

#include "support.h"

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

// An exception with a message for Python, of a class of this file.
struct Refused : std::exception {
    std::string why;
    explicit Refused(std::string reason) : why(std::move(reason)) {
    }
    const char *what() const noexcept override {
        return why.c_str();
    }
};

// A call of the API has failed: the Python exception is set.
struct PythonError {};

inline HPy checked(HPy h) {
    if (HPy_IsNull(h))
        throw PythonError();
    return h;
}

inline long checked_long(HPyContext *ctx, HPy h) {
    long value = HPyLong_AsLong(ctx, h);
    if (value == -1 && HPyErr_Occurred(ctx))
        throw PythonError();
    return value;
}

inline std::string checked_string(HPyContext *ctx, HPy h) {
    HPy_ssize_t size;
    const char *data = HPyUnicode_AsUTF8AndSize(ctx, h, &size);
    if (data == nullptr)
        throw PythonError();
    return std::string(data, static_cast<size_t>(size));
}

inline HPy python(HPyContext *ctx, long long value) {
    return checked(HPyLong_FromLongLong(ctx, value));
}
inline HPy python(HPyContext *ctx, const std::string &value) {
    return checked(HPyUnicode_FromString(ctx, value.c_str()));
}

// What every function of this file does at its end: C++ exceptions become Python's.
template <typename Body> HPy translated(HPyContext *ctx, Body body) {
    try {
        return body();
    } catch (const PythonError &) {
        return HPy_NULL;
    } catch (const Refused &error) {
        return HPyErr_SetString(ctx, ctx->h_ValueError, error.what());
    } catch (const std::out_of_range &error) {
        return HPyErr_SetString(ctx, ctx->h_IndexError, error.what());
    } catch (const std::bad_alloc &) {
        return HPyErr_NoMemory(ctx);
    } catch (const std::exception &error) {
        return HPyErr_SetString(ctx, ctx->h_RuntimeError, error.what());
    } catch (...) {
        return HPyErr_SetString(ctx, ctx->h_SystemError, "something else");
    }
}

} // namespace

#endif
