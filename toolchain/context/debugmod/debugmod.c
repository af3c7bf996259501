/* The extension module behind hpybc.debug: it holds the state of debug mode in an interpreter, and
 * shows it. It runs in release mode itself. */
#define _GNU_SOURCE /* dladdr */
#define CLOSE_BELOW HPy_Close
#include "../debug/queues.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <string.h>

static DebugState state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .closed_limit = 1024,
    .data_limit = 10 << 20,
};

/* What Python sees of a handle; several may show the same. */
typedef struct {
    DebugHandle *handle;
} View;
HPyType_HELPERS(View)

    static HPyGlobal view_type;

/* handle.obj, or HPy_NULL for a closed one. */
static HPy object_of(HPyContext *ctx, const DebugHandle *handle) {
    return handle->closed ? HPy_NULL : HPy_Dup(ctx, handle->below);
}

HPyDef_GET(view_obj, "obj",
           .doc = "The object that the handle stands for; None if it is closed.") static HPy
    view_obj_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    HPy object = object_of(ctx, View_AsStruct(ctx, self)->handle);
    return HPy_IsNull(object) ? HPy_Dup(ctx, ctx->h_None) : object;
}

HPyDef_GET(view_id, "id", .doc = "A number that no other handle has at this time.") static HPy
    view_id_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    return HPyLong_FromSize_t(ctx, (size_t)View_AsStruct(ctx, self)->handle);
}

HPyDef_GET(view_is_closed, "is_closed", .doc = "Whether the handle has been closed.") static HPy
    view_is_closed_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    return HPyBool_FromBool(ctx, View_AsStruct(ctx, self)->handle->closed);
}

HPyDef_GET(view_raw_data_size, "raw_data_size",
           .doc = "Bytes of characters that the handle keeps, or -1 if it keeps none.") static HPy
    view_raw_data_size_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    const DebugHandle *handle = View_AsStruct(ctx, self)->handle;
    return HPyLong_FromSsize_t(ctx, handle->data == NULL ? -1 : (HPy_ssize_t)handle->data_size);
}

static HPy text_or_none(HPyContext *ctx, const char *text) {
    return text == NULL ? HPy_Dup(ctx, ctx->h_None) : HPyUnicode_FromString(ctx, text);
}

static HPy addresses_list(HPyContext *ctx, const Site *site) {
    HPy list = HPyList_New(ctx, 0);
    for (int i = 0; !HPy_IsNull(list) && i < SITE_FRAMES && site->frames[i] != NULL; i++) {
        HPy address = HPyLong_FromSize_t(ctx, (size_t)site->frames[i]);
        if (HPy_IsNull(address) || HPyList_Append(ctx, list, address) < 0) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        }
        HPy_Close(ctx, address);
    }
    return list;
}

/* A site as hpybc.debug.site.Site, or None. It is copied first: to make Python objects may run an
 * extension that opens and closes handles. */
static HPy site_tuple(HPyContext *ctx, const Site *given) {
    Site site = {0};
    HPy code = HPy_NULL;
    int offset = -1;
    pthread_mutex_lock(&state.lock);
    if (given != NULL)
        site = *given;
    if (site.caller != NULL) {
        code = HPy_Dup(ctx, site.caller->code);
        offset = site.caller->offset;
    }
    pthread_mutex_unlock(&state.lock);
    if (site.frames[0] == NULL)
        return HPy_Dup(ctx, ctx->h_None);
    HPy api = text_or_none(ctx, site.api), frames = addresses_list(ctx, &site), result = HPy_NULL;
    if (!HPy_IsNull(api) && !HPy_IsNull(frames))
        result = HPy_BuildValue(ctx, "(OOOi)", api, frames, HPy_IsNull(code) ? ctx->h_None : code,
                                offset);
    HPy_Close(ctx, api);
    HPy_Close(ctx, frames);
    HPy_Close(ctx, code);
    return result;
}

#define SITE_OF_VIEW(name, field, of)                                                              \
    HPyDef_GET(view_##name, "_" #name,                                                             \
               .doc = "Where the handle was " of ", as hpybc.debug.site.Site; "                    \
                      "None if nobody knows.") static HPy                                          \
    view_##name##_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {                      \
        return site_tuple(ctx, &View_AsStruct(ctx, self)->handle->field);                          \
    }
SITE_OF_VIEW(opened, opened, "opened")
SITE_OF_VIEW(closed, closed_at, "closed")

HPyDef_SLOT(view_compare, HPy_tp_richcompare) static HPy
    view_compare_impl(HPyContext *ctx, HPy self, HPy other, HPy_RichCmpOp op) {
    HPy type = HPyGlobal_Load(ctx, view_type);
    const bool comparable = HPy_TypeCheck(ctx, other, type) && (op == HPy_EQ || op == HPy_NE);
    HPy_Close(ctx, type);
    if (!comparable)
        return HPy_Dup(ctx, ctx->h_NotImplemented);
    const bool same = View_AsStruct(ctx, self)->handle == View_AsStruct(ctx, other)->handle;
    return HPyBool_FromBool(ctx, same == (op == HPy_EQ));
}

HPyDef_SLOT(view_hash, HPy_tp_hash) static HPy_hash_t view_hash_impl(HPyContext *ctx, HPy self) {
    return (HPy_hash_t)((uintptr_t)View_AsStruct(ctx, self)->handle >> 4);
}

HPyDef_GET(view_stack_trace, "stack_trace",
           .doc = "Where the handle was opened, in C frames; empty unless "
                  "set_handle_stack_trace_limit asks for it.") static HPy
    view_stack_trace_get(HPyContext *ctx, HPy self, _HPy_UNUSED void *closure) {
    const DebugHandle *handle = View_AsStruct(ctx, self)->handle;
    HPy text = HPyUnicode_FromString(ctx, handle->frames == NULL ? "" : "Allocation stacktrace:");
    if (handle->frames == NULL || HPy_IsNull(text))
        return text;
    char **names = backtrace_symbols(handle->frames, handle->n_frames);
    if (names == NULL) {
        HPy_Close(ctx, text);
        return HPyErr_NoMemory(ctx);
    }
    for (int i = 0; i < handle->n_frames && !HPy_IsNull(text); i++) {
        HPy longer = HPyUnicode_FromFormat(ctx, "%S\n    %s", text, names[i]);
        HPy_Close(ctx, text);
        text = longer;
    }
    free(names);
    return text;
}

HPyDef_SLOT(view_repr, HPy_tp_repr) static HPy view_repr_impl(HPyContext *ctx, HPy self) {
    const DebugHandle *handle = View_AsStruct(ctx, self)->handle;
    HPy object = object_of(ctx, handle), text;
    if (HPy_IsNull(object))
        text = HPyUnicode_FromFormat(ctx, "<DebugHandle %p CLOSED>", (const void *)handle);
    else
        text = HPyUnicode_FromFormat(ctx, "<DebugHandle %p for %R>", (const void *)handle, object);
    HPy_Close(ctx, object);
    if (HPy_IsNull(text) || handle->frames == NULL)
        return text;
    HPy frames = view_stack_trace_get(ctx, self, NULL), longer = HPy_NULL;
    if (!HPy_IsNull(frames))
        longer = HPyUnicode_FromFormat(ctx, "%S\n%S", text, frames);
    HPy_Close(ctx, text);
    HPy_Close(ctx, frames);
    return longer;
}

HPyDef_METH(view_force_close, "_force_close", HPyFunc_NOARGS,
            .doc = "Closes the handle; nothing if it is closed.") static HPy
    view_force_close_impl(HPyContext *ctx, HPy self) {
    DebugHandle *handle = View_AsStruct(ctx, self)->handle;
    HPy below = HPy_NULL;
    Garbage garbage = NO_GARBAGE;
    pthread_mutex_lock(&state.lock);
    if (!handle->closed) {
        below = handle->below;
        debug_handle_retire(&state, handle, HPy_NULL, &garbage);
    }
    pthread_mutex_unlock(&state.lock);
    garbage_clear(ctx, garbage);
    HPy_Close(ctx, below);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_SLOT(view_new, HPy_tp_new) static HPy
    view_new_impl(HPyContext *ctx, _HPy_UNUSED HPy type, _HPy_UNUSED const HPy *args,
                  _HPy_UNUSED HPy_ssize_t nargs, _HPy_UNUSED HPy kw) {
    return HPyErr_SetString(ctx, ctx->h_TypeError, "cannot create 'DebugHandle' instances");
}

static void forget_view(DebugHandle *handle) {
    pthread_mutex_lock(&state.lock);
    if (--handle->views == 0 && !handle->queued)
        free(handle);
    pthread_mutex_unlock(&state.lock);
}

HPyDef_SLOT(view_destroy, HPy_tp_destroy) static void view_destroy_impl(void *view) {
    if (((View *)view)->handle != NULL)
        forget_view(((View *)view)->handle);
}

static HPyDef *view_defines[] = {
    &view_stack_trace, &view_opened,        &view_closed,  &view_obj,  &view_id,
    &view_is_closed,   &view_raw_data_size, &view_compare, &view_hash, &view_repr,
    &view_force_close, &view_destroy,       &view_new,     NULL};
static HPyType_Spec view_spec = {
    .name = "hpybc.debug.DebugHandle",
    .basicsize = sizeof(View),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(View),
    .defines = view_defines,
    .doc = "A handle that an extension in debug mode has opened.",
};

/* A view of a handle that counts it already. */
static HPy new_view(HPyContext *ctx, DebugHandle *handle) {
    View *view;
    HPy type = HPyGlobal_Load(ctx, view_type);
    HPy h = HPy_New(ctx, type, &view);
    HPy_Close(ctx, type);
    if (HPy_IsNull(h))
        forget_view(handle);
    else
        view->handle = handle;
    return h;
}

/* A list of views of the handles in `queue` that were opened in `generation` or later, oldest
 * first. To make Python objects may run an extension that opens and closes handles: hence an array.
 */
static HPy views(HPyContext *ctx, const Queue *queue, HPy_ssize_t generation) {
    size_t n = 0;
    pthread_mutex_lock(&state.lock);
    DebugHandle **handles = malloc(((size_t)queue->size + 1) * sizeof(DebugHandle *));
    for (Node *node = queue->first; handles != NULL && node != NULL; node = node->next) {
        DebugHandle *handle = (DebugHandle *)node;
        if (handle->generation >= generation) {
            handle->views++;
            handles[n++] = handle;
        }
    }
    pthread_mutex_unlock(&state.lock);
    if (handles == NULL)
        return HPyErr_NoMemory(ctx);
    HPy list = HPyList_New(ctx, 0);
    for (size_t i = 0; i < n; i++) {
        if (HPy_IsNull(list)) {
            forget_view(handles[i]);
            continue;
        }
        HPy view = new_view(ctx, handles[i]);
        if (HPy_IsNull(view) || HPyList_Append(ctx, list, view) < 0) {
            HPy_Close(ctx, list);
            list = HPy_NULL;
        }
        HPy_Close(ctx, view);
    }
    free(handles);
    return list;
}

HPyDef_METH(new_generation, "new_generation", HPyFunc_NOARGS,
            .doc = "Begins a generation of handles and returns its number.") static HPy
    new_generation_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    return HPyLong_FromSsize_t(ctx, ++state.generation);
}

HPyDef_METH(
    get_open_handles, "get_open_handles", HPyFunc_VARARGS,
    .doc = "The open handles of `generation` (0: all) and later ones, oldest first.") static HPy
    get_open_handles_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy_ssize_t generation = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|n:get_open_handles", &generation))
        return HPy_NULL;
    return views(ctx, &state.open, generation);
}

HPyDef_METH(get_closed_handles, "get_closed_handles", HPyFunc_VARARGS,
            .doc = "The closed handles that are kept, of `generation` (0: all) and later ones, in "
                   "the order in which they were closed.") static HPy
    get_closed_handles_impl(HPyContext *ctx, _HPy_UNUSED HPy self, const HPy *args, size_t nargs) {
    HPy_ssize_t generation = 0;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|n:get_closed_handles", &generation))
        return HPy_NULL;
    return views(ctx, &state.closed, generation);
}

/* The non-negative number in `arg`, or -1 with an exception. */
static HPy_ssize_t limit(HPyContext *ctx, HPy arg) {
    const HPy_ssize_t value = HPyLong_AsSsize_t(ctx, arg);
    if (value < 0 && !HPyErr_Occurred(ctx))
        HPyErr_SetString(ctx, ctx->h_ValueError, "a limit cannot be negative");
    return value;
}

#define LIMIT(field, name, of)                                                                     \
    HPyDef_METH(get_##field, "get_" name, HPyFunc_NOARGS,                                          \
                .doc = "The largest number of " of ".") static HPy                                 \
    get_##field##_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {                                    \
        return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)state.field);                                 \
    }                                                                                              \
    HPyDef_METH(set_##field, "set_" name, HPyFunc_O,                                               \
                .doc = "Sets the largest number of " of ".") static HPy                            \
    set_##field##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {                           \
        const HPy_ssize_t value = limit(ctx, arg);                                                 \
        if (value < 0)                                                                             \
            return HPy_NULL;                                                                       \
        state.field = (__typeof__(state.field))value;                                              \
        return HPy_Dup(ctx, ctx->h_None);                                                          \
    }
LIMIT(closed_limit, "closed_handles_queue_max_size", "closed handles to keep")
LIMIT(data_limit, "protected_raw_data_max_size", "bytes that closed handles keep")

HPyDef_METH(
    set_frames_limit, "set_handle_stack_trace_limit", HPyFunc_O,
    .doc =
        "Sets how many C frames to remember of where a handle was opened; None: none.") static HPy
    set_frames_limit_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    HPy_ssize_t value = 0;
    if (!HPy_Is(ctx, arg, ctx->h_None)) {
        value = limit(ctx, arg);
        if (value < 0)
            return HPy_NULL;
    }
    state.frames_limit = value > 1 << 16 ? 1 << 16 : (int)value;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(set_describe, "_set_describe", HPyFunc_O,
            .doc =
                "Sets what makes the text of an invalid use before the process ends, of a capsule "
                "for _invalid.") static HPy
    set_describe_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    HPy_Close(ctx, state.describe);
    state.describe = HPy_Dup(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(invalid, "_invalid", HPyFunc_O,
            .doc = "What is in a capsule of an invalid use: the message, of what, a tuple of the "
                   "object or an empty one, and where it was opened, closed and used.") static HPy
    invalid_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    const Invalid *invalid = HPyCapsule_GetPointer(ctx, arg, INVALID_NAME);
    if (invalid == NULL)
        return HPy_NULL;
    HPy object = HPy_IsNull(invalid->object) ? HPyTuple_FromArray(ctx, NULL, 0)
                                             : HPyTuple_Pack(ctx, 1, invalid->object);
    HPy what = text_or_none(ctx, invalid->what), opened = site_tuple(ctx, invalid->opened),
        closed = site_tuple(ctx, invalid->closed), used = site_tuple(ctx, &invalid->used),
        result = HPy_NULL;
    if (!HPy_IsNull(what) && !HPy_IsNull(object) && !HPy_IsNull(opened) && !HPy_IsNull(closed) &&
        !HPy_IsNull(used))
        result =
            HPy_BuildValue(ctx, "(sOOOOO)", invalid->message, what, object, opened, closed, used);
    HPy_Close(ctx, what);
    HPy_Close(ctx, object);
    HPy_Close(ctx, opened);
    HPy_Close(ctx, closed);
    HPy_Close(ctx, used);
    return result;
}

HPyDef_METH(image, "_image", HPyFunc_O,
            .doc = "Of the shared object that has the code at an address: the name that it was "
                   "loaded by, and where it begins. None if there is none.") static HPy
    image_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {
    const size_t address = HPyLong_AsSize_t(ctx, arg);
    Dl_info found;
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    if (dladdr((void *)address, &found) == 0 || found.dli_fbase == NULL)
        return HPy_Dup(ctx, ctx->h_None);
    return HPy_BuildValue(ctx, "(sK)", found.dli_fname, (unsigned long long)found.dli_fbase);
}

#define HOOK(field, of)                                                                            \
    HPyDef_METH(set_##field, "set_" #field "_handle", HPyFunc_O,                                   \
                .doc = "Sets what to call when an extension uses a " of                            \
                       ", instead of ending the process; None: nothing.") static HPy               \
    set_##field##_impl(HPyContext *ctx, _HPy_UNUSED HPy self, HPy arg) {                           \
        if (!HPy_Is(ctx, arg, ctx->h_None) && !HPyCallable_Check(ctx, arg))                        \
            return HPyErr_Format(ctx, ctx->h_TypeError, "expected a callable or None, not %R",     \
                                 arg);                                                             \
        HPy_Close(ctx, state.field);                                                               \
        state.field = HPy_Is(ctx, arg, ctx->h_None) ? HPy_NULL : HPy_Dup(ctx, arg);                \
        return HPy_Dup(ctx, ctx->h_None);                                                          \
    }
HOOK(on_invalid, "closed handle")
HOOK(on_invalid_builder, "closed builder")

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(HPyContext *ctx, HPy module) {
    if (!HPyHelpers_AddType(ctx, module, "DebugHandle", &view_spec, NULL))
        return -1;
    HPy type = HPy_GetAttr_s(ctx, module, "DebugHandle");
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &view_type, type);
    HPy_Close(ctx, type);
    HPy capsule = HPyCapsule_New(ctx, &state, DEBUG_STATE_NAME, NULL);
    if (HPy_IsNull(capsule))
        return -1;
    const int status = HPy_SetAttr_s(ctx, module, "_state", capsule);
    HPy_Close(ctx, capsule);
    return status;
}

static HPyDef *defines[] = {&execute,
                            &new_generation,
                            &get_open_handles,
                            &get_closed_handles,
                            &get_closed_limit,
                            &set_closed_limit,
                            &get_data_limit,
                            &set_data_limit,
                            &set_frames_limit,
                            &set_describe,
                            &invalid,
                            &image,
                            &set_on_invalid,
                            &set_on_invalid_builder,
                            NULL};
static HPyGlobal *globals[] = {&view_type, NULL};
static HPyModuleDef moduledef = {
    .doc = "The state of debug mode.", .defines = defines, .globals = globals};
HPy_MODINIT(debugmod, moduledef)
