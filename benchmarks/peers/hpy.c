/* HPy 0.9.0: one source for hpybc and for both of upstream's ABIs. */
#include "hpy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

HPyDef_METH(noargs, "noargs", HPyFunc_NOARGS) static HPy noargs_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(onearg, "onearg", HPyFunc_O) static HPy
    onearg_impl(HPyContext *ctx, HPy self, HPy object) {
    (void)self;
    return HPy_Dup(ctx, object);
}

HPyDef_METH(add_ints, "add_ints", HPyFunc_VARARGS) static HPy
    add_ints_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a, b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll:add_ints", &a, &b))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b);
}

HPyDef_METH(add_doubles, "add_doubles", HPyFunc_VARARGS) static HPy
    add_doubles_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    double a, b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "dd:add_doubles", &a, &b))
        return HPy_NULL;
    return HPyFloat_FromDouble(ctx, a + b);
}

HPyDef_METH(weigh, "weigh", HPyFunc_KEYWORDS) static HPy
    weigh_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames) {
    (void)self;
    static const char *keywords[] = {"a", "b", "c", NULL};
    long a, b = 10, c = 100;
    if (!HPyArg_ParseKeywords(ctx, NULL, args, nargs, kwnames, "l|ll:weigh", keywords, &a, &b, &c))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, a + b + c);
}

HPyDef_METH(greet, "greet", HPyFunc_O) static HPy greet_impl(HPyContext *ctx, HPy self, HPy name) {
    (void)self;
    static const char hello[] = "Hello, ";
    enum { LENGTH = sizeof hello - 1 };
    char buffer[256];
    HPy_ssize_t size;
    if (!HPyUnicode_Check(ctx, name))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "greet() expects a str");
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, name, &size);
    if (utf8 == NULL)
        return HPy_NULL;
    char *text = buffer;
    if (size >= (HPy_ssize_t)sizeof buffer - LENGTH && (text = malloc(size + LENGTH + 1)) == NULL)
        return HPyErr_NoMemory(ctx);
    memcpy(text, hello, LENGTH);
    memcpy(text + LENGTH, utf8, size + 1);
    /* As many characters as bytes: then there is a function that takes a length. */
    HPy result = HPy_Length(ctx, name) == size
                     ? HPyUnicode_DecodeASCII(ctx, text, size + LENGTH, "strict")
                     : HPyUnicode_FromString(ctx, text);
    if (text != buffer)
        free(text);
    return result;
}

HPyDef_METH(ordered, "ordered", HPyFunc_VARARGS) static HPy
    ordered_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    long a, b;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "ll:ordered", &a, &b))
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(ll)", a < b ? a : b, a < b ? b : a);
}

HPyDef_METH(build_list, "build_list", HPyFunc_O) static HPy
    build_list_impl(HPyContext *ctx, HPy self, HPy length) {
    (void)self;
    HPy_ssize_t n = HPyLong_AsSsize_t(ctx, length);
    if (n == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    HPyListBuilder builder = HPyListBuilder_New(ctx, n);
    for (HPy_ssize_t i = 0; i < n; i++) {
        HPy item = HPyLong_FromSsize_t(ctx, i);
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, builder);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, builder, i, item);
        HPy_Close(ctx, item);
    }
    return HPyListBuilder_Build(ctx, builder);
}

HPyDef_METH(sum_list, "sum_list", HPyFunc_O) static HPy
    sum_list_impl(HPyContext *ctx, HPy self, HPy floats) {
    (void)self;
    HPy_ssize_t length = HPy_Length(ctx, floats);
    if (length < 0)
        return HPy_NULL;
    double sum = 0.0;
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy item = HPy_GetItem_i(ctx, floats, i);
        if (HPy_IsNull(item))
            return HPy_NULL;
        double value = HPyFloat_AsDouble(ctx, item);
        HPy_Close(ctx, item);
        if (value == -1.0 && HPyErr_Occurred(ctx))
            return HPy_NULL;
        sum += value;
    }
    return HPyFloat_FromDouble(ctx, sum);
}

/* counts[item] += 1 */
static int count_one(HPyContext *ctx, HPy counts, HPy item) {
    long number = 0;
    int known = HPy_Contains(ctx, counts, item);
    if (known < 0)
        return -1;
    if (known) {
        HPy before = HPy_GetItem(ctx, counts, item);
        if (HPy_IsNull(before))
            return -1;
        number = HPyLong_AsLong(ctx, before);
        HPy_Close(ctx, before);
        if (number == -1 && HPyErr_Occurred(ctx))
            return -1;
    }
    HPy after = HPyLong_FromLong(ctx, number + 1);
    if (HPy_IsNull(after))
        return -1;
    int status = HPy_SetItem(ctx, counts, item, after);
    HPy_Close(ctx, after);
    return status;
}

HPyDef_METH(count, "count", HPyFunc_O) static HPy count_impl(HPyContext *ctx, HPy self, HPy items) {
    (void)self;
    HPy_ssize_t length = HPy_Length(ctx, items);
    if (length < 0)
        return HPy_NULL;
    HPy counts = HPyDict_New(ctx);
    if (HPy_IsNull(counts))
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < length; i++) {
        HPy item = HPy_GetItem_i(ctx, items, i);
        if (HPy_IsNull(item) || count_one(ctx, counts, item) < 0) {
            HPy_Close(ctx, item);
            HPy_Close(ctx, counts);
            return HPy_NULL;
        }
        HPy_Close(ctx, item);
    }
    return counts;
}

HPyDef_METH(get_name, "get_name", HPyFunc_O) static HPy
    get_name_impl(HPyContext *ctx, HPy self, HPy object) {
    (void)self;
    return HPy_GetAttr_s(ctx, object, "name");
}

HPyDef_METH(set_name, "set_name", HPyFunc_VARARGS) static HPy
    set_name_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy object, value;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:set_name", &object, &value) ||
        HPy_SetAttr_s(ctx, object, "name", value) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(call, "call", HPyFunc_VARARGS) static HPy
    call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy function, object;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OO:call", &function, &object))
        return HPy_NULL;
    return HPy_Call(ctx, function, &object, 1, HPy_NULL);
}

/* HPy got iteration after its last release. */
#ifdef HAVE_ITERATION
HPyDef_METH(length, "length", HPyFunc_O) static HPy
    length_impl(HPyContext *ctx, HPy self, HPy iterable) {
    (void)self;
    long number = 0;
    HPy iterator = HPy_GetIter(ctx, iterable);
    if (HPy_IsNull(iterator))
        return HPy_NULL;
    for (;;) {
        HPy item = HPyIter_Next(ctx, iterator);
        if (HPy_IsNull(item))
            break;
        HPy_Close(ctx, item);
        number++;
    }
    HPy_Close(ctx, iterator);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyLong_FromLong(ctx, number);
}
#endif

HPyDef_METH(fail, "fail", HPyFunc_NOARGS) static HPy fail_impl(HPyContext *ctx, HPy self) {
    (void)self;
    HPyErr_SetString(ctx, ctx->h_ValueError, "no");
    return HPy_NULL;
}

/* A type around two doubles */

typedef struct {
    double x;
    double y;
} Point;
HPyType_HELPERS(Point)

    static HPyGlobal point_type;

HPyDef_SLOT(Point_new, HPy_tp_new) static HPy
    Point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)kw;
    double x, y;
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "dd:Point", &x, &y))
        return HPy_NULL;
    Point *point;
    HPy self = HPy_New(ctx, type, &point);
    if (HPy_IsNull(self))
        return HPy_NULL;
    point->x = x;
    point->y = y;
    return self;
}

HPyDef_METH(Point_norm, "norm", HPyFunc_NOARGS) static HPy
    Point_norm_impl(HPyContext *ctx, HPy self) {
    Point *point = Point_AsStruct(ctx, self);
    return HPyFloat_FromDouble(ctx, sqrt(point->x * point->x + point->y * point->y));
}

HPyDef_GET(Point_x, "x") static HPy Point_x_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyFloat_FromDouble(ctx, Point_AsStruct(ctx, self)->x);
}

HPyDef_SLOT(Point_richcompare, HPy_tp_richcompare) static HPy
    Point_richcompare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    HPy type = HPyGlobal_Load(ctx, point_type);
    int comparable = (op == HPy_EQ || op == HPy_NE) && HPy_TypeCheck(ctx, other, type);
    HPy_Close(ctx, type);
    if (!comparable)
        return HPy_Dup(ctx, ctx->h_NotImplemented);
    Point *a = Point_AsStruct(ctx, self);
    Point *b = Point_AsStruct(ctx, other);
    bool equal = a->x == b->x && a->y == b->y;
    return HPyBool_FromBool(ctx, equal == (op == HPy_EQ));
}

static HPyDef *point_defines[] = {&Point_new, &Point_norm, &Point_x, &Point_richcompare, NULL};

static HPyType_Spec point_spec = {
    .name = "calls.Point",
    .basicsize = sizeof(Point),
    .builtin_shape = SHAPE(Point),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = point_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &point_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &point_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Point", type);
    HPy_Close(ctx, type);
    return status;
}

static HPyDef *defines[] = {
    &noargs,   &onearg, &add_ints, &add_doubles, &weigh, &greet, &ordered, &build_list,
    &sum_list, &count,  &get_name, &set_name,    &call,  &fail,  &execute,
#ifdef HAVE_ITERATION
    &length,
#endif
    NULL,
};

static HPyGlobal *globals[] = {&point_type, NULL};

static HPyModuleDef definition = {.defines = defines, .globals = globals};

HPy_MODINIT(calls, definition)
