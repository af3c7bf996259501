/* What every object has. */
#include "support.h"

FUNCTION1(repr, HPy_Repr(ctx, a));
FUNCTION1(str, HPy_Str(ctx, a));
FUNCTION1(ascii, HPy_ASCII(ctx, a));
FUNCTION1(bytes, HPy_Bytes(ctx, a));
FUNCTION1(hash, integer(ctx, HPy_Hash(ctx, a)));
FUNCTION1(truth, integer(ctx, HPy_IsTrue(ctx, a)));
FUNCTION1(type, HPy_Type(ctx, a));
FUNCTION1(callable, integer(ctx, HPyCallable_Check(ctx, a)));
FUNCTION2(is, integer(ctx, HPy_Is(ctx, a, b)));
FUNCTION2(type_check, integer(ctx, HPy_TypeCheck(ctx, a, b)));
FUNCTION2(is_subtype, integer(ctx, HPyType_IsSubtype(ctx, a, b)));
FUNCTION1(type_name, HPyUnicode_FromString(ctx, HPyType_GetName(ctx, a)));
FUNCTION3(compare, HPy_RichCompare(ctx, a, b, (int)HPyLong_AsLong(ctx, c)));
FUNCTION3(compare_bool, integer(ctx, HPy_RichCompareBool(ctx, a, b, (int)HPyLong_AsLong(ctx, c))));

HPyDef_METH(dump, "dump", HPyFunc_O);
static HPy dump_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    _HPy_Dump(ctx, arg);
    return none(ctx);
}

HPyDef_METH(return_richcompare, "return_richcompare", HPyFunc_VARARGS);
static HPy return_richcompare_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                   _HPy_UNUSED size_t nargs) {
    const double left = HPyFloat_AsDouble(ctx, args[0]), right = HPyFloat_AsDouble(ctx, args[1]);
    HPy_RETURN_RICHCOMPARE(ctx, left, right, (HPy_RichCmpOp)HPyLong_AsLong(ctx, args[2]));
}

MODULE(object, &m_repr, &m_str, &m_ascii, &m_bytes, &m_hash, &m_truth, &m_type, &m_callable, &m_is,
       &m_type_check, &m_is_subtype, &m_type_name, &m_compare, &m_compare_bool, &dump,
       &return_richcompare)
