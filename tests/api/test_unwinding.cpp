// The twin of test_unwinding.py: handles in the hands of C++ while an exception passes.
#include "support.h"

#include <cstdint>

namespace {

using Pointer = int (*)(int);

// A handle that is closed at the end of a block.
struct Handle {
    HPyContext *ctx;
    HPy h;
    Handle(HPyContext *context, HPy handle) : ctx(context), h(handle) {
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    ~Handle() {
        if (!HPy_IsNull(h))
            HPy_Close(ctx, h);
    }
    HPy release() {
        HPy result = h;
        h = HPy_NULL;
        return result;
    }
};

// Calls foreign code as it goes out of scope.
struct Caller {
    Pointer call;
    ~Caller() {
        call(2);
    }
};

__attribute__((noinline)) void throw_with_an_item(HPyContext *ctx, HPy list, Pointer call) {
    Handle item(ctx, HPy_GetItem_i(ctx, list, 1));
    call(1);
    throw 1;
}

// The item that was there before the exception, and outlives what is called in between.
HPy keep(HPyContext *ctx, HPy list, Pointer call) {
    Handle item(ctx, HPy_GetItem_i(ctx, list, 0));
    try {
        throw_with_an_item(ctx, list, call);
    } catch (int) {
        call(3);
    }
    return item.release();
}

__attribute__((noinline)) HPy pass(HPyContext *ctx, HPy list, Pointer call) {
    Caller caller{call};
    Handle item(ctx, HPy_GetItem_i(ctx, list, 0));
    throw HPy_Dup(ctx, item.h);
}

// An item that is in the exception itself, while cleanups run.
HPy catch_item(HPyContext *ctx, HPy list, Pointer call) {
    try {
        return pass(ctx, list, call);
    } catch (HPy item) {
        call(3);
        return item;
    }
}

Pointer pointer(HPyContext *ctx, HPy address) {
    return reinterpret_cast<Pointer>(static_cast<uintptr_t>(HPyLong_AsSize_t(ctx, address)));
}

} // namespace

FUNCTION2(keep, keep(ctx, a, pointer(ctx, b)))
FUNCTION2(catch_item, catch_item(ctx, a, pointer(ctx, b)))

MODULE(test_unwinding, &m_keep, &m_catch_item)
