/* The extension module behind hpybc.trace: it holds the state of trace mode in an interpreter, and
 * shows it. It runs in release mode itself. */
#include "../trace/state.h"

static TraceState state = {
    .functions =
        {
#define HPY_FUNCTION(index, type, function, member, parameters, arguments)                         \
    [index] = {.name = #member},
#define HPY_PROCEDURE(index, function, member, parameters, arguments) [index] = {.name = #member},
#include "hpy/api.def"
        },
};

/* A dict of each function's name and `number`. */
static HPy numbers(HPyContext *ctx, uint64_t (*number)(const TraceFunction *)) {
    HPy dict = HPyDict_New(ctx);
    for (size_t i = 0; i < TRACE_MEMBERS && !HPy_IsNull(dict); i++) {
        const TraceFunction *function = &state.functions[i];
        if (function->name == NULL)
            continue;
        HPy value = HPyLong_FromUInt64_t(ctx, number(function));
        if (HPy_IsNull(value) || HPy_SetItem_s(ctx, dict, function->name, value) < 0) {
            HPy_Close(ctx, dict);
            dict = HPy_NULL;
        }
        HPy_Close(ctx, value);
    }
    return dict;
}

static uint64_t calls(const TraceFunction *function) {
    return function->calls;
}

static uint64_t microseconds(const TraceFunction *function) {
    return function->nanoseconds / 1000;
}

HPyDef_METH(get_call_counts, "get_call_counts", HPyFunc_NOARGS,
            .doc = "Name of each function of the context to the number of its calls.") static HPy
    get_call_counts_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return numbers(ctx, calls);
}

HPyDef_METH(
    get_durations, "get_durations", HPyFunc_NOARGS,
    .doc = "Name of each function of the context to the microseconds spent in it.") static HPy
    get_durations_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return numbers(ctx, microseconds);
}

HPyDef_METH(get_frequency, "get_frequency", HPyFunc_NOARGS,
            .doc = "The resolution of the clock, in Hertz.") static HPy
    get_frequency_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyLong_FromLong(ctx, 1000000000);
}

/* Sets *hook to `function`: None clears it, HPy_NULL leaves it. False with TypeError. */
static bool set_hook(HPyContext *ctx, HPy *hook, HPy function, const char *name) {
    if (HPy_IsNull(function))
        return true;
    HPy next = HPy_NULL;
    if (!HPy_Is(ctx, function, ctx->h_None)) {
        if (!HPyCallable_Check(ctx, function)) {
            HPyErr_Format(ctx, ctx->h_TypeError, "%s must be a callable or None, not %R", name,
                          function);
            return false;
        }
        next = HPy_Dup(ctx, function);
    }
    HPy previous = *hook;
    *hook = next;
    HPy_Close(ctx, previous);
    return true;
}

HPyDef_METH(
    set_trace_functions, "set_trace_functions", HPyFunc_KEYWORDS,
    .doc =
        "set_trace_functions(on_enter, on_exit): what to call with the name of each "
        "function before and after it is called; None: nothing. What is left out stays.") static HPy
    set_trace_functions_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs,
                             HPy kwnames) {
    static const char *const keywords[] = {"on_enter", "on_exit", NULL};
    HPy on_enter = HPy_NULL, on_exit = HPy_NULL;
    HPyTracker tracker;
    if (!HPyArg_ParseKeywords(ctx, &tracker, args, nargs, kwnames, "|OO:set_trace_functions",
                              keywords, &on_enter, &on_exit))
        return HPy_NULL;
    const bool set = set_hook(ctx, &state.on_enter, on_enter, "on_enter") &&
                     set_hook(ctx, &state.on_exit, on_exit, "on_exit");
    HPyTracker_Close(ctx, tracker);
    return set ? HPy_Dup(ctx, ctx->h_None) : HPy_NULL;
}

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    HPy capsule = HPyCapsule_New(ctx, &state, TRACE_STATE_NAME, NULL);
    if (HPy_IsNull(capsule))
        return -1;
    const int status = HPy_SetAttr_s(ctx, module, "_state", capsule);
    HPy_Close(ctx, capsule);
    return status;
}

static HPyDef *defines[] = {&execute,       &get_call_counts,     &get_durations,
                            &get_frequency, &set_trace_functions, NULL};
static HPyModuleDef moduledef = {.doc = "The state of trace mode.", .defines = defines};
HPy_MODINIT(tracemod, moduledef)
