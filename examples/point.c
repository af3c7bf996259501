/*
 * point - a type of its own.
 *
 * Shows an instance layout in C, members, a property, methods, arithmetic and comparison slots,
 * and an HPyGlobal which lets every function find the type again.
 *
 *     hpybc compile examples/point.c -o point.bc
 */
#include "hpy.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    double x;
    double y;
} PointObject;

HPyType_HELPERS(PointObject);

static HPyGlobal point_type;

static bool is_point(HPyContext *ctx, HPy h) {
    HPy type = HPyGlobal_Load(ctx, point_type);
    bool answer = HPy_TypeCheck(ctx, h, type);
    HPy_Close(ctx, type);
    return answer;
}

static HPy new_instance(HPyContext *ctx, HPy type, double x, double y) {
    PointObject *point;
    HPy h = HPy_New(ctx, type, &point);
    if (HPy_IsNull(h))
        return HPy_NULL;
    // For a subclass written in Python, HPy 0.9.0 itself sets the pointer to the object's header.
    point = PointObject_AsStruct(ctx, h);
    point->x = x;
    point->y = y;
    return h;
}

// Arithmetic gives a plain Point even for subclasses, whose constructors are not known here.
static HPy new_point(HPyContext *ctx, double x, double y) {
    HPy type = HPyGlobal_Load(ctx, point_type);
    HPy h = new_instance(ctx, type, x, y);
    HPy_Close(ctx, type);
    return h;
}

static HPy not_implemented(HPyContext *ctx) {
    return HPy_Dup(ctx, ctx->h_NotImplemented);
}

static int read_double(HPyContext *ctx, HPy h, double *value) {
    *value = HPyFloat_AsDouble(ctx, h);
    return *value == -1.0 && HPyErr_Occurred(ctx) ? -1 : 0;
}

HPyDef_SLOT(Point_new, HPy_tp_new);
static HPy Point_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    static const char *keywords[] = {"x", "y", NULL};
    double x = 0.0;
    double y = 0.0;
    // A constructor gets its keywords as a dict, other functions get a tuple of their names.
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, args, nargs, kw, "|dd:Point", keywords, &x, &y))
        return HPy_NULL;
    return new_instance(ctx, type, x, y);
}

HPyDef_MEMBER(Point_x, "x", HPyMember_DOUBLE, offsetof(PointObject, x), .doc = "first coordinate");
HPyDef_MEMBER(Point_y, "y", HPyMember_DOUBLE, offsetof(PointObject, y), .doc = "second coordinate");

HPyDef_GETSET(Point_radius, "radius",
              .doc = "distance from the origin; setting it scales the point");
static HPy Point_radius_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    const PointObject *point = PointObject_AsStruct(ctx, self);
    return HPyFloat_FromDouble(ctx, hypot(point->x, point->y));
}

static int Point_radius_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    (void)closure;
    double radius;
    if (HPy_IsNull(value)) {
        HPyErr_SetString(ctx, ctx->h_AttributeError, "radius cannot be deleted");
        return -1;
    }
    if (read_double(ctx, value, &radius) < 0)
        return -1;
    // Only now: reading the value may run Python code which changes the point.
    PointObject *point = PointObject_AsStruct(ctx, self);
    double old = hypot(point->x, point->y);
    const char *problem = NULL;
    if (!(radius >= 0.0) || isinf(radius))
        problem = "radius must be finite and not negative";
    else if (old == 0.0)
        problem = "the origin cannot be scaled";
    else if (!isfinite(old))
        problem = "a point without a finite radius cannot be scaled";
    if (problem != NULL) {
        HPyErr_SetString(ctx, ctx->h_ValueError, problem);
        return -1;
    }
    // In this order no intermediate result overflows: the quotient is at most 1.
    point->x = point->x / old * radius;
    point->y = point->y / old * radius;
    return 0;
}

HPyDef_METH(Point_norm, "norm", HPyFunc_NOARGS,
            .doc = "norm($self, /)\n--\n\nDistance from the origin.");
static HPy Point_norm_impl(HPyContext *ctx, HPy self) {
    return Point_radius_get(ctx, self, NULL);
}

HPyDef_METH(Point_dot, "dot", HPyFunc_O,
            .doc = "dot($self, other, /)\n--\n\nScalar product with another point.");
static HPy Point_dot_impl(HPyContext *ctx, HPy self, HPy other) {
    if (!is_point(ctx, other))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "dot() expects a Point");
    const PointObject *a = PointObject_AsStruct(ctx, self);
    const PointObject *b = PointObject_AsStruct(ctx, other);
    return HPyFloat_FromDouble(ctx, a->x * b->x + a->y * b->y);
}

HPyDef_METH(Point_translate, "translate", HPyFunc_VARARGS,
            .doc = "translate($self, dx, dy, /)\n--\n\nMove the point in place.");
static HPy Point_translate_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    double dx, dy;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "dd:translate", &dx, &dy))
        return HPy_NULL;
    PointObject *point = PointObject_AsStruct(ctx, self);
    point->x += dx;
    point->y += dy;
    return HPy_Dup(ctx, ctx->h_None);
}

// Python's shortest decimal form which reads back as the same number; C has no such format.
static int write_float(HPyContext *ctx, double value, char *buffer, size_t size) {
    HPy number = HPyFloat_FromDouble(ctx, value);
    if (HPy_IsNull(number))
        return -1;
    HPy text = HPy_Repr(ctx, number);
    HPy_Close(ctx, number);
    if (HPy_IsNull(text))
        return -1;
    // The characters live as long as the handle, so they are copied before it is closed.
    HPy_ssize_t length;
    const char *characters = HPyUnicode_AsUTF8AndSize(ctx, text, &length);
    if (characters != NULL)
        snprintf(buffer, size, "%s", characters);
    HPy_Close(ctx, text);
    return characters != NULL ? 0 : -1;
}

HPyDef_SLOT(Point_repr, HPy_tp_repr);
static HPy Point_repr_impl(HPyContext *ctx, HPy self) {
    const PointObject *point = PointObject_AsStruct(ctx, self);
    char x[32], y[32], text[80];
    if (write_float(ctx, point->x, x, sizeof(x)) < 0 ||
        write_float(ctx, point->y, y, sizeof(y)) < 0)
        return HPy_NULL;
    snprintf(text, sizeof(text), "Point(x=%s, y=%s)", x, y);
    return HPyUnicode_FromString(ctx, text);
}

HPyDef_SLOT(Point_richcompare, HPy_tp_richcompare);
static HPy Point_richcompare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    if ((op != HPy_EQ && op != HPy_NE) || !is_point(ctx, other))
        return not_implemented(ctx);
    const PointObject *a = PointObject_AsStruct(ctx, self);
    const PointObject *b = PointObject_AsStruct(ctx, other);
    bool equal = a->x == b->x && a->y == b->y;
    return HPyBool_FromBool(ctx, equal == (op == HPy_EQ));
}

static uint64_t mix(uint64_t seed, double value) {
    // 0.0 and -0.0 are equal but differ in their bits; adding 0.0 makes both of them 0.0.
    double canonical = value + 0.0;
    uint64_t bits;
    memcpy(&bits, &canonical, sizeof(bits));
    // Dictionaries look at the lowest bits first, but those of round numbers are all zero and a
    // product carries only upwards. So the high half is folded down before and after.
    seed ^= bits ^ (bits >> 32);
    seed *= UINT64_C(0x9E3779B97F4A7C15);
    return seed ^ (seed >> 32);
}

HPyDef_SLOT(Point_hash, HPy_tp_hash);
static HPy_hash_t Point_hash_impl(HPyContext *ctx, HPy self) {
    const PointObject *point = PointObject_AsStruct(ctx, self);
    HPy_hash_t hash = (HPy_hash_t)mix(mix(1, point->x), point->y);
    // -1 means that an exception was raised.
    return hash == -1 ? -2 : hash;
}

// Multiplying by a sign of 1.0 or -1.0 is exact, so one function does for both operators.
static HPy add_scaled(HPyContext *ctx, HPy left, HPy right, double sign) {
    if (!is_point(ctx, left) || !is_point(ctx, right))
        return not_implemented(ctx);
    const PointObject *a = PointObject_AsStruct(ctx, left);
    const PointObject *b = PointObject_AsStruct(ctx, right);
    return new_point(ctx, a->x + sign * b->x, a->y + sign * b->y);
}

HPyDef_SLOT(Point_add, HPy_nb_add);
static HPy Point_add_impl(HPyContext *ctx, HPy left, HPy right) {
    return add_scaled(ctx, left, right, 1.0);
}

HPyDef_SLOT(Point_subtract, HPy_nb_subtract);
static HPy Point_subtract_impl(HPyContext *ctx, HPy left, HPy right) {
    return add_scaled(ctx, left, right, -1.0);
}

HPyDef_SLOT(Point_multiply, HPy_nb_multiply);
static HPy Point_multiply_impl(HPyContext *ctx, HPy left, HPy right) {
    // The slot serves `point * 2` and `2 * point` alike, so the point may be on either side.
    bool point_first = is_point(ctx, left);
    HPy number = point_first ? right : left;
    if (!HPy_TypeCheck(ctx, number, ctx->h_FloatType) &&
        !HPy_TypeCheck(ctx, number, ctx->h_LongType))
        return not_implemented(ctx);
    double factor;
    if (read_double(ctx, number, &factor) < 0)
        return HPy_NULL;
    const PointObject *point = PointObject_AsStruct(ctx, point_first ? left : right);
    return new_point(ctx, point->x * factor, point->y * factor);
}

HPyDef_SLOT(Point_bool, HPy_nb_bool);
static int Point_bool_impl(HPyContext *ctx, HPy self) {
    const PointObject *point = PointObject_AsStruct(ctx, self);
    return point->x != 0.0 || point->y != 0.0;
}

static HPyDef *point_defines[] = {
    &Point_new, &Point_x,         &Point_y,        &Point_radius, &Point_norm,
    &Point_dot, &Point_translate, &Point_repr,     &Point_hash,   &Point_richcompare,
    &Point_add, &Point_subtract,  &Point_multiply, &Point_bool,   NULL,
};

static HPyType_Spec point_spec = {
    .name = "point.Point",
    .basicsize = sizeof(PointObject),
    .builtin_shape = SHAPE(PointObject),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = point_defines,
    .doc = "Point(x=0.0, y=0.0)\n--\n\n"
           "A point of the plane. Do not move a point while it is a key of a dict.",
};

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    HPy type = HPyType_FromSpec(ctx, &point_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &point_type, type);
    int failed = HPy_SetAttr_s(ctx, module, "Point", type);
    HPy_Close(ctx, type);
    return failed;
}

static HPyDef *module_defines[] = {&module_exec, NULL};
static HPyGlobal *module_globals[] = {&point_type, NULL};

static HPyModuleDef module_def = {
    .doc = "Points of the plane.",
    .defines = module_defines,
    .globals = module_globals,
};

HPy_MODINIT(point, module_def)
