/* The number protocol. */
#include "cpython.h"

#define UNARY(function, c_function)                                                                \
    HPy function(CTX, HPy h1) {                                                                    \
        return as_h(c_function(as_py(h1)));                                                        \
    }
#define BINARY(function, c_function)                                                               \
    HPy function(CTX, HPy h1, HPy h2) {                                                            \
        return as_h(c_function(as_py(h1), as_py(h2)));                                             \
    }
#define TERNARY(function, c_function)                                                              \
    HPy function(CTX, HPy h1, HPy h2, HPy h3) {                                                    \
        return as_h(c_function(as_py(h1), as_py(h2), as_py(h3)));                                  \
    }

BINARY(HPy_Add, PyNumber_Add)
BINARY(HPy_Subtract, PyNumber_Subtract)
BINARY(HPy_Multiply, PyNumber_Multiply)
BINARY(HPy_MatrixMultiply, PyNumber_MatrixMultiply)
BINARY(HPy_FloorDivide, PyNumber_FloorDivide)
BINARY(HPy_TrueDivide, PyNumber_TrueDivide)
BINARY(HPy_Remainder, PyNumber_Remainder)
BINARY(HPy_Divmod, PyNumber_Divmod)
TERNARY(HPy_Power, PyNumber_Power)
UNARY(HPy_Negative, PyNumber_Negative)
UNARY(HPy_Positive, PyNumber_Positive)
UNARY(HPy_Absolute, PyNumber_Absolute)
UNARY(HPy_Invert, PyNumber_Invert)
BINARY(HPy_Lshift, PyNumber_Lshift)
BINARY(HPy_Rshift, PyNumber_Rshift)
BINARY(HPy_And, PyNumber_And)
BINARY(HPy_Xor, PyNumber_Xor)
BINARY(HPy_Or, PyNumber_Or)
UNARY(HPy_Index, PyNumber_Index)
UNARY(HPy_Long, PyNumber_Long)
UNARY(HPy_Float, PyNumber_Float)

BINARY(HPy_InPlaceAdd, PyNumber_InPlaceAdd)
BINARY(HPy_InPlaceSubtract, PyNumber_InPlaceSubtract)
BINARY(HPy_InPlaceMultiply, PyNumber_InPlaceMultiply)
BINARY(HPy_InPlaceMatrixMultiply, PyNumber_InPlaceMatrixMultiply)
BINARY(HPy_InPlaceFloorDivide, PyNumber_InPlaceFloorDivide)
BINARY(HPy_InPlaceTrueDivide, PyNumber_InPlaceTrueDivide)
BINARY(HPy_InPlaceRemainder, PyNumber_InPlaceRemainder)
TERNARY(HPy_InPlacePower, PyNumber_InPlacePower)
BINARY(HPy_InPlaceLshift, PyNumber_InPlaceLshift)
BINARY(HPy_InPlaceRshift, PyNumber_InPlaceRshift)
BINARY(HPy_InPlaceAnd, PyNumber_InPlaceAnd)
BINARY(HPy_InPlaceXor, PyNumber_InPlaceXor)
BINARY(HPy_InPlaceOr, PyNumber_InPlaceOr)

int HPyNumber_Check(CTX, HPy h) {
    return PyNumber_Check(as_py(h));
}
