/* Bodies that attract each other: every result is an object of its own, as it is for a library of
 * vectors. Vectors do not change; a step replaces them. */
#include "hpy.h"

#include <math.h>

typedef struct {
    double x, y, z;
} Vector;

typedef struct {
    HPyField position;
    HPyField velocity;
    double mass;
} Body;

HPyType_HELPERS(Vector);
HPyType_HELPERS(Body);

static HPyGlobal vector_type, body_type;

static bool is_instance(HPyContext *ctx, HPy h, const HPyGlobal *global) {
    HPy type = HPyGlobal_Load(ctx, *global);
    bool answer = HPy_TypeCheck(ctx, h, type);
    HPy_Close(ctx, type);
    return answer;
}

static HPy not_implemented(HPyContext *ctx) {
    return HPy_Dup(ctx, ctx->h_NotImplemented);
}

static HPy new_vector(HPyContext *ctx, double x, double y, double z) {
    Vector *vector;
    HPy type = HPyGlobal_Load(ctx, vector_type);
    HPy h = HPy_New(ctx, type, &vector);
    HPy_Close(ctx, type);
    if (!HPy_IsNull(h))
        *vector = (Vector){x, y, z};
    return h;
}

static double product(const Vector *a, const Vector *b) {
    return a->x * b->x + a->y * b->y + a->z * b->z;
}

// A new vector a + b * factor.
static HPy add_scaled(HPyContext *ctx, const Vector *a, const Vector *b, double factor) {
    return new_vector(ctx, a->x + b->x * factor, a->y + b->y * factor, a->z + b->z * factor);
}

static bool has_keywords(HPyContext *ctx, HPy kw) {
    return !HPy_IsNull(kw) && HPy_Length(ctx, kw) != 0;
}

HPyDef_SLOT(Vector_new, HPy_tp_new);
static HPy Vector_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    (void)type;
    double x, y, z;
    if (has_keywords(ctx, kw))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "Vector() takes no keyword arguments");
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "ddd:Vector", &x, &y, &z))
        return HPy_NULL;
    return new_vector(ctx, x, y, z);
}

HPyDef_MEMBER(Vector_x, "x", HPyMember_DOUBLE, offsetof(Vector, x), .readonly = 1);
HPyDef_MEMBER(Vector_y, "y", HPyMember_DOUBLE, offsetof(Vector, y), .readonly = 1);
HPyDef_MEMBER(Vector_z, "z", HPyMember_DOUBLE, offsetof(Vector, z), .readonly = 1);

HPyDef_METH(Vector_dot, "dot", HPyFunc_O);
static HPy Vector_dot_impl(HPyContext *ctx, HPy self, HPy other) {
    if (!is_instance(ctx, other, &vector_type))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "dot() expects a Vector");
    return HPyFloat_FromDouble(ctx,
                               product(Vector_AsStruct(ctx, self), Vector_AsStruct(ctx, other)));
}

static HPy add(HPyContext *ctx, HPy left, HPy right, double sign) {
    if (!is_instance(ctx, left, &vector_type) || !is_instance(ctx, right, &vector_type))
        return not_implemented(ctx);
    return add_scaled(ctx, Vector_AsStruct(ctx, left), Vector_AsStruct(ctx, right), sign);
}

HPyDef_SLOT(Vector_add, HPy_nb_add);
static HPy Vector_add_impl(HPyContext *ctx, HPy left, HPy right) {
    return add(ctx, left, right, 1.0);
}

HPyDef_SLOT(Vector_subtract, HPy_nb_subtract);
static HPy Vector_subtract_impl(HPyContext *ctx, HPy left, HPy right) {
    return add(ctx, left, right, -1.0);
}

HPyDef_SLOT(Vector_multiply, HPy_nb_multiply);
static HPy Vector_multiply_impl(HPyContext *ctx, HPy left, HPy right) {
    bool vector_first = is_instance(ctx, left, &vector_type);
    HPy number = vector_first ? right : left;
    if (!HPy_TypeCheck(ctx, number, ctx->h_FloatType) &&
        !HPy_TypeCheck(ctx, number, ctx->h_LongType))
        return not_implemented(ctx);
    double factor = HPyFloat_AsDouble(ctx, number);
    if (factor == -1.0 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    const Vector *vector = Vector_AsStruct(ctx, vector_first ? left : right);
    return new_vector(ctx, vector->x * factor, vector->y * factor, vector->z * factor);
}

HPyDef_SLOT(Vector_richcompare, HPy_tp_richcompare);
static HPy Vector_richcompare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    if ((op != HPy_EQ && op != HPy_NE) || !is_instance(ctx, other, &vector_type))
        return not_implemented(ctx);
    const Vector *a = Vector_AsStruct(ctx, self);
    const Vector *b = Vector_AsStruct(ctx, other);
    bool equal = a->x == b->x && a->y == b->y && a->z == b->z;
    return HPyBool_FromBool(ctx, equal == (op == HPy_EQ));
}

static HPyDef *vector_defines[] = {
    &Vector_new, &Vector_x,        &Vector_y,        &Vector_z,           &Vector_dot,
    &Vector_add, &Vector_subtract, &Vector_multiply, &Vector_richcompare, NULL,
};

static HPyType_Spec vector_spec = {
    .name = "nbody.Vector",
    .basicsize = sizeof(Vector),
    .builtin_shape = SHAPE(Vector),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = vector_defines,
};

static bool check_vector(HPyContext *ctx, HPy h) {
    if (is_instance(ctx, h, &vector_type))
        return true;
    HPyErr_SetString(ctx, ctx->h_TypeError, "position and velocity must be a Vector");
    return false;
}

HPyDef_SLOT(Body_new, HPy_tp_new);
static HPy Body_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    HPy position, velocity;
    double mass;
    if (has_keywords(ctx, kw))
        return HPyErr_SetString(ctx, ctx->h_TypeError, "Body() takes no keyword arguments");
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "OOd:Body", &position, &velocity, &mass) ||
        !check_vector(ctx, position) || !check_vector(ctx, velocity))
        return HPy_NULL;
    Body *body;
    HPy h = HPy_New(ctx, type, &body);
    if (HPy_IsNull(h))
        return HPy_NULL;
    HPyField_Store(ctx, h, &body->position, position);
    HPyField_Store(ctx, h, &body->velocity, velocity);
    body->mass = mass;
    return h;
}

// Vectors hold nothing, so that no body is ever part of a cycle and the collector need not know.
HPyDef_SLOT(Body_traverse, HPy_tp_traverse);
static int Body_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    Body *body = self;
    HPy_VISIT(&body->position);
    HPy_VISIT(&body->velocity);
    return 0;
}

static int store(HPyContext *ctx, HPy self, HPyField *field, HPy value) {
    if (HPy_IsNull(value)) {
        HPyErr_SetString(ctx, ctx->h_AttributeError, "position and velocity cannot be deleted");
        return -1;
    }
    if (!check_vector(ctx, value))
        return -1;
    HPyField_Store(ctx, self, field, value);
    return 0;
}

HPyDef_GETSET(Body_position, "position");
static HPy Body_position_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyField_Load(ctx, self, Body_AsStruct(ctx, self)->position);
}

static int Body_position_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    (void)closure;
    return store(ctx, self, &Body_AsStruct(ctx, self)->position, value);
}

HPyDef_GETSET(Body_velocity, "velocity");
static HPy Body_velocity_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyField_Load(ctx, self, Body_AsStruct(ctx, self)->velocity);
}

static int Body_velocity_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    (void)closure;
    return store(ctx, self, &Body_AsStruct(ctx, self)->velocity, value);
}

HPyDef_MEMBER(Body_mass, "mass", HPyMember_DOUBLE, offsetof(Body, mass), .readonly = 1);

static HPyDef *body_defines[] = {&Body_new,      &Body_traverse, &Body_position,
                                 &Body_velocity, &Body_mass,     NULL};

static HPyType_Spec body_spec = {
    .name = "nbody.Body",
    .basicsize = sizeof(Body),
    .builtin_shape = SHAPE(Body),
    .flags = HPy_TPFLAGS_DEFAULT,
    .defines = body_defines,
};

// The number of bodies, or -1.
static HPy_ssize_t count_bodies(HPyContext *ctx, HPy bodies) {
    if (HPyList_Check(ctx, bodies))
        return HPy_Length(ctx, bodies);
    HPyErr_SetString(ctx, ctx->h_TypeError, "bodies must be a list of Body");
    return -1;
}

static HPy body_at(HPyContext *ctx, HPy bodies, HPy_ssize_t i) {
    HPy body = HPy_GetItem_i(ctx, bodies, i);
    if (HPy_IsNull(body) || is_instance(ctx, body, &body_type))
        return body;
    HPy_Close(ctx, body);
    return HPyErr_SetString(ctx, ctx->h_TypeError, "bodies must be a list of Body");
}

static Vector load(HPyContext *ctx, HPy body, const HPyField *field) {
    HPy h = HPyField_Load(ctx, body, *field);
    Vector vector = *Vector_AsStruct(ctx, h);
    HPy_Close(ctx, h);
    return vector;
}

// Replaces a vector of a body by itself plus change * factor.
static int move(HPyContext *ctx, HPy body, HPyField *field, const Vector *change, double factor) {
    Vector old = load(ctx, body, field);
    HPy moved = add_scaled(ctx, &old, change, factor);
    if (HPy_IsNull(moved))
        return -1;
    HPyField_Store(ctx, body, field, moved);
    HPy_Close(ctx, moved);
    return 0;
}

static Vector distance(HPyContext *ctx, HPy a, HPy b) {
    Vector p = load(ctx, a, &Body_AsStruct(ctx, a)->position);
    Vector q = load(ctx, b, &Body_AsStruct(ctx, b)->position);
    return (Vector){p.x - q.x, p.y - q.y, p.z - q.z};
}

static int attract(HPyContext *ctx, HPy a, HPy b, double dt) {
    Body *body_a = Body_AsStruct(ctx, a);
    Body *body_b = Body_AsStruct(ctx, b);
    Vector apart = distance(ctx, a, b);
    double squared = product(&apart, &apart);
    double magnitude = dt / (squared * sqrt(squared));
    if (move(ctx, a, &body_a->velocity, &apart, -body_b->mass * magnitude) < 0)
        return -1;
    return move(ctx, b, &body_b->velocity, &apart, body_a->mass * magnitude);
}

static int advance_pairs(HPyContext *ctx, HPy bodies, HPy_ssize_t i, HPy_ssize_t n, double dt) {
    HPy a = body_at(ctx, bodies, i);
    if (HPy_IsNull(a))
        return -1;
    int failed = 0;
    for (HPy_ssize_t j = i + 1; !failed && j < n; j++) {
        HPy b = body_at(ctx, bodies, j);
        failed = HPy_IsNull(b) ? -1 : attract(ctx, a, b, dt);
        if (!HPy_IsNull(b))
            HPy_Close(ctx, b);
    }
    HPy_Close(ctx, a);
    return failed;
}

static int drift(HPyContext *ctx, HPy bodies, HPy_ssize_t i, double dt) {
    HPy h = body_at(ctx, bodies, i);
    if (HPy_IsNull(h))
        return -1;
    Body *body = Body_AsStruct(ctx, h);
    Vector velocity = load(ctx, h, &body->velocity);
    int failed = move(ctx, h, &body->position, &velocity, dt);
    HPy_Close(ctx, h);
    return failed;
}

HPyDef_METH(advance, "advance", HPyFunc_VARARGS);
static HPy advance_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) {
    (void)self;
    HPy bodies;
    double dt;
    long steps;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "Odl:advance", &bodies, &dt, &steps))
        return HPy_NULL;
    HPy_ssize_t n = count_bodies(ctx, bodies);
    if (n < 0)
        return HPy_NULL;
    for (long step = 0; step < steps; step++) {
        for (HPy_ssize_t i = 0; i < n; i++)
            if (advance_pairs(ctx, bodies, i, n, dt) < 0)
                return HPy_NULL;
        for (HPy_ssize_t i = 0; i < n; i++)
            if (drift(ctx, bodies, i, dt) < 0)
                return HPy_NULL;
    }
    return HPy_Dup(ctx, ctx->h_None);
}

static int add_energy(HPyContext *ctx, HPy bodies, HPy_ssize_t i, HPy_ssize_t n, double *energy) {
    HPy a = body_at(ctx, bodies, i);
    if (HPy_IsNull(a))
        return -1;
    const Body *body = Body_AsStruct(ctx, a);
    Vector velocity = load(ctx, a, &body->velocity);
    *energy += 0.5 * body->mass * product(&velocity, &velocity);
    for (HPy_ssize_t j = i + 1; j < n; j++) {
        HPy b = body_at(ctx, bodies, j);
        if (HPy_IsNull(b)) {
            HPy_Close(ctx, a);
            return -1;
        }
        Vector apart = distance(ctx, a, b);
        *energy -= body->mass * Body_AsStruct(ctx, b)->mass / sqrt(product(&apart, &apart));
        HPy_Close(ctx, b);
    }
    HPy_Close(ctx, a);
    return 0;
}

HPyDef_METH(energy, "energy", HPyFunc_O);
static HPy energy_impl(HPyContext *ctx, HPy self, HPy bodies) {
    (void)self;
    double result = 0.0;
    HPy_ssize_t n = count_bodies(ctx, bodies);
    if (n < 0)
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < n; i++)
        if (add_energy(ctx, bodies, i, n, &result) < 0)
            return HPy_NULL;
    return HPyFloat_FromDouble(ctx, result);
}

static int add_type(HPyContext *ctx, HPy module, const char *name, HPyType_Spec *spec,
                    HPyGlobal *global) {
    HPy type = HPyType_FromSpec(ctx, spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, global, type);
    int failed = HPy_SetAttr_s(ctx, module, name, type);
    HPy_Close(ctx, type);
    return failed;
}

HPyDef_SLOT(module_exec, HPy_mod_exec);
static int module_exec_impl(HPyContext *ctx, HPy module) {
    if (add_type(ctx, module, "Vector", &vector_spec, &vector_type) < 0)
        return -1;
    return add_type(ctx, module, "Body", &body_spec, &body_type);
}

static HPyDef *module_defines[] = {&module_exec, &advance, &energy, NULL};
static HPyGlobal *module_globals[] = {&vector_type, &body_type, NULL};

static HPyModuleDef module_def = {.defines = module_defines, .globals = module_globals};

HPy_MODINIT(nbody, module_def)
