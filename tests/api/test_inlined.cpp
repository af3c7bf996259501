// The helpers of test_inlined.c as inline functions of C++, of which a program has one each, and as
// templates.
#include "test_inlined.c"
