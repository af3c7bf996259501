/* A header of HPy 0.9.0 by this name; what it declares is in hpy.h. */
#include "hpy.h"
