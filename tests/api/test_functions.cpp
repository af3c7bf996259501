// The functions of test_functions.c, from C++.
#include "test_functions.c"
