/* What is CPython's own affair is used if the running version is the one of the headers. */
#include "modules.h"

bool context_is_of_this_version(void) {
    const char version[] = PY_VERSION;
    const char *running = Py_GetVersion();
    return strncmp(running, version, sizeof(version) - 1) == 0 &&
           strchr(" +", running[sizeof(version) - 1]) != NULL;
}
