/* Types: structs, definitions of every kind, construction and destruction. */
#include "support.h"

#include <string.h>

/* Adds a type to the module; -1 with an exception set. */
static int add_type(HPyContext *ctx, HPy module, const char *name, HPyType_Spec *spec,
                    HPyType_SpecParam *params) {
    return HPyHelpers_AddType(ctx, module, name, spec, params) ? 0 : -1;
}

/* ---- Members of every type, read-only ones too ------------------------------------------------
 */

typedef struct {
    char first_byte; /* so that offsets matter */
    short short_;
    int int_;
    long long_;
    float float_;
    double double_;
    const char *string;
    HPyField object;
    char char_;
    signed char byte;
    unsigned char ubyte;
    unsigned short ushort;
    unsigned int uint;
    unsigned long ulong;
    char string_inplace[10];
    char bool_;
    HPyField object_ex;
    long long longlong;
    unsigned long long ulonglong;
    HPy_ssize_t ssize;
} Members;
HPyType_HELPERS(Members)

#define MEMBER(name, type)                                                                         \
    HPyDef_MEMBER(Members_##name, #name, HPyMember_##type, offsetof(Members, name),                \
                  .doc = "doc of " #name);                                                         \
    HPyDef_MEMBER(Members_ro_##name, "ro_" #name, HPyMember_##type, offsetof(Members, name),       \
                  .readonly = 1);
    MEMBER(short_, SHORT) MEMBER(int_, INT) MEMBER(long_, LONG) MEMBER(float_, FLOAT)
        MEMBER(double_, DOUBLE) MEMBER(string, STRING) MEMBER(object, OBJECT) MEMBER(char_, CHAR)
            MEMBER(byte, BYTE) MEMBER(ubyte, UBYTE) MEMBER(ushort, USHORT) MEMBER(uint, UINT)
                MEMBER(ulong, ULONG) MEMBER(string_inplace, STRING_INPLACE) MEMBER(bool_, BOOL)
                    MEMBER(object_ex, OBJECT_EX) MEMBER(longlong, LONGLONG)
                        MEMBER(ulonglong, ULONGLONG) MEMBER(ssize, HPYSSIZET)
                            HPyDef_MEMBER(Members_none, "none", HPyMember_NONE, 0);

HPyDef_SLOT(Members_traverse, HPy_tp_traverse);
static int Members_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    Members *members = self;
    HPy_VISIT(&members->object);
    HPy_VISIT(&members->object_ex);
    return 0;
}

HPyDef_METH(Members_fill_strings, "fill_strings", HPyFunc_NOARGS);
static HPy Members_fill_strings_impl(HPyContext *ctx, HPy self) {
    Members *members = Members_AsStruct(ctx, self);
    members->string = "a C string";
    memcpy(members->string_inplace, "inplace", 8);
    return none(ctx);
}

#define BOTH(name) &Members_##name, &Members_ro_##name
static HPyDef *Members_defines[] = {BOTH(short_),
                                    BOTH(int_),
                                    BOTH(long_),
                                    BOTH(float_),
                                    BOTH(double_),
                                    BOTH(string),
                                    BOTH(object),
                                    BOTH(char_),
                                    BOTH(byte),
                                    BOTH(ubyte),
                                    BOTH(ushort),
                                    BOTH(uint),
                                    BOTH(ulong),
                                    BOTH(string_inplace),
                                    BOTH(bool_),
                                    BOTH(object_ex),
                                    BOTH(longlong),
                                    BOTH(ulonglong),
                                    BOTH(ssize),
                                    &Members_none,
                                    &Members_traverse,
                                    &Members_fill_strings,
                                    NULL};
static HPyType_Spec Members_spec = {
    .name = "type.Members",
    .basicsize = sizeof(Members),
    .builtin_shape = SHAPE(Members),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Members_defines,
};

/* ---- Methods, properties, construction ----------------------------------------------------------
 */

typedef struct {
    long x;
    long y;
    int initialised;
} Point;
HPyType_HELPERS(Point)

    HPyDef_SLOT(Point_new, HPy_tp_new);
static HPy Point_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    static const char *keywords[] = {"x", "y", NULL};
    long x = 0, y = 0;
    if (!HPyArg_ParseKeywordsDict(ctx, NULL, args, nargs, kw, "|ll:Point", keywords, &x, &y))
        return HPy_NULL;
    Point *point;
    HPy self = HPy_New(ctx, cls, &point);
    if (HPy_IsNull(self))
        return HPy_NULL;
    point->x = x;
    point->y = y;
    return self;
}

HPyDef_SLOT(Point_init, HPy_tp_init);
static int Point_init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    Point_AsStruct(ctx, self)->initialised +=
        1 + (int)nargs + (HPy_IsNull(kw) ? 0 : 100 * (int)HPy_Length(ctx, kw));
    if (nargs > 0 && HPy_RichCompareBool(ctx, args[0], ctx->h_False, HPy_EQ) == 1) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "x must not be 0");
        return -1;
    }
    return 0;
}

HPyDef_MEMBER(Point_x, "x", HPyMember_LONG, offsetof(Point, x), .doc = "first coordinate");
HPyDef_MEMBER(Point_y, "y", HPyMember_LONG, offsetof(Point, y));
HPyDef_MEMBER(Point_initialised, "initialised", HPyMember_INT, offsetof(Point, initialised),
              .readonly = 1);

HPyDef_GETSET(Point_sum, "sum", .doc = "x + y", .closure = (void *)"closure");
static HPy Point_sum_get(HPyContext *ctx, HPy self, void *closure) {
    if (strcmp(closure, "closure") != 0)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "wrong closure");
    const Point *point = Point_AsStruct(ctx, self);
    return HPyLong_FromLong(ctx, point->x + point->y);
}
static int Point_sum_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    if (HPy_IsNull(value) || strcmp(closure, "closure") != 0) {
        HPyErr_SetString(ctx, ctx->h_TypeError, "cannot delete the sum");
        return -1;
    }
    const long sum = HPyLong_AsLong(ctx, value);
    if (sum == -1 && HPyErr_Occurred(ctx))
        return -1;
    Point *point = Point_AsStruct(ctx, self);
    point->x = sum - point->y;
    return 0;
}

HPyDef_GET(Point_only_get, "only_get");
static HPy Point_only_get_get(HPyContext *ctx, _HPy_UNUSED HPy self, void *closure) {
    return HPyBool_FromBool(ctx, closure == NULL);
}

HPyDef_SET(Point_only_set, "only_set");
static int Point_only_set_set(HPyContext *ctx, HPy self, HPy value, _HPy_UNUSED void *closure) {
    Point_AsStruct(ctx, self)->x = HPyLong_AsLong(ctx, value);
    return 0;
}

HPyDef_METH(Point_noargs, "noargs", HPyFunc_NOARGS, .doc = "noargs($self, /)\n--\n\nIts doc.");
static HPy Point_noargs_impl(HPyContext *ctx, HPy self) {
    return HPy_Dup(ctx, self);
}

HPyDef_METH(Point_o, "o", HPyFunc_O);
static HPy Point_o_impl(HPyContext *ctx, HPy self, HPy arg) {
    return HPyTuple_Pack(ctx, 2, self, arg);
}

HPyDef_METH(Point_varargs, "varargs", HPyFunc_VARARGS);
static HPy Point_varargs_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args,
                              size_t nargs) {
    return HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
}

HPyDef_METH(Point_keywords, "keywords", HPyFunc_KEYWORDS);
static HPy Point_keywords_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                               HPy kwnames) {
    HPy tuple, dict;
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &tuple, &dict))
        return HPy_NULL;
    HPy result = HPyTuple_Pack(ctx, 2, HPy_IsNull(tuple) ? ctx->h_None : tuple,
                               HPy_IsNull(dict) ? ctx->h_None : dict);
    HPy_Close(ctx, tuple);
    HPy_Close(ctx, dict);
    return result;
}

static HPyDef *Point_defines[] = {&Point_new,
                                  &Point_init,
                                  &Point_x,
                                  &Point_y,
                                  &Point_initialised,
                                  &Point_sum,
                                  &Point_only_get,
                                  &Point_only_set,
                                  &Point_noargs,
                                  &Point_o,
                                  &Point_varargs,
                                  &Point_keywords,
                                  NULL};
static HPyType_Spec Point_spec = {
    .name = "type.Point",
    .basicsize = sizeof(Point),
    .builtin_shape = SHAPE(Point),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Point_defines,
    .doc = "Point(x=0, y=0)\n--\n\nA point.",
};

/* An HPy type on an HPy type: its struct starts with that of its base. */
typedef struct {
    Point point;
    double z;
} Point3;
HPyType_HELPERS(Point3)

    HPyDef_MEMBER(Point3_z, "z", HPyMember_DOUBLE, offsetof(Point3, z));
static HPyDef *Point3_defines[] = {&Point3_z, NULL};
static HPyType_Spec Point3_spec = {
    .name = "type.Point3",
    .basicsize = sizeof(Point3),
    .builtin_shape = SHAPE(Point3),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Point3_defines,
};

/* ---- The order of construction and destruction ------------------------------------------------
 */

static HPyGlobal log_list;

static void log_event(HPyContext *ctx, const char *event) {
    HPy list = HPyGlobal_Load(ctx, log_list);
    HPy entry = HPyUnicode_FromString(ctx, event);
    HPyList_Append(ctx, list, entry);
    HPy_Close(ctx, entry);
    HPy_Close(ctx, list);
}

typedef struct {
    int alive;
} Logged;
HPyType_HELPERS(Logged)

    static HPyContext *the_context;

HPyDef_SLOT(Logged_new, HPy_tp_new);
static HPy Logged_new_impl(HPyContext *ctx, HPy cls, _HPy_UNUSED const HPy *args,
                           _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    log_event(ctx, "Logged.new");
    Logged *logged;
    HPy self = HPy_New(ctx, cls, &logged);
    logged->alive = 1;
    return self;
}

HPyDef_SLOT(Logged_init, HPy_tp_init);
static int Logged_init_impl(HPyContext *ctx, _HPy_UNUSED HPy self, _HPy_UNUSED const HPy *args,
                            _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    log_event(ctx, "Logged.init");
    return 0;
}

HPyDef_SLOT(Logged_finalize, HPy_tp_finalize);
static void Logged_finalize_impl(HPyContext *ctx, HPy self) {
    log_event(ctx, Logged_AsStruct(ctx, self)->alive == 1 ? "Logged.finalize" : "dead");
}

HPyDef_SLOT(Logged_destroy, HPy_tp_destroy);
static void Logged_destroy_impl(void *self) {
    log_event(the_context, ((Logged *)self)->alive == 1 ? "Logged.destroy" : "dead");
    ((Logged *)self)->alive = 2;
}

static HPyDef *Logged_defines[] = {&Logged_new, &Logged_init, &Logged_finalize, &Logged_destroy,
                                   NULL};
static HPyType_Spec Logged_spec = {
    .name = "type.Logged",
    .basicsize = sizeof(Logged),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Logged_defines,
};

/* On Logged: its destroy function runs first, then that of the base. */
HPyDef_SLOT(SubLogged_destroy, HPy_tp_destroy);
static void SubLogged_destroy_impl(_HPy_UNUSED void *self) {
    log_event(the_context, "SubLogged.destroy");
}
static HPyDef *SubLogged_defines[] = {&SubLogged_destroy, NULL};
static HPyType_Spec SubLogged_spec = {
    .name = "type.SubLogged",
    .basicsize = sizeof(Logged),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = SubLogged_defines,
};

FUNCTION1(set_log, (HPyGlobal_Store(ctx, &log_list, a), none(ctx)));

/* ---- Garbage collection -------------------------------------------------------------------------
 */

typedef struct {
    HPyField left;
    HPyField right;
} Node;
HPyType_HELPERS(Node)

    HPyDef_SLOT(Node_traverse, HPy_tp_traverse);
static int Node_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    Node *node = self;
    HPy_VISIT(&node->left);
    HPy_VISIT(&node->right);
    return 0;
}

#define NODE_PROPERTY(name)                                                                        \
    HPyDef_GETSET(Node_##name, #name);                                                             \
    static HPy Node_##name##_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {           \
        return or_none(ctx, HPyField_Load(ctx, self, Node_AsStruct(ctx, self)->name));             \
    }                                                                                              \
    static int Node_##name##_set(HPyContext *ctx, HPy self, HPy value,                             \
                                 _HPy_UNUSED void *closure) {                                      \
        HPyField_Store(ctx, self, &Node_AsStruct(ctx, self)->name, value);                         \
        return 0;                                                                                  \
    }
NODE_PROPERTY(left)
NODE_PROPERTY(right)

static HPyDef *Node_defines[] = {&Node_traverse, &Node_left, &Node_right, NULL};
static HPyType_Spec Node_spec = {
    .name = "type.Node",
    .basicsize = sizeof(Node),
    .builtin_shape = SHAPE(Node),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Node_defines,
};
/* The same without the collector: the deallocator must release the fields all the same. */
static HPyType_Spec PlainNode_spec = {
    .name = "type.PlainNode",
    .basicsize = sizeof(Node),
    .builtin_shape = SHAPE(Node),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Node_defines,
};

/* Revives its instances: the finalizer stores them in the list that is the log. */
HPyDef_SLOT(Phoenix_finalize, HPy_tp_finalize);
static void Phoenix_finalize_impl(HPyContext *ctx, HPy self) {
    HPy list = HPyGlobal_Load(ctx, log_list);
    HPyList_Append(ctx, list, self);
    HPy_Close(ctx, list);
}
static HPyDef *Phoenix_defines[] = {&Phoenix_finalize, &Node_traverse, &Node_left, NULL};
static HPyType_Spec Phoenix_spec = {
    .name = "type.Phoenix",
    .basicsize = sizeof(Node),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Phoenix_defines,
};

/* On Node, with a field more. */
typedef struct {
    Node node;
    HPyField middle;
} Node3;
HPyType_HELPERS(Node3)

    HPyDef_SLOT(Node3_traverse, HPy_tp_traverse);
static int Node3_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Node3 *)self)->middle);
    return 0;
}
HPyDef_MEMBER(Node3_middle, "middle", HPyMember_OBJECT, offsetof(Node3, middle));
static HPyDef *Node3_defines[] = {&Node3_traverse, &Node3_middle, NULL};
static HPyType_Spec Node3_spec = {
    .name = "type.Node3",
    .basicsize = sizeof(Node3),
    .builtin_shape = SHAPE(Node3),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
    .defines = Node3_defines,
};

/* ---- Small ones
 * ----------------------------------------------------------------------------------- */

static HPyType_Spec Empty_spec = {
    .name = "type.Empty",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
};
static HPyType_Spec Final_spec = {.name = "type.Final", .doc = "No base type."};

HPyDef_SLOT_IMPL(Generic_new, HPyType_GenericNew_, HPy_tp_new);
static HPy HPyType_GenericNew_(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs,
                               HPy kw) {
    return HPyType_GenericNew(ctx, cls, args, nargs, kw);
}
static HPyDef *Generic_defines[] = {&Generic_new, &Point_x, &Point_y, NULL};
static HPyType_Spec Generic_spec = {
    .name = "type.nested.Generic",
    .basicsize = sizeof(Point),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Generic_defines,
};

/* New is HPy_New without more: for types of every kind, and for what is none. */
HPyDef_METH(new, "New", HPyFunc_O);
static HPy new_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy cls) {
    void *data = NULL;
    return HPy_New(ctx, cls, &data);
}
FUNCTION1(GenericNew, HPyType_GenericNew(ctx, a, NULL, 0, HPy_NULL));

/* The address of the struct that HPy_New gives and that AsStruct gives are the same, and aligned
 * as memory from malloc would be. */
HPyDef_METH(check_struct, "check_struct", HPyFunc_O);
static HPy check_struct_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy cls) {
    Point *point;
    HPy h = HPy_New(ctx, cls, &point);
    if (HPy_IsNull(h))
        return HPy_NULL;
    const bool zero = point->x == 0 && point->y == 0 && point->initialised == 0;
    const bool good = zero && point == Point_AsStruct(ctx, h) && (uintptr_t)point % 16 == 0;
    HPy_Close(ctx, h);
    return HPyBool_FromBool(ctx, good);
}

FUNCTION1(shape, integer(ctx, _HPyType_GetBuiltinShape(ctx, a)));

/* FromSpec(bases...): a type with a struct of its own on any bases; a tuple as the only argument
 * is a tuple of bases. */
HPyDef_METH(on_bases, "on_bases", HPyFunc_VARARGS);
static HPy on_bases_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[10] = {{0}};
    if (nargs == 1 && HPyTuple_Check(ctx, args[0])) {
        params[0] = (HPyType_SpecParam){HPyType_SpecParam_BasesTuple, args[0]};
    } else {
        for (size_t i = 0; i < nargs; i++)
            params[i] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[i]};
    }
    static HPyType_Spec spec = {
        .name = "type.OnBases",
        .basicsize = sizeof(Point3),
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
        .defines = Point3_defines,
    };
    return HPyType_FromSpec(ctx, &spec, params);
}

/* The same with the collector and a field. */
HPyDef_METH(gc_on_bases, "gc_on_bases", HPyFunc_VARARGS);
static HPy gc_on_bases_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPyType_SpecParam params[10] = {{0}};
    for (size_t i = 0; i < nargs; i++)
        params[i] = (HPyType_SpecParam){HPyType_SpecParam_Base, args[i]};
    return HPyType_FromSpec(ctx, &Node3_spec, params);
}

/* Types without a struct; the second visits fields of its base. */
FUNCTION1(empty_on, HPyType_FromSpec(ctx, &Empty_spec,
                                     (HPyType_SpecParam[]){{HPyType_SpecParam_Base, a}, {0}}));

static HPyDef *Visiting_defines[] = {&Node_traverse, NULL};
static HPyType_Spec Visiting_spec = {
    .name = "type.Visiting",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Visiting_defines,
};
FUNCTION1(visiting_on, HPyType_FromSpec(ctx, &Visiting_spec,
                                        (HPyType_SpecParam[]){{HPyType_SpecParam_Base, a}, {0}}));

FUNCTION0(make_point_type, HPyType_FromSpec(ctx, &Point_spec, NULL));

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    the_context = ctx;
    if (add_type(ctx, module, "Members", &Members_spec, NULL) < 0 ||
        add_type(ctx, module, "Point", &Point_spec, NULL) < 0 ||
        add_type(ctx, module, "Logged", &Logged_spec, NULL) < 0 ||
        add_type(ctx, module, "Phoenix", &Phoenix_spec, NULL) < 0 ||
        add_type(ctx, module, "Node", &Node_spec, NULL) < 0 ||
        add_type(ctx, module, "PlainNode", &PlainNode_spec, NULL) < 0 ||
        add_type(ctx, module, "Empty", &Empty_spec, NULL) < 0 ||
        add_type(ctx, module, "Final", &Final_spec, NULL) < 0 ||
        add_type(ctx, module, "Generic", &Generic_spec, NULL) < 0)
        return -1;
    const struct {
        const char *base, *name;
        HPyType_Spec *spec;
    } derived[] = {
        {"Point", "Point3", &Point3_spec},
        {"Logged", "SubLogged", &SubLogged_spec},
        {"Node", "Node3", &Node3_spec},
    };
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++) {
        HPy base = HPy_GetAttr_s(ctx, module, derived[i].base);
        HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {0}};
        const int failed = add_type(ctx, module, derived[i].name, derived[i].spec, params);
        HPy_Close(ctx, base);
        if (failed)
            return -1;
    }
    return 0;
}

static HPyGlobal *globals[] = {&log_list, NULL};

MODULE_WITH_GLOBALS(type, globals, &exec, &m_set_log, &new, &m_GenericNew, &check_struct, &m_shape,
                    &on_bases, &gc_on_bases, &m_empty_on, &m_visiting_on, &m_make_point_type)
