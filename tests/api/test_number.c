/* The number protocol. */
#include "support.h"

FUNCTION1(Negative, HPy_Negative(ctx, a));
FUNCTION1(Positive, HPy_Positive(ctx, a));
FUNCTION1(Absolute, HPy_Absolute(ctx, a));
FUNCTION1(Invert, HPy_Invert(ctx, a));
FUNCTION1(Index, HPy_Index(ctx, a));
FUNCTION1(Long, HPy_Long(ctx, a));
FUNCTION1(Float, HPy_Float(ctx, a));
FUNCTION1(Check, integer(ctx, HPyNumber_Check(ctx, a)));

FUNCTION2(Add, HPy_Add(ctx, a, b));
FUNCTION2(Subtract, HPy_Subtract(ctx, a, b));
FUNCTION2(Multiply, HPy_Multiply(ctx, a, b));
FUNCTION2(MatrixMultiply, HPy_MatrixMultiply(ctx, a, b));
FUNCTION2(FloorDivide, HPy_FloorDivide(ctx, a, b));
FUNCTION2(TrueDivide, HPy_TrueDivide(ctx, a, b));
FUNCTION2(Remainder, HPy_Remainder(ctx, a, b));
FUNCTION2(Divmod, HPy_Divmod(ctx, a, b));
FUNCTION2(Lshift, HPy_Lshift(ctx, a, b));
FUNCTION2(Rshift, HPy_Rshift(ctx, a, b));
FUNCTION2(And, HPy_And(ctx, a, b));
FUNCTION2(Xor, HPy_Xor(ctx, a, b));
FUNCTION2(Or, HPy_Or(ctx, a, b));
FUNCTION3(Power, HPy_Power(ctx, a, b, c));

FUNCTION2(InPlaceAdd, HPy_InPlaceAdd(ctx, a, b));
FUNCTION2(InPlaceSubtract, HPy_InPlaceSubtract(ctx, a, b));
FUNCTION2(InPlaceMultiply, HPy_InPlaceMultiply(ctx, a, b));
FUNCTION2(InPlaceMatrixMultiply, HPy_InPlaceMatrixMultiply(ctx, a, b));
FUNCTION2(InPlaceFloorDivide, HPy_InPlaceFloorDivide(ctx, a, b));
FUNCTION2(InPlaceTrueDivide, HPy_InPlaceTrueDivide(ctx, a, b));
FUNCTION2(InPlaceRemainder, HPy_InPlaceRemainder(ctx, a, b));
FUNCTION2(InPlaceLshift, HPy_InPlaceLshift(ctx, a, b));
FUNCTION2(InPlaceRshift, HPy_InPlaceRshift(ctx, a, b));
FUNCTION2(InPlaceAnd, HPy_InPlaceAnd(ctx, a, b));
FUNCTION2(InPlaceXor, HPy_InPlaceXor(ctx, a, b));
FUNCTION2(InPlaceOr, HPy_InPlaceOr(ctx, a, b));
FUNCTION3(InPlacePower, HPy_InPlacePower(ctx, a, b, c));

MODULE(number, &m_Negative, &m_Positive, &m_Absolute, &m_Invert, &m_Index, &m_Long, &m_Float,
       &m_Check, &m_Add, &m_Subtract, &m_Multiply, &m_MatrixMultiply, &m_FloorDivide, &m_TrueDivide,
       &m_Remainder, &m_Divmod, &m_Lshift, &m_Rshift, &m_And, &m_Xor, &m_Or, &m_Power,
       &m_InPlaceAdd, &m_InPlaceSubtract, &m_InPlaceMultiply, &m_InPlaceMatrixMultiply,
       &m_InPlaceFloorDivide, &m_InPlaceTrueDivide, &m_InPlaceRemainder, &m_InPlaceLshift,
       &m_InPlaceRshift, &m_InPlaceAnd, &m_InPlaceXor, &m_InPlaceOr, &m_InPlacePower)
