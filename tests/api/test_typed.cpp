/* The same in C++. */
#pragma clang diagnostic ignored "-Wmissing-designated-field-initializers"
#include "test_typed.c"
