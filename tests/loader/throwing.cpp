// A module that throws what another catches: tests load two that are made of this source.
#include "hpy.h"
#include "throwing.h"
#include <exception>
#include <stdexcept>
#include <string>
#include <typeinfo>

namespace {

// Each file has one of that name, and another than the others.
struct Private {
    char text[8 * FILE_NUMBER];
};

int destroyed;

struct Counted {
    Counted() {
    }
    Counted(const Counted &) {
    }
    ~Counted() {
        destroyed++;
    }
};

void throws(int kind) {
    switch (kind) {
    case 0: throw 42;
    case 1: throw std::out_of_range("far");
    case 2: throw Derived(7);
    case 3: throw "text";
    case 4: throw Private();
    case 5: throw; // what the caller is handling
    case 6: try { throw std::out_of_range("inner");
        } catch (...) {
            std::throw_with_nested(std::runtime_error("outer"));
        }
    case 7: {
        static int value = 5;
        throw &value;
    }
    case 8: throw Counted();
    }
}

std::string caught(Function *function, int kind) {
    int before = std::uncaught_exceptions();
    std::string found = "nothing";
    try {
        function(kind);
    } catch (int i) {
        found = "int " + std::to_string(i);
    } catch (const int *i) {
        found = "pointer " + std::to_string(*i);
    } catch (const std::logic_error &e) {
        found = dynamic_cast<const std::out_of_range *>(&e) ? "out_of_range " : "logic_error ";
        found += e.what();
    } catch (const std::runtime_error &e) {
        found = e.what();
        try {
            std::rethrow_if_nested(e);
        } catch (const std::out_of_range &inner) {
            found += std::string(" ") + inner.what();
        }
    } catch (const Own &own) {
        const Derived *derived = dynamic_cast<const Derived *>(&own);
        found = (typeid(own) == typeid(Derived) && derived ? "Derived " : "Own ") +
                std::to_string(own.value);
    } catch (const char *text) {
        found = text;
    } catch (const Private &) {
        found = "Private";
    } catch (const Counted &) {
        found = "Counted";
    } catch (...) {
        found = "something";
    }
    return before == std::uncaught_exceptions() ? found : "uncaught exceptions are miscounted";
}

// An exception that another module throws again while this one handles it.
std::string thrown_again(Function *function) {
    try {
        try {
            throw std::out_of_range("mine");
        } catch (...) {
            function(5);
        }
    } catch (const std::out_of_range &e) {
        return e.what();
    }
    return "nothing";
}

// One that is kept, and thrown again by the module that did not make it.
std::string kept(Function *function, int kind) {
    std::exception_ptr exception;
    try {
        function(kind);
    } catch (...) {
        exception = std::current_exception();
    }
    for (int i = 0; i < 2; i++) {
        try {
            std::rethrow_exception(exception);
        } catch (const std::out_of_range &e) {
            if (std::string(e.what()) != "far")
                return e.what();
        }
    }
    return std::uncaught_exceptions() == 0 ? "twice" : "uncaught exceptions are miscounted";
}

HPy text(HPyContext *ctx, const std::string &value) {
    return HPyUnicode_FromString(ctx, value.c_str());
}

// The function in a capsule and a number, the arguments of most functions here.
bool parse(HPyContext *ctx, const HPy *args, size_t nargs, Function **function, int *kind) {
    HPy capsule;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "Oi", &capsule, kind))
        return false;
    *function = (Function *)HPyCapsule_GetPointer(ctx, capsule, "throws");
    return *function != NULL;
}

} // namespace

extern "C" {
HPyDef_METH(give, "give", HPyFunc_NOARGS) static HPy give_impl(HPyContext *ctx, HPy) {
    return HPyCapsule_New(ctx, (void *)throws, "throws", NULL);
}

#define METHOD(name, expression)                                                                   \
    HPyDef_METH(name, #name, HPyFunc_VARARGS) static HPy name##_impl(                              \
        HPyContext *ctx, HPy, const HPy *args, size_t nargs) {                                     \
        Function *function;                                                                        \
        int kind;                                                                                  \
        return parse(ctx, args, nargs, &function, &kind) ? text(ctx, expression) : HPy_NULL;       \
    }

static Function *behind_c;
static void call_through_c(int kind) {
    through_c(behind_c, kind);
}

METHOD(take, caught(function, kind))
METHOD(take_through_c, (behind_c = function, caught(call_through_c, kind)))
METHOD(take_again, thrown_again(function))
METHOD(keep, kept(function, kind))

HPyDef_METH(counts, "counts", HPyFunc_NOARGS) static HPy counts_impl(HPyContext *ctx, HPy) {
    return HPy_BuildValue(ctx, "ii", std::uncaught_exceptions(), destroyed);
}

HPyDef_METH(name, "name", HPyFunc_NOARGS) static HPy name_impl(HPyContext *ctx, HPy) {
    return HPyUnicode_FromString(ctx, typeid(Private).name());
}

static HPyDef *defines[] = {&give, &take,   &take_through_c, &take_again,
                            &keep, &counts, &name,           NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};
}

#if FILE_NUMBER == 1
HPy_MODINIT(throwing1, definition)
#else
HPy_MODINIT(throwing2, definition)
#endif
