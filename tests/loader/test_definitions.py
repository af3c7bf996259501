"""Functions that nobody calls but a trampoline: not compiled by themselves, unless they may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hpybc
from hpybc.jit.module import parsed
from hpybc.loader.definitions import without_functions
from hpybc.loader.extension import read
from hpybc.toolchain.compile import Options, compile_extension

SOURCE = """
#include "hpy.h"

typedef struct { long value; } Box;
HPyType_HELPERS(Box)

HPyDef_SLOT(Box_new, HPy_tp_new)
static HPy Box_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t n, HPy kw) {
    Box *box;
    (void)args, (void)n, (void)kw;
    HPy h = HPy_New(ctx, type, &box);
    if (!HPy_IsNull(h))
        box->value = 3;
    return h;
}
HPyDef_SLOT(Box_int, HPy_nb_int)
static HPy Box_int_impl(HPyContext *ctx, HPy self) {
    return HPyLong_FromLong(ctx, Box_AsStruct(ctx, self)->value);
}
HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg) {
    (void)data, (void)visit, (void)arg;
    return 0;
}
HPyDef_SLOT(Box_destroy, HPy_tp_destroy)
static void Box_destroy_impl(void *data) { (void)data; }
HPyDef_GETSET(Box_value, "value")
static HPy Box_value_get(HPyContext *ctx, HPy self, void *closure) {
    (void)closure;
    return HPyLong_FromLong(ctx, Box_AsStruct(ctx, self)->value);
}
static int Box_value_set(HPyContext *ctx, HPy self, HPy value, void *closure) {
    (void)closure;
    Box_AsStruct(ctx, self)->value = HPyLong_AsLong(ctx, value);
    return 0;
}
static HPyDef *box_defines[] = {&Box_new, &Box_int, &Box_traverse, &Box_destroy, &Box_value, NULL};
static HPyType_Spec box_spec = {.name = "seen.Box", .basicsize = sizeof(Box),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC,
    .builtin_shape = HPyType_BuiltinShape_Object, .defines = box_defines};

HPyDef_METH(plain, "plain", HPyFunc_NOARGS)
static HPy plain_impl(HPyContext *ctx, HPy self) { (void)self; return HPyLong_FromLong(ctx, 5); }

HPyDef_METH(watched, "watched", HPyFunc_NOARGS)
static HPy watched_impl(HPyContext *ctx, HPy self) { (void)self; return HPyLong_FromLong(ctx, 7); }

HPyDef_METH(listed, "listed", HPyFunc_NOARGS)
static HPy listed_impl(HPyContext *ctx, HPy self) { (void)self; return HPyLong_FromLong(ctx, 9); }
static HPyDef *own_list[] = {&listed, NULL};

/* An extension may call what its definitions hold. */
HPyDef_METH(look, "look", HPyFunc_O)
static HPy look_impl(HPyContext *ctx, HPy self, HPy index) {
    HPyDef *volatile def = HPyLong_AsLong(ctx, index) == 0 ? &watched : own_list[0];
    return ((HPyFunc_noargs)def->meth.impl)(ctx, self);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Box", &box_spec, NULL) ? 0 : -1;
}
static HPyDef *defines[] = {&plain, &watched, &listed, &look, &execute, NULL};
static HPyModuleDef def = {.defines = defines};
HPy_MODINIT(seen, def)
"""

DROPPED = {"Box_int_impl", "Box_value_get", "Box_value_set", "plain_impl", "look_impl"}
KEPT = {"Box_new_impl", "Box_traverse_impl", "Box_destroy_impl", "watched_impl", "listed_impl"}


@pytest.fixture(scope="module", params=["-O1", "-O2", "-g", "c++"])
def extension(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seen")
    source = folder / ("seen.cpp" if request.param == "c++" else "seen.c")
    source.write_text(SOURCE)
    extra = () if request.param == "c++" else (request.param,)
    compile_extension([str(source)], str(folder / "seen.bc"), Options(extra=extra))
    return folder / "seen.bc"


def test_what_definitions_still_hold(extension: Path) -> None:
    with parsed(read(extension).payload) as module:
        text = without_functions(str(module))
        module.assemble(text).verify()
    variables = "\n".join(re.findall(r"^@.*", text, re.M))
    # In C++ there is more around the name.
    held = {own for own in DROPPED | KEPT if re.search(rf"{own}(?!_trampoline)", variables)}
    assert held == KEPT


def test_the_module_works(extension: Path, engine: str) -> None:
    module = hpybc.load(extension)
    box = module.Box()
    assert (int(box), box.value) == (3, 3)
    box.value = 8
    assert (int(box), module.plain()) == (8, 5)
    assert [module.look(0), module.look(1)] == [7, 9]
