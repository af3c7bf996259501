/* Calls. */
#include "support.h"

FUNCTION3(CallTupleDict, HPy_CallTupleDict(ctx, a, or_null(ctx, b), or_null(ctx, c)));

/* CallMethodTupleDict(name, receiver, args, kw) */
HPyDef_METH(call_method_tuple_dict, "CallMethodTupleDict", HPyFunc_VARARGS);
static HPy call_method_tuple_dict_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                       _HPy_UNUSED size_t nargs) {
    return HPy_CallMethodTupleDict(ctx, args[0], args[1], or_null(ctx, args[2]),
                                   or_null(ctx, args[3]));
}
HPyDef_METH(call_method_tuple_dict_s, "CallMethodTupleDict_s", HPyFunc_VARARGS);
static HPy call_method_tuple_dict_s_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                         _HPy_UNUSED size_t nargs) {
    return HPy_CallMethodTupleDict_s(ctx, text(ctx, args[0]), args[1], or_null(ctx, args[2]),
                                     or_null(ctx, args[3]));
}

/* Call(callable, *args, **kwargs) passes on what it got, as CallMethod(name, self, ...) does. */
HPyDef_METH(call, "Call", HPyFunc_KEYWORDS);
static HPy call_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                     HPy kwnames) {
    return HPy_Call(ctx, args[0], args + 1, nargs - 1, kwnames);
}
HPyDef_METH(call_method, "CallMethod", HPyFunc_KEYWORDS);
static HPy call_method_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                            HPy kwnames) {
    return HPy_CallMethod(ctx, args[0], args + 1, nargs - 1, kwnames);
}

FUNCTION1(call_without_array, HPy_Call(ctx, a, NULL, 0, HPy_NULL));
FUNCTION1(Check, integer(ctx, HPyCallable_Check(ctx, a)));

MODULE(call, &m_CallTupleDict, &call_method_tuple_dict, &call_method_tuple_dict_s, &call,
       &call_method, &m_call_without_array, &m_Check)
