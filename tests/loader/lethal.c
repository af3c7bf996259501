/* A sound extension whose initialisation ends the process. */
#include "hpy.h"

#include <stdlib.h>

HPyDef_SLOT(execute, HPy_mod_exec) static int execute_impl(_HPy_UNUSED HPyContext *ctx,
                                                           _HPy_UNUSED HPy module) {
    abort();
}

static HPyDef *defines[] = {&execute, NULL};
static HPyModuleDef definition = {.defines = defines};

HPy_MODINIT(lethal, definition)
