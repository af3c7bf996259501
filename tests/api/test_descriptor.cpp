// The slot and the pointers of test_descriptor.c, from C++.
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#include "test_descriptor.c"
