/* One function per fast path of the context, for test_specialise.py to look at its code. */
#include "../api/support.h"

/* ---- Arguments ---------------------------------------------------------------------------- */

/* The Python function NAME that parses what it gets, as the format says, into VARIABLES. */
#define PARSER(name, declarations, format, expression, ...)                                        \
    HPyDef_METH(m_##name, #name, HPyFunc_VARARGS);                                                 \
    static HPy m_##name##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,             \
                               size_t nargs) {                                                     \
        declarations;                                                                              \
        if (!HPyArg_Parse(ctx, NULL, args, nargs, format ":" #name, __VA_ARGS__))                  \
            return HPy_NULL;                                                                       \
        return expression;                                                                         \
    }
#define TRUTH(condition) HPyBool_FromBool(ctx, condition)

PARSER(parse_signed, unsigned char b; short h; int i; long l; long long L;
       HPy_ssize_t n, "bhilLn", TRUTH(b + h + i + l + L + n != 0), &b, &h, &i, &l, &L, &n)
PARSER(parse_masks, unsigned char B; unsigned short H; unsigned I; unsigned long k;
       unsigned long long K, "BHIkK", TRUTH(B + H + I + k + K != 0), &B, &H, &I, &k, &K)
PARSER(parse_doubles, float f; double d, "fd", TRUTH(f < d), &f, &d)
PARSER(parse_objects, HPy a; HPy b, "OO", TRUTH(HPy_Is(ctx, a, b)), &a, &b)
PARSER(parse_string, const char *s, "s", TRUTH(*s == 'x'), &s)
PARSER(parse_truth, int p, "p", TRUTH(p), &p)
PARSER(parse_optional, long a; long b = 5, "l|l", TRUTH(a < b), &a, &b)

HPyDef_METH(m_parse_keywords, "parse_keywords", HPyFunc_KEYWORDS);
static HPy m_parse_keywords_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                 size_t nargs, HPy kwnames) {
    static const char *keywords[] = {"a", "b", NULL}; /* as HPy's examples have it: not const */
    long a;
    double b = 0.0;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "l|d:parse_keywords", keywords, &a,
                              &b))
        return HPy_NULL;
    return TRUTH((double)a < b);
}

HPyDef_METH(m_parse_tracked, "parse_tracked", HPyFunc_KEYWORDS);
static HPy m_parse_tracked_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                                size_t nargs, HPy kwnames) {
    static const char *const keywords[] = {"a", "b", NULL};
    HPyTracker tracker;
    HPy a, b;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "OO:parse_tracked", keywords, &a,
                              &b))
        return HPy_NULL;
    HPy result = TRUTH(HPy_Is(ctx, a, b));
    HPyTracker_Close(ctx, tracker);
    return result;
}

/* ---- Numbers ------------------------------------------------------------------------------ */

FUNCTION1(as_long, TRUTH(HPyLong_AsLong(ctx, a) == 7))
FUNCTION1(as_int32, TRUTH(HPyLong_AsInt32_t(ctx, a) == 7))
FUNCTION1(as_size, TRUTH(HPyLong_AsSize_t(ctx, a) == 7))
FUNCTION1(as_mask, TRUTH(HPyLong_AsUInt32_tMask(ctx, a) == 7))
FUNCTION1(as_double, TRUTH(HPyFloat_AsDouble(ctx, a) > 0.5))
FUNCTION1(long_as_double, TRUTH(HPyLong_AsDouble(ctx, a) > 0.5))
FUNCTION0(small_int, HPyLong_FromLong(ctx, 7))
FUNCTION1(from_long, HPyLong_FromInt64_t(ctx, HPyLong_AsInt64_t(ctx, a) + 1))
FUNCTION1(long_from_str, HPy_Long(ctx, a))
FUNCTION1(float_from_str, HPy_Float(ctx, a))
FUNCTION1(str, HPy_Str(ctx, a))
FUNCTION2(type_check, TRUTH(HPy_TypeCheck(ctx, a, b)))

FUNCTION2(add, HPy_Add(ctx, a, b))
FUNCTION2(subtract, HPy_Subtract(ctx, a, b))
FUNCTION2(multiply, HPy_Multiply(ctx, a, b))
FUNCTION2(divide, HPy_TrueDivide(ctx, a, b))
FUNCTION2(and, HPy_And(ctx, a, b))
FUNCTION2(or, HPy_Or(ctx, a, b))
FUNCTION2(xor, HPy_Xor(ctx, a, b))
FUNCTION2(add_in_place, HPy_InPlaceAdd(ctx, a, b))
FUNCTION2(subtract_in_place, HPy_InPlaceSubtract(ctx, a, b))
FUNCTION2(multiply_in_place, HPy_InPlaceMultiply(ctx, a, b))
FUNCTION2(divide_in_place, HPy_InPlaceTrueDivide(ctx, a, b))
FUNCTION2(and_in_place, HPy_InPlaceAnd(ctx, a, b))
FUNCTION2(or_in_place, HPy_InPlaceOr(ctx, a, b))
FUNCTION2(xor_in_place, HPy_InPlaceXor(ctx, a, b))

FUNCTION2(compare, HPy_RichCompare(ctx, a, b, HPy_LT))
FUNCTION2(compare_bool, TRUTH(HPy_RichCompareBool(ctx, a, b, HPy_LT) > 0))
FUNCTION2(equal_bool, TRUTH(HPy_RichCompareBool(ctx, a, b, HPy_EQ) > 0))
FUNCTION1(is_true, TRUTH(HPy_IsTrue(ctx, a) > 0))

/* ---- Containers and strs ------------------------------------------------------------------ */

FUNCTION1(length, TRUTH(HPy_Length(ctx, a) > 0))
FUNCTION2(contains, TRUTH(HPy_Contains(ctx, a, b) > 0))
FUNCTION1(get_item_at, HPy_GetItem_i(ctx, a, 3))
FUNCTION2(get_item, HPy_GetItem(ctx, a, b))
FUNCTION2(find, HPy_Contains(ctx, a, b) > 0 ? HPy_GetItem(ctx, a, b) : HPy_NULL)
FUNCTION2(set_item_at, done(ctx, HPy_SetItem_i(ctx, a, 3, b)))
FUNCTION3(set_item, done(ctx, HPy_SetItem(ctx, a, b, c)))
FUNCTION2(append, done(ctx, HPyList_Append(ctx, a, b)))
FUNCTION1(next, HPyIter_Next(ctx, a))
FUNCTION0(build_value, HPy_BuildValue(ctx, "(ldO)", 1000L, 0.5, self))

FUNCTION1(read_char, TRUTH(HPyUnicode_ReadChar(ctx, a, 3) == 'x'))
FUNCTION1(decode, HPyUnicode_DecodeASCII(ctx, &"ten letters"[HPy_Is(ctx, a, self)], 10, NULL))

HPyDef_METH(m_as_utf8, "as_utf8", HPyFunc_O);
static HPy m_as_utf8_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, a, &size);
    return utf8 == NULL ? HPy_NULL : TRUTH(size > 0 && *utf8 == 'x');
}

HPyDef_METH(m_build_list, "build_list", HPyFunc_O);
static HPy m_build_list_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPyListBuilder builder = HPyListBuilder_New(ctx, 2);
    HPyListBuilder_Set(ctx, builder, 0, a);
    HPyListBuilder_Set(ctx, builder, 1, a);
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(m_build_tuple, "build_tuple", HPyFunc_O);
static HPy m_build_tuple_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 2);
    HPyTupleBuilder_Set(ctx, builder, 0, a);
    HPyTupleBuilder_Set(ctx, builder, 1, a);
    return HPyTupleBuilder_Build(ctx, builder);
}

FUNCTION2(pack, HPyTuple_FromArray(ctx, (HPy[]){a, b}, 2))

/* ---- A function that calls itself ---------------------------------------------------------- */

/* The first item of the first item of ... as deep as there are lists. */
static HPy descend(HPyContext *ctx, HPy h, long depth) {
    if (depth == 0 || !HPyList_Check(ctx, h))
        return HPy_Dup(ctx, h);
    HPy item = HPy_GetItem_i(ctx, h, 0);
    if (HPy_IsNull(item))
        return HPy_NULL;
    HPy result = descend(ctx, item, depth - 1);
    HPy_Close(ctx, item);
    return result;
}
FUNCTION1(descend, descend(ctx, a, 100))

/* ---- Calls and trackers ------------------------------------------------------------------- */

FUNCTION2(call, HPy_Call(ctx, a, &b, 1, HPy_NULL))

HPyDef_METH(m_track, "track", HPyFunc_O);
static HPy m_track_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPyTracker tracker = HPyTracker_New(ctx, 0);
    if (tracker._i == NULL)
        return HPy_NULL;
    HPy h = HPy_Dup(ctx, a);
    HPy result = HPyTracker_Add(ctx, tracker, h) < 0 ? HPy_NULL : HPy_Dup(ctx, h);
    HPyTracker_Close(ctx, tracker);
    return result;
}

/* ---- Names that are literals -------------------------------------------------------------- */

FUNCTION0(literal, HPyUnicode_FromString(ctx, "literal"))
FUNCTION1(get_attribute, HPy_GetAttr_s(ctx, a, "name"))
FUNCTION1(has_attribute, TRUTH(HPy_HasAttr_s(ctx, a, "name")))
FUNCTION2(set_attribute, done(ctx, HPy_SetAttr_s(ctx, a, "name", b)))
FUNCTION1(delete_attribute, done(ctx, HPy_DelAttr_s(ctx, a, "name")))
FUNCTION1(get_named_item, HPy_GetItem_s(ctx, a, "name"))
FUNCTION2(set_named_item, done(ctx, HPy_SetItem_s(ctx, a, "name", b)))
FUNCTION1(delete_named_item, done(ctx, HPy_DelItem_s(ctx, a, "name")))

/* ---- Constants, globals, fields, types ---------------------------------------------------- */

FUNCTION0(none, HPy_Dup(ctx, ctx->h_None))
FUNCTION0(true, HPy_Dup(ctx, ctx->h_True))
FUNCTION0(false, HPyBool_FromBool(ctx, false))
FUNCTION1(type, HPy_Type(ctx, a))

static HPyGlobal global;

FUNCTION0(load_global, HPyGlobal_Load(ctx, global))
HPyDef_METH(m_store_global, "store_global", HPyFunc_O);
static HPy m_store_global_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy a) {
    HPyGlobal_Store(ctx, &global, a);
    return none(ctx);
}

typedef struct {
    long number;
} Plain;
HPyType_HELPERS(Plain)

    HPyDef_SLOT(Plain_new, HPy_tp_new) static HPy
    Plain_new_impl(HPyContext *ctx, HPy type, _HPy_UNUSED const HPy *args, HPy_ssize_t nargs,
                   _HPy_UNUSED HPy kw) {
    Plain *plain;
    HPy self = HPy_New(ctx, type, &plain);
    if (!HPy_IsNull(self))
        plain->number = nargs;
    return self;
}

HPyDef_METH(Plain_get, "get", HPyFunc_NOARGS) static HPy Plain_get_impl(HPyContext *ctx, HPy self) {
    return TRUTH(Plain_AsStruct(ctx, self)->number == 7);
}

typedef struct {
    HPyField field;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(Holder_traverse,
                HPy_tp_traverse) static int Holder_traverse_impl(void *self,
                                                                 HPyFunc_visitproc visit,
                                                                 void *arg) {
    HPy_VISIT(&((Holder *)self)->field);
    return 0;
}

HPyDef_METH(Holder_load, "load", HPyFunc_NOARGS) static HPy
    Holder_load_impl(HPyContext *ctx, HPy self) {
    return HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->field);
}

HPyDef_METH(Holder_store, "store", HPyFunc_O) static HPy
    Holder_store_impl(HPyContext *ctx, HPy self, HPy a) {
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->field, a);
    return none(ctx);
}

static HPyDef *plain_defines[] = {&Plain_new, &Plain_get, NULL};
static HPyType_Spec plain_spec = {
    .name = "specialise.Plain", .basicsize = sizeof(Plain), .defines = plain_defines};
/* A handle that is read and closed. */
HPyDef_SLOT(Holder_bool, HPy_nb_bool) static int Holder_bool_impl(HPyContext *ctx, HPy self) {
    HPy h = HPyField_Load(ctx, self, Holder_AsStruct(ctx, self)->field);
    double value = HPyFloat_AsDouble(ctx, h);
    HPy_Close(ctx, h);
    return value > 0.5;
}
/* A new object that is stored and closed. */
HPyDef_SLOT(Holder_set, HPy_sq_ass_item) static int Holder_set_impl(HPyContext *ctx, HPy self,
                                                                    HPy_ssize_t i,
                                                                    _HPy_UNUSED HPy value) {
    HPy h = HPyLong_FromSsize_t(ctx, i);
    if (HPy_IsNull(h))
        return -1;
    HPyField_Store(ctx, self, &Holder_AsStruct(ctx, self)->field, h);
    HPy_Close(ctx, h);
    return 0;
}

static HPyDef *holder_defines[] = {&Holder_traverse, &Holder_load, &Holder_store,
                                   &Holder_bool,     &Holder_set,  NULL};
static HPyType_Spec holder_spec = {.name = "specialise.Holder",
                                   .basicsize = sizeof(Holder),
                                   .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
                                   .defines = holder_defines};

HPyDef_SLOT(init, HPy_mod_exec) static int init_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Plain", &plain_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "Holder", &holder_spec, NULL)
               ? 0
               : -1;
}

static HPyGlobal *globals[] = {&global, NULL};
MODULE_WITH_GLOBALS(specialise, globals, &init, &m_parse_signed, &m_parse_masks, &m_parse_doubles,
                    &m_parse_objects, &m_parse_string, &m_parse_truth, &m_parse_optional,
                    &m_parse_keywords, &m_parse_tracked, &m_as_long, &m_as_int32, &m_as_size,
                    &m_as_mask, &m_as_double, &m_long_as_double, &m_small_int, &m_from_long,
                    &m_long_from_str, &m_float_from_str, &m_str, &m_type_check, &m_descend, &m_add,
                    &m_subtract, &m_multiply, &m_divide, &m_and, &m_or, &m_xor, &m_add_in_place,
                    &m_subtract_in_place, &m_multiply_in_place, &m_divide_in_place, &m_and_in_place,
                    &m_or_in_place, &m_xor_in_place, &m_compare, &m_compare_bool, &m_equal_bool,
                    &m_is_true, &m_length, &m_contains, &m_get_item_at, &m_get_item, &m_find,
                    &m_set_item_at, &m_set_item, &m_append, &m_next, &m_build_value, &m_read_char,
                    &m_decode, &m_as_utf8, &m_build_list, &m_build_tuple, &m_pack, &m_call,
                    &m_track, &m_literal, &m_get_attribute, &m_has_attribute, &m_set_attribute,
                    &m_delete_attribute, &m_get_named_item, &m_set_named_item, &m_delete_named_item,
                    &m_none, &m_true, &m_false, &m_type, &m_load_global, &m_store_global)
