/* Fields, globals and names: where an extension keeps objects.
 *
 * A number lies in the place itself. Of an object, a field has the index in a list that its owner
 * holds, so that the interpreter's collector sees the reference; a global and a name have a handle
 * that stays open. */
#include "boxed.h"

void HPyField_Store(HPyContext *ctx, HPy target_object, HPyField *target_field, HPy h) {
    HPy old = _hconv(target_field->_i);
    if (LIKELY((is_number(h) || HPy_IsNull(h)) && tag_of(old) != FIELD))
        target_field->_i = h._i;
    else
        slow_HPyField_Store(ctx, target_object, target_field, h);
}

HPy HPyField_Load(HPyContext *ctx, HPy source_object, HPyField source_field) {
    HPy held = _hconv(source_field._i);
    return is_number(held) ? held : slow_HPyField_Load(ctx, source_object, source_field);
}

void HPyGlobal_Store(HPyContext *ctx, HPyGlobal *global, HPy h) {
    HPy old = _hconv(global->_i);
    if ((is_number(h) || HPy_IsNull(h)) && (is_number(old) || HPy_IsNull(old)))
        global->_i = h._i;
    else
        slow_HPyGlobal_Store(ctx, global, h);
}

/* What a global holds is not counted, but for a type, which has a struct. */
HPy HPyGlobal_Load(HPyContext *ctx, HPyGlobal global) {
    return HPy_Dup(ctx, _hconv(global._i));
}

HPy _HPyName_Get(HPyContext *ctx, _HPyName *name, const char *utf8) {
    if (UNLIKELY(name->_i == NULL)) {
        HPy made = slow_HPyUnicode_FromString(ctx, utf8);
        if (HPy_IsNull(made)) { /* no UTF-8: whoever asks for the attribute is told so again */
            HPyErr_Clear(ctx);
            return HPy_NULL;
        }
        shared->counts[bits_of(made) & LOWER] = IMMORTAL;
        name->_i = made._i;
    }
    return _hconv(name->_i);
}
