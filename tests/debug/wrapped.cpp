// A handle in a class, as wrappers in C++ have it: what opens it is inlined from a method.
#include "hpy.h"

#include <stdexcept>

namespace wrapped {

class Object {
  public:
    Object(HPyContext *ctx, long value) : ctx_(ctx) {
        h_ = HPyLong_FromLong(ctx, value); // opens
    }
    template <typename T> Object plus(T value) const {
        Object result(ctx_, value); // adds
        return result;
    }
    HPy release() const {
        return h_;
    }

  private:
    HPyContext *ctx_;
    HPy h_;
};

} // namespace wrapped

HPyDef_METH(leak, "leak", HPyFunc_O) static HPy leak_impl(HPyContext *ctx, HPy, HPy) {
    try {
        wrapped::Object one(ctx, 700); // makes one
        one.plus(701);                 // makes another
        throw std::runtime_error("now");
    } catch (const std::exception &) {
        return HPy_Dup(ctx, ctx->h_None);
    }
}

static HPyDef *defines[] = {&leak, nullptr};
static HPyModuleDef definition = {.defines = defines};
HPy_MODINIT(wrapped, definition)
