/* The other extension of test_deferred.py: it leads back to Python by a table of functions. */
#include "support.h"

#include "foreign.h"

static HPyGlobal callback;
static HPyContext *context;

static int call(int number) {
    HPy function = HPyGlobal_Load(context, callback), argument = HPyLong_FromLong(context, number);
    HPy result = HPy_Call(context, function, &argument, 1, HPy_NULL);
    HPy_Close(context, argument);
    HPy_Close(context, function);
    if (HPy_IsNull(result))
        return -1;
    HPy_Close(context, result);
    return 0;
}

static int call_after(void (*before)(void), int number) {
    before();
    return call(number);
}

static int compare(const void *a, const void *b) {
    call(*(const int *)a);
    return *(const int *)a - *(const int *)b;
}

static const Table table = {call, call_after, compare};

/* table(function): a capsule with the table, whose functions call the function given here. */
HPyDef_METH(get_table, "table", HPyFunc_O);
static HPy get_table_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy function) {
    context = ctx;
    HPyGlobal_Store(ctx, &callback, function);
    return HPyCapsule_New(ctx, (void *)&table, TABLE, NULL);
}

static HPyGlobal *globals[] = {&callback, NULL};
MODULE_WITH_GLOBALS(test_deferred_other, globals, &get_table)
