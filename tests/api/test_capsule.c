/* Capsules. */
#include "support.h"

#include <string.h>

static int numbers[2] = {11, 22};
static char context[] = "the context";
static const char name[] = "capsule.name";

/* What the destructor saw: the number, and bits for the name and the context. */
static int destroyed, seen_name, seen_context;

HPyCapsule_DESTRUCTOR(destructor) static void destructor_impl(const char *capsule_name,
                                                              void *pointer,
                                                              void *capsule_context) {
    destroyed += *(int *)pointer;
    seen_name = capsule_name == NULL ? 0 : strcmp(capsule_name, name) == 0 ? 1 : 2;
    seen_context = capsule_context == NULL ? 0 : capsule_context == context ? 1 : 2;
}
static HPyCapsule_Destructor without_trampoline = {.impl = destructor_impl};

FUNCTION0(make, HPyCapsule_New(ctx, &numbers[0], name, NULL));
FUNCTION0(make_unnamed, HPyCapsule_New(ctx, &numbers[0], NULL, NULL));
FUNCTION0(make_with_destructor, HPyCapsule_New(ctx, &numbers[0], name, &destructor));
FUNCTION0(make_null, HPyCapsule_New(ctx, NULL, name, NULL));
FUNCTION0(make_with_bad_destructor, HPyCapsule_New(ctx, &numbers[0], name, &without_trampoline));

static HPy number(HPyContext *ctx, const int *pointer) {
    return pointer == NULL ? HPy_NULL : HPyLong_FromLong(ctx, *pointer);
}
static HPy string(HPyContext *ctx, const char *characters) {
    return characters != NULL ? HPyUnicode_FromString(ctx, characters) : or_none(ctx, HPy_NULL);
}
FUNCTION2(pointer, number(ctx, HPyCapsule_GetPointer(ctx, a, text(ctx, b))));
FUNCTION1(name, string(ctx, HPyCapsule_GetName(ctx, a)));
FUNCTION1(context, string(ctx, HPyCapsule_GetContext(ctx, a)));
FUNCTION1(get_destructor, string(ctx, HPyCapsule_Get(ctx, a, HPyCapsule_key_Destructor, NULL)));
FUNCTION1(get_unknown, string(ctx, HPyCapsule_Get(ctx, a, (_HPyCapsule_key)9, NULL)));
FUNCTION2(is_valid, integer(ctx, HPyCapsule_IsValid(ctx, a, text(ctx, b))));

FUNCTION1(set_pointer, done(ctx, HPyCapsule_SetPointer(ctx, a, &numbers[1])));
FUNCTION1(set_null_pointer, done(ctx, HPyCapsule_SetPointer(ctx, a, NULL)));
FUNCTION1(set_name, done(ctx, HPyCapsule_SetName(ctx, a, "other")));
FUNCTION1(set_no_name, done(ctx, HPyCapsule_SetName(ctx, a, NULL)));
FUNCTION1(set_context, done(ctx, HPyCapsule_SetContext(ctx, a, context)));
FUNCTION1(set_destructor, done(ctx, HPyCapsule_SetDestructor(ctx, a, &destructor)));
FUNCTION1(set_no_destructor, done(ctx, HPyCapsule_SetDestructor(ctx, a, NULL)));
FUNCTION1(set_bad_destructor, done(ctx, HPyCapsule_SetDestructor(ctx, a, &without_trampoline)));
FUNCTION1(set_unknown, done(ctx, HPyCapsule_Set(ctx, a, (_HPyCapsule_key)9, NULL)));

/* (number, name, context) of the destructors since the last call. */
HPyDef_METH(seen, "seen", HPyFunc_NOARGS);
static HPy seen_impl(HPyContext *ctx, _HPy_UNUSED HPy self) {
    HPy items[] = {HPyLong_FromLong(ctx, destroyed), HPyLong_FromLong(ctx, seen_name),
                   HPyLong_FromLong(ctx, seen_context)};
    HPy result = HPyTuple_FromArray(ctx, items, 3);
    for (int i = 0; i < 3; i++)
        HPy_Close(ctx, items[i]);
    destroyed = seen_name = seen_context = 0;
    return result;
}

MODULE(capsule, &m_make, &m_make_unnamed, &m_make_with_destructor, &m_make_null,
       &m_make_with_bad_destructor, &m_pointer, &m_name, &m_context, &m_get_destructor,
       &m_get_unknown, &m_is_valid, &m_set_pointer, &m_set_null_pointer, &m_set_name,
       &m_set_no_name, &m_set_context, &m_set_destructor, &m_set_no_destructor,
       &m_set_bad_destructor, &m_set_unknown, &seen)
