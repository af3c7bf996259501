// How a process ends that has an extension in C++: by itself, with static objects to destroy, or by
// an exception that nobody catches.
#include "hpy.h"
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace {

struct Witness {
    const char *name;
    ~Witness() {
        std::fprintf(stderr, "%s destroyed\n", name);
    }
};

__attribute__((destructor)) void last() {
    std::fputs("last\n", stderr);
}

Witness global{"global"};
thread_local Witness own{"thread-local"};

HPyDef_METH(use, "use", HPyFunc_NOARGS) HPy use_impl(HPyContext *ctx, HPy) {
    static Witness local{"local"};
    return HPyUnicode_FromString(ctx, local.name == own.name ? "?" : global.name);
}

HPyDef_METH(caught, "caught", HPyFunc_NOARGS) HPy caught_impl(HPyContext *ctx, HPy) {
    try {
        return HPyLong_FromLong(ctx, std::vector<long>().at(1));
    } catch (const std::out_of_range &error) {
        return HPyErr_SetString(ctx, ctx->h_IndexError, error.what());
    }
}

HPyDef_METH(escapes, "escapes", HPyFunc_NOARGS) HPy escapes_impl(HPyContext *, HPy) {
    throw std::runtime_error("nobody catches this");
}

HPyDef *defines[] = {&use, &caught, &escapes, nullptr};
HPyModuleDef definition = {nullptr, 0, nullptr, defines, nullptr};

} // namespace

HPY_MOD_GIL_NOT_USED(leaving)
HPy_MODINIT(leaving, definition)
