/* References that are counted only if other code runs while they are held: programs of a machine
 * with four handles, a list, a field and a global, and functions in which LLVM sees it all. */
#include "support.h"

#include "foreign.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    HPyField field;
} Holder;
HPyType_HELPERS(Holder)

    HPyDef_SLOT(Holder_traverse, HPy_tp_traverse);
static int Holder_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg) {
    HPy_VISIT(&((Holder *)self)->field);
    return 0;
}
static HPyDef *Holder_defines[] = {&Holder_traverse, NULL};
static HPyType_Spec Holder_spec = {
    .name = "deferred.Holder",
    .basicsize = sizeof(Holder),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .defines = Holder_defines,
};

static HPyGlobal global;

typedef enum {
    GET,
    NEXT,
    DUP,
    CLOSE,
    SET,
    APPEND,
    DELETE,
    STORE_FIELD,
    LOAD_FIELD,
    STORE_GLOBAL,
    LOAD_GLOBAL,
    CALL,
    CHECK,
    BUILD,
    CANCEL,
    WRAP,
    TYPE,
    LEAVE,
    HAS,
    FETCH,
    PUT,
    REMOVE,
    POINTER,
    TABLE_CALL,
    HOLD,
    SORT,
    SORT_BY_OTHER,
    JUMP,
    THREAD
} Operation;

#define N_REGISTERS 4

typedef struct {
    HPyContext *ctx;
    HPy registers[N_REGISTERS];
    HPy list, dict, keys, holder, callback;
    int (*pointer)(int);
    const Table *table;
    int (*take_gil)(void);
    void (*release_gil)(int);
} Machine;

/* Takes the handle. */
static int put(Machine *m, int number, HPy h) {
    HPy old = m->registers[number];
    m->registers[number] = h;
    if (!HPy_IsNull(old))
        HPy_Close(m->ctx, old);
    return HPy_IsNull(h) ? -1 : 0;
}

static int next_of(Machine *m, int number) {
    HPy iterator = HPy_GetIter(m->ctx, m->list);
    if (HPy_IsNull(iterator))
        return -1;
    HPy item = HPyIter_Next(m->ctx, iterator);
    HPy_Close(m->ctx, iterator);
    return HPy_IsNull(item) ? 0 : put(m, number, item);
}

static int call_back(Machine *m, HPy h) {
    HPy result = HPy_Call(m->ctx, m->callback, &h, 1, HPy_NULL);
    if (HPy_IsNull(result))
        return -1;
    HPy_Close(m->ctx, result);
    return 0;
}

/* A tuple of both, which dies unless it goes to the first; or a list builder that is cancelled. */
static int build(Machine *m, int a, int b, bool cancel) {
    HPyListBuilder list = HPyListBuilder_New(m->ctx, 2);
    HPyListBuilder_Set(m->ctx, list, 0, m->registers[a]);
    HPyListBuilder_Set(m->ctx, list, 1, m->registers[b]);
    if (cancel) {
        HPyListBuilder_Cancel(m->ctx, list);
        return 0;
    }
    HPy made = HPyListBuilder_Build(m->ctx, list);
    if (HPy_IsNull(made))
        return -1;
    HPy item = HPy_GetItem_i(m->ctx, made, 0);
    HPy_Close(m->ctx, made);
    return put(m, b, item);
}

/* Through a tuple that only this function knows. */
static int wrap(Machine *m, int a, int b) {
    HPy tuple = HPyTuple_Pack(m->ctx, 1, m->registers[a]);
    if (HPy_IsNull(tuple))
        return -1;
    HPy item = HPy_GetItem_i(m->ctx, tuple, 0);
    HPy_Close(m->ctx, tuple);
    return put(m, b, item);
}

/* What is found, if it is, and that is shown. */
static int fetch(Machine *m, int a, HPy key) {
    HPy item = HPy_GetItem(m->ctx, m->dict, key);
    if (!HPy_IsNull(item))
        return put(m, a, item) < 0 ? -1 : call_back(m, m->registers[a]);
    HPyErr_Clear(m->ctx);
    return 0;
}

static int step_of_dict(Machine *m, Operation operation, int a, int b) {
    HPyContext *ctx = m->ctx;
    HPy key = HPy_GetItem_i(ctx, m->keys, b % HPy_Length(ctx, m->keys));
    int status = HPy_IsNull(key) ? -1 : 0;
    if (operation == HAS)
        status = HPy_Contains(ctx, m->dict, key) < 0 ? -1 : 0;
    else if (operation == FETCH)
        status = fetch(m, a, key);
    else if (operation == PUT && !HPy_IsNull(m->registers[a]))
        status = HPy_SetItem(ctx, m->dict, key, m->registers[a]);
    else if (operation == REMOVE && HPy_DelItem(ctx, m->dict, key) < 0)
        HPyErr_Clear(ctx);
    HPy_Close(ctx, key);
    return status;
}

/* Calls of foreign code, which may lead anywhere. */

static Machine *running;
static HPy held;

/* For foreign code: leaves a handle in a variable. */
static void hold(void) {
    HPyContext *ctx = running->ctx;
    HPy old = held;
    held = HPy_Length(ctx, running->list) > 0 ? HPy_GetItem_i(ctx, running->list, 0) : HPy_NULL;
    if (!HPy_IsNull(old))
        HPy_Close(ctx, old);
}

static int hold_and_compare(const void *a, const void *b) {
    hold();
    return *(const int *)a - *(const int *)b;
}

static int put_held(Machine *m, int number) {
    HPy h = held;
    held = HPy_NULL;
    return HPy_IsNull(h) ? 0 : put(m, number, h);
}

/* A jump over the frame of foreign code, with an item in hand. */
static int jump(Machine *m, int a, int index, int b) {
    jmp_buf here;
    HPy item = HPy_GetItem_i(m->ctx, m->list, index);
    if (setjmp(here) == 0) {
        m->pointer(b);
        longjmp(here, 1);
    }
    return put(m, a, item);
}

/* A thread of the extension's own. */
static void *work(_HPy_UNUSED void *nothing) {
    int state = running->take_gil();
    hold();
    running->release_gil(state);
    return NULL;
}

static int run_thread(Machine *m) {
    pthread_t thread;
    int status;
    HPy_BEGIN_LEAVE_PYTHON(m->ctx);
    status = pthread_create(&thread, NULL, work, NULL);
    if (status == 0)
        pthread_join(thread, NULL);
    HPy_END_LEAVE_PYTHON(m->ctx);
    return status == 0 ? 0 : -1;
}

static int call_foreign(Machine *m, Operation operation, int a, int b, HPy_ssize_t length) {
    int numbers[] = {b, b + 1};
    switch (operation) {
    case POINTER: return m->pointer(b);
    case TABLE_CALL: return m->table->call(b);
    case HOLD: return m->table->call_after(hold, b) < 0 ? -1 : put_held(m, a);
    case SORT: qsort(numbers, 2, sizeof(int), hold_and_compare); return put_held(m, a);
    case SORT_BY_OTHER: qsort(numbers, 2, sizeof(int), m->table->compare); return 0;
    case JUMP: return length == 0 ? 0 : jump(m, a, (int)(b % length), b);
    default: return run_thread(m) < 0 ? -1 : put_held(m, a);
    }
}

static int step(Machine *m, Operation operation, int a, int b) {
    HPyContext *ctx = m->ctx;
    const HPy_ssize_t length = HPy_Length(ctx, m->list), index = length > 0 ? b % length : 0;
    const bool empty = HPy_IsNull(m->registers[a]);
    HPyField *field = &Holder_AsStruct(ctx, m->holder)->field;
    if (length < 0)
        return -1;
    switch (operation) {
    case GET: return length == 0 ? 0 : put(m, a, HPy_GetItem_i(ctx, m->list, index));
    case NEXT: return next_of(m, a);
    case DUP: return empty ? 0 : put(m, b % N_REGISTERS, HPy_Dup(ctx, m->registers[a]));
    case CLOSE: put(m, a, HPy_NULL); return 0;
    case SET: return empty || length == 0 ? 0 : HPy_SetItem_i(ctx, m->list, index, m->registers[a]);
    case APPEND: return empty ? 0 : HPyList_Append(ctx, m->list, m->registers[a]);
    case DELETE: return length == 0 ? 0 : HPy_DelItem_i(ctx, m->list, index);
    case STORE_FIELD: HPyField_Store(ctx, m->holder, field, m->registers[a]); return 0;
    case LOAD_FIELD:
        return HPyField_IsNull(*field) ? 0 : put(m, a, HPyField_Load(ctx, m->holder, *field));
    case STORE_GLOBAL:
        if (!empty)
            HPyGlobal_Store(ctx, &global, m->registers[a]);
        return 0;
    case LOAD_GLOBAL: put(m, a, HPyGlobal_Load(ctx, global)); return 0;
    case CALL: return call_back(m, ctx->h_None);
    case CHECK: return empty ? 0 : call_back(m, m->registers[a]);
    case BUILD:
    case CANCEL:
        if (empty || HPy_IsNull(m->registers[b % N_REGISTERS]))
            return 0;
        return build(m, a, b % N_REGISTERS, operation == CANCEL);
    case WRAP: return empty ? 0 : wrap(m, a, b % N_REGISTERS);
    case TYPE: return empty ? 0 : put(m, b % N_REGISTERS, HPy_Type(ctx, m->registers[a]));
    case LEAVE:
        HPy_BEGIN_LEAVE_PYTHON(ctx);
        HPy_END_LEAVE_PYTHON(ctx);
        return 0;
    case HAS:
    case FETCH:
    case PUT:
    case REMOVE: return step_of_dict(m, operation, a, b);
    default: return call_foreign(m, operation, a, b, length);
    }
}

/* run(program, list, dict, keys, holder, callback, pointer, table, take_gil, release_gil): the
 * program is bytes, three for each step; the pointers are ints, the table is in a capsule. */
HPyDef_METH(run, "run", HPyFunc_VARARGS);
static HPy run_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy program, table;
    unsigned long long pointer, take_gil, release_gil;
    Machine m = {.ctx = ctx};
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "OOOOOOKOKK:run", &program, &m.list, &m.dict, &m.keys,
                      &m.holder, &m.callback, &pointer, &table, &take_gil, &release_gil))
        return HPy_NULL;
    m.pointer = (int (*)(int))(uintptr_t)pointer;
    m.table = HPyCapsule_GetPointer(ctx, table, TABLE);
    m.take_gil = (int (*)(void))(uintptr_t)take_gil;
    m.release_gil = (void (*)(int))(uintptr_t)release_gil;
    if (m.table == NULL)
        return HPy_NULL;
    running = &m;
    const unsigned char *code = (const unsigned char *)HPyBytes_AS_STRING(ctx, program);
    const HPy_ssize_t size = HPyBytes_GET_SIZE(ctx, program);
    int status = 0;
    for (HPy_ssize_t i = 0; i + 2 < size && status == 0; i += 3)
        status = step(&m, (Operation)code[i], code[i + 1] % N_REGISTERS, code[i + 2]);
    for (int i = 0; i < N_REGISTERS; i++)
        put(&m, i, HPy_NULL);
    HPyGlobal_Store(ctx, &global, HPy_NULL);
    return status < 0 ? HPy_NULL : none(ctx);
}

/* Functions of a list and a callback that empties it, or of a list alone. */

static HPy called(HPyContext *ctx, HPy callback) {
    return HPy_Call(ctx, callback, NULL, 0, HPy_NULL);
}

/* get_wait(list, count): an item is in hand for a while, in which nothing is called. */
static HPy get_wait(HPyContext *ctx, HPy list, HPy count) {
    const long turns = HPyLong_AsLong(ctx, count);
    HPy item = HPy_GetItem_i(ctx, list, 0);
    for (volatile long i = 0; i < turns; i++)
        ;
    HPy_Close(ctx, item);
    return none(ctx);
}

/* without_gil(): leaves Python, makes foreign calls and comes back, over and over until stop(). */
static atomic_bool stopped;

static __attribute__((noinline)) clock_t call_out(void) {
    return clock();
}

static HPy without_gil(HPyContext *ctx) {
    atomic_store(&stopped, false);
    while (!atomic_load(&stopped)) {
        HPy_BEGIN_LEAVE_PYTHON(ctx);
        for (int i = 0; i < 100; i++)
            call_out();
        HPy_END_LEAVE_PYTHON(ctx);
    }
    return none(ctx);
}

static HPy stop(HPyContext *ctx) {
    atomic_store(&stopped, true);
    return none(ctx);
}

/* What changes nothing, for callbacks. */
static HPy touch(HPyContext *ctx, HPy list) {
    if (HPy_Length(ctx, list) > 0) {
        HPy item = HPy_GetItem_i(ctx, list, 0), other = HPy_Dup(ctx, item);
        HPy_Close(ctx, item);
        HPy_Close(ctx, other);
    }
    return none(ctx);
}

static HPy both(HPyContext *ctx, HPy a, HPy b) {
    HPy result = HPyTuple_Pack(ctx, 2, a, b);
    HPy_Close(ctx, a);
    HPy_Close(ctx, b);
    return result;
}

static HPy get_call(HPyContext *ctx, HPy list, HPy callback) {
    HPy item = HPy_GetItem_i(ctx, list, 0);
    HPy_Close(ctx, called(ctx, callback));
    return item;
}

static HPy get_two_call(HPyContext *ctx, HPy list, HPy callback) {
    HPy first = HPy_GetItem_i(ctx, list, 0), second = HPy_GetItem_i(ctx, list, 1);
    HPy_Close(ctx, called(ctx, callback));
    return both(ctx, first, second);
}

static HPy next_call(HPyContext *ctx, HPy list, HPy callback) {
    HPy iterator = HPy_GetIter(ctx, list);
    HPy item = HPyIter_Next(ctx, iterator);
    HPy_Close(ctx, called(ctx, callback));
    HPy_Close(ctx, iterator);
    return item;
}

static HPy get_replace(HPyContext *ctx, HPy list) {
    HPy item = HPy_GetItem_i(ctx, list, 0);
    HPy_SetItem_i(ctx, list, 0, ctx->h_None);
    return item;
}

static HPy get_of_the_dying(HPyContext *ctx, HPy callback) {
    HPy list = called(ctx, callback), item = HPy_GetItem_i(ctx, list, 0);
    HPy_Close(ctx, list);
    return item;
}

static HPy dup_close(HPyContext *ctx, HPy callback) {
    HPy object = called(ctx, callback), other = HPy_Dup(ctx, object);
    HPy_Close(ctx, object);
    return other;
}

static HPy append_close(HPyContext *ctx, HPy list) {
    for (int i = 0; i < 20; i++) {
        HPy item = HPyLong_FromLong(ctx, 1000000 + i);
        HPyList_Append(ctx, list, item);
        HPy_Close(ctx, item);
    }
    return none(ctx);
}

static HPy swap(HPyContext *ctx, HPy list) {
    HPy first = HPy_GetItem_i(ctx, list, 0), second = HPy_GetItem_i(ctx, list, 1);
    HPy_SetItem_i(ctx, list, 0, second);
    HPy_SetItem_i(ctx, list, 1, first);
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    return none(ctx);
}

static HPy set_itself(HPyContext *ctx, HPy list) {
    HPy item = HPy_GetItem_i(ctx, list, 0);
    HPy_SetItem_i(ctx, list, 0, item);
    HPy_Close(ctx, item);
    return none(ctx);
}

static HPy get_raise(HPyContext *ctx, HPy list) {
    HPy item = HPy_GetItem_i(ctx, list, 0);
    HPyErr_SetObject(ctx, ctx->h_ValueError, item);
    HPy_Close(ctx, item);
    return HPy_NULL;
}

/* A struct sequence of two items, of a type made for it. */
static HPy sequence(HPyContext *ctx, HPy list) {
    HPyStructSequence_Field fields[] = {{"first", NULL}, {"second", NULL}, {NULL, NULL}};
    HPyStructSequence_Desc desc = {.name = "deferred.Pair", .fields = fields};
    HPy items[] = {HPy_GetItem_i(ctx, list, 0), HPy_GetItem_i(ctx, list, 1)};
    HPy type = HPyStructSequence_NewType(ctx, &desc);
    HPy result = HPy_IsNull(type) ? HPy_NULL : HPyStructSequence_New(ctx, type, 2, items);
    HPy_Close(ctx, items[1]);
    HPy_Close(ctx, type);
    HPy_Close(ctx, items[0]);
    return result;
}

FUNCTION2(get_wait, get_wait(ctx, a, b));
FUNCTION0(without_gil, without_gil(ctx));
FUNCTION0(stop, stop(ctx));
FUNCTION1(touch, touch(ctx, a));
FUNCTION2(get_call, get_call(ctx, a, b));
FUNCTION2(get_two_call, get_two_call(ctx, a, b));
FUNCTION2(next_call, next_call(ctx, a, b));
FUNCTION1(get_replace, get_replace(ctx, a));
FUNCTION1(get_of_the_dying, get_of_the_dying(ctx, a));
FUNCTION1(dup_close, dup_close(ctx, a));
FUNCTION1(append_close, append_close(ctx, a));
FUNCTION1(swap, swap(ctx, a));
FUNCTION1(set_itself, set_itself(ctx, a));
FUNCTION1(get_raise, get_raise(ctx, a));
FUNCTION1(sequence, sequence(ctx, a));

/* tp_new gets an item of its argument: what the type is called with by vectorcall is returned as
 * it is. */
HPyDef_SLOT(First_new, HPy_tp_new);
static HPy First_new_impl(HPyContext *ctx, _HPy_UNUSED HPy type, const HPy *args, HPy_ssize_t nargs,
                          _HPy_UNUSED HPy kw) {
    return nargs == 1 ? HPy_GetItem_i(ctx, args[0], 0) : none(ctx);
}
static HPyDef *First_defines[] = {&First_new, NULL};
static HPyType_Spec First_spec = {.name = "deferred.First", .defines = First_defines};

HPyDef_SLOT(exec, HPy_mod_exec);
static int exec_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Holder", &Holder_spec, NULL) &&
                   HPyHelpers_AddType(ctx, module, "First", &First_spec, NULL)
               ? 0
               : -1;
}

static HPyGlobal *globals[] = {&global, NULL};
MODULE_WITH_GLOBALS(deferred, globals, &exec, &run, &m_get_call, &m_get_two_call, &m_next_call,
                    &m_get_replace, &m_get_of_the_dying, &m_dup_close, &m_append_close, &m_swap,
                    &m_set_itself, &m_get_raise, &m_sequence, &m_get_wait, &m_without_gil, &m_stop,
                    &m_touch)
