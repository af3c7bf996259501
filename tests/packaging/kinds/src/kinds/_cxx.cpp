// An extension in C++, with its standard library and an exception.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "hpy.h"

namespace {

std::vector<double> numbers(HPyContext *ctx, HPy list) {
    std::vector<double> result(HPy_Length(ctx, list));
    for (std::size_t i = 0; i < result.size(); i++) {
        HPy item = HPy_GetItem_i(ctx, list, i);
        if (HPy_IsNull(item))
            throw std::out_of_range("the list became shorter");
        result[i] = HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
    }
    if (result.empty())
        throw std::invalid_argument("no numbers");
    return result;
}

} // namespace

HPyDef_METH(median, "median", HPyFunc_O);
static HPy median_impl(HPyContext *ctx, HPy, HPy list) {
    try {
        auto values = numbers(ctx, list);
        if (HPyErr_Occurred(ctx))
            return HPy_NULL;
        auto middle = values.begin() + values.size() / 2;
        std::nth_element(values.begin(), middle, values.end());
        return HPyFloat_FromDouble(ctx, *middle);
    } catch (const std::exception &error) {
        HPyErr_SetString(ctx, ctx->h_ValueError, error.what());
        return HPy_NULL;
    }
}

static HPyDef *defines[] = {&median, nullptr};
static HPyModuleDef definition = {.doc = "Numbers in their order.", .defines = defines};
HPy_MODINIT(_cxx, definition)
