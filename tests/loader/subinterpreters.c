/* Everything that could be shared between two interpreters: C statics, HPyGlobals, a type with
 * fields, an exception class made when the module is executed. */
#include "hpy.h"

static long constructed, calls, alive;
static HPyGlobal log_, Error, NodeType;

__attribute__((constructor)) static void construct(void) {
    constructed++;
}

typedef struct {
    long number;
    HPyField item;
} Node;
HPyType_HELPERS(Node)

    HPyDef_SLOT(Node_new, HPy_tp_new) static HPy
    Node_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw) {
    HPy item;
    Node *node;
    (void)kw;
    if (!HPyArg_Parse(ctx, NULL, args, (size_t)nargs, "O:Node", &item))
        return HPy_NULL;
    HPy self = HPy_New(ctx, type, &node);
    if (HPy_IsNull(self))
        return HPy_NULL;
    node->number = ++alive;
    HPyField_Store(ctx, self, &node->item, item);
    return self;
}

HPyDef_SLOT(Node_traverse, HPy_tp_traverse) static int Node_traverse_impl(void *self,
                                                                          HPyFunc_visitproc visit,
                                                                          void *arg) {
    HPy_VISIT(&((Node *)self)->item);
    return 0;
}

HPyDef_SLOT(Node_destroy, HPy_tp_destroy) static void Node_destroy_impl(void *self) {
    (void)self;
    alive--;
}

HPyDef_MEMBER(Node_number, "number", HPyMember_LONG, offsetof(Node, number))
    HPyDef_GET(Node_item, "item") static HPy
    Node_item_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyField_Load(ctx, self, Node_AsStruct(ctx, self)->item);
}

static HPyDef *Node_defines[] = {&Node_new,    &Node_traverse, &Node_destroy,
                                 &Node_number, &Node_item,     NULL};
static HPyType_Spec Node_spec = {.name = "subinterpreters.Node",
                                 .basicsize = sizeof(Node),
                                 .builtin_shape = SHAPE(Node),
                                 .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC |
                                          HPy_TPFLAGS_BASETYPE,
                                 .defines = Node_defines};

/* Counts, logs its argument, and returns (calls, a new Node that holds the log). */
HPyDef_METH(call, "call", HPyFunc_O) static HPy call_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    HPy log = HPyGlobal_Load(ctx, log_), type = HPyGlobal_Load(ctx, NodeType);
    HPy args = HPyTuple_Pack(ctx, 1, log), node = HPy_NULL;
    if (!HPy_IsNull(args))
        node = HPy_CallTupleDict(ctx, type, args, HPy_NULL);
    HPy_Close(ctx, args);
    HPy result = HPy_NULL;
    if (!HPy_IsNull(node) && HPyList_Append(ctx, log, arg) == 0)
        result = HPy_BuildValue(ctx, "lO", ++calls, node);
    HPy_Close(ctx, node);
    HPy_Close(ctx, type);
    HPy_Close(ctx, log);
    return result;
}

HPyDef_METH(fail, "fail", HPyFunc_O) static HPy fail_impl(HPyContext *ctx, HPy self, HPy arg) {
    (void)self;
    HPy error = HPyGlobal_Load(ctx, Error);
    HPyErr_SetObject(ctx, error, arg);
    HPy_Close(ctx, error);
    return HPy_NULL;
}

/* (constructed, calls, alive, the address of a static): what C keeps. */
HPyDef_METH(statics, "statics", HPyFunc_NOARGS) static HPy statics_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPy_BuildValue(ctx, "lllK", constructed, calls, alive,
                          (unsigned long long)(uintptr_t)&calls);
}

HPyDef_METH(log_of, "log", HPyFunc_NOARGS) static HPy log_of_impl(HPyContext *ctx, HPy self) {
    (void)self;
    return HPyGlobal_Load(ctx, log_);
}

static int keep(HPyContext *ctx, HPyGlobal *global, HPy object) {
    if (HPy_IsNull(object))
        return -1;
    HPyGlobal_Store(ctx, global, object);
    HPy_Close(ctx, object);
    return 0;
}

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    if (keep(ctx, &log_, HPyList_New(ctx, 0)) < 0 ||
        keep(ctx, &NodeType, HPyType_FromSpec(ctx, &Node_spec, NULL)) < 0 ||
        keep(ctx, &Error,
             HPyErr_NewException(ctx, "subinterpreters.Error", ctx->h_LookupError, HPy_NULL)) < 0)
        return -1;
    HPy type = HPyGlobal_Load(ctx, NodeType), error = HPyGlobal_Load(ctx, Error);
    const int status = HPy_SetAttr_s(ctx, module, "Node", type) < 0 ||
                       HPy_SetAttr_s(ctx, module, "Error", error) < 0;
    HPy_Close(ctx, type);
    HPy_Close(ctx, error);
    return -status;
}

static HPyDef *defines[] = {&call, &fail, &statics, &log_of, &execute, NULL};
static HPyGlobal *globals[] = {&log_, &Error, &NodeType, NULL};
static HPyModuleDef definition = {.defines = defines, .globals = globals};

HPY_MOD_GIL_NOT_USED(subinterpreters)
HPy_MODINIT(subinterpreters, definition)
