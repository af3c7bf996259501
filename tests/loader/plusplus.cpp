// What C++ has beyond C and needs no library for: constructors that run before the module is made,
// destructors, a template, a closure, a virtual function.
#include "hpy.h"

namespace {

struct Shape {
    virtual long corners() const = 0;
};

template <long N> struct Polygon : Shape {
    long corners() const override {
        return N;
    }
};

// volatile keeps clang from doing the work of the constructors when it compiles.
volatile long ten = 10;

struct Squares {
    long values[10];
    Squares() {
        for (long i = 0; i < ten; i++)
            values[i] = i * i;
    }
};

struct Twice {
    long value;
    explicit Twice(long half) : value(2 * half) {
    }
    ~Twice() {
        ten = 0;
    }
};

const Polygon<5> pentagon;
const Squares squares;
// In this order: one is made from the other.
const Twice twenty(ten);
const Twice forty(twenty.value);

} // namespace

extern "C" {

HPyDef_METH(constructed, "constructed", HPyFunc_NOARGS) static HPy
    constructed_impl(HPyContext *ctx, HPy) {
    return HPyLong_FromLong(ctx, forty.value);
}

HPyDef_METH(corners, "corners", HPyFunc_NOARGS) static HPy corners_impl(HPyContext *ctx, HPy) {
    const Shape *shape = &pentagon;
    return HPyLong_FromLong(ctx, shape->corners());
}

HPyDef_METH(square, "square", HPyFunc_VARARGS) static HPy
    square_impl(HPyContext *ctx, HPy, const HPy *args, size_t nargs) {
    long index;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "l:square", &index))
        return HPy_NULL;
    auto get = [&](long at) { return squares.values[at % 10]; };
    return HPyLong_FromLong(ctx, get(index));
}

static HPyDef *defines[] = {&constructed, &corners, &square, NULL};
static HPyModuleDef definition = {"C++.", 0, NULL, defines, NULL};
}

HPy_MODINIT(plusplus, definition)
