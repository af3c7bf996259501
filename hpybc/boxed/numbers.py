"""Integers, floats, booleans and operators (docs/reference: numbers)."""

from __future__ import annotations

import operator
from typing import Any

from hpybc.boxed.handles import NULL


def _itself(value: Any) -> Any:
    return value


HPyLong_FromInt32_t = HPyLong_FromUInt32_t = HPyLong_FromInt64_t = HPyLong_FromUInt64_t = _itself
HPyLong_FromSize_t = HPyLong_FromSsize_t = HPyFloat_FromDouble = _itself


def HPyBool_FromBool(value: Any) -> bool:
    return bool(value)


def _is_int(x: Any) -> bool:
    return isinstance(x, int)


def _signed(bits: int, name: str) -> Any:
    limit = 1 << (bits - 1)

    def convert(x: Any) -> int:
        value = operator.index(x)
        if not -(1 << 63) <= value < 1 << 63:
            raise OverflowError("Python int too large to convert to C long")
        if not -limit <= value < limit:
            raise OverflowError(f"Python int too large to convert to C {name}")
        return value

    return convert


def _unsigned(bits: int, name: str) -> Any:
    def convert(x: Any) -> int:
        if not _is_int(x):
            raise TypeError("an integer is required")
        value = int.__add__(x, 0)
        if value < 0:
            kind = "size_t" if name == "size_t" else "unsigned int"
            raise OverflowError(f"can't convert negative value to {kind}")
        if value >> 64 and name != "size_t":
            raise OverflowError("Python int too large to convert to C unsigned long")
        if value >> bits:
            raise OverflowError(f"Python int too large to convert to C {name}")
        return value

    return convert


def _masked(bits: int) -> Any:
    mask = (1 << bits) - 1

    def convert(x: Any) -> int:
        return operator.index(x) & mask

    return convert


HPyLong_AsInt32_t = _signed(32, "int32_t")
HPyLong_AsInt64_t = _signed(64, "long")
HPyLong_AsUInt32_t = _unsigned(32, "uint32_t")
HPyLong_AsUInt64_t = _unsigned(64, "unsigned long")
HPyLong_AsSize_t = _unsigned(64, "size_t")
HPyLong_AsUInt32_tMask = _masked(32)
HPyLong_AsUInt64_tMask = _masked(64)


def HPyLong_AsSsize_t(x: Any) -> int:
    if not _is_int(x):
        raise TypeError("an integer is required")
    value = int.__add__(x, 0)
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError("Python int too large to convert to C ssize_t")
    return value


def HPyLong_AsVoidPtr(x: Any) -> int:
    if not _is_int(x):
        raise TypeError("an integer is required")
    value = int.__add__(x, 0)
    if not -(1 << 63) <= value < 1 << 64:
        raise OverflowError("int too large to convert to C long")
    return value - (1 << 64) if value >= 1 << 63 else value


def HPyLong_AsDouble(x: Any) -> float:
    if not _is_int(x):
        raise TypeError("an integer is required")
    return float(int.__add__(x, 0))


def HPyFloat_AsDouble(x: Any) -> float:
    if isinstance(x, float):
        return float.__mul__(x, 1.0)
    kind = type(x)
    convert = getattr(kind, "__float__", None)
    if convert is not None:
        result = convert(x)
        if not isinstance(result, float):
            raise TypeError(
                f"{kind.__name__}.__float__ returned non-float (type {type(result).__name__})"
            )
        return float.__mul__(result, 1.0)
    if hasattr(kind, "__index__"):
        return float(operator.index(x))
    raise TypeError(f"must be real number, not {kind.__name__}")


def HPyNumber_Check(x: Any) -> int:
    kind = type(x)
    return int(
        isinstance(x, complex)
        or any(hasattr(kind, name) for name in ("__index__", "__int__", "__float__"))
    )


HPy_Add = operator.add
HPy_Subtract = operator.sub
HPy_Multiply = operator.mul
HPy_MatrixMultiply = operator.matmul
HPy_FloorDivide = operator.floordiv
HPy_TrueDivide = operator.truediv
HPy_Remainder = operator.mod
HPy_Divmod = divmod
HPy_Negative = operator.neg
HPy_Positive = operator.pos
HPy_Absolute = operator.abs
HPy_Invert = operator.invert
HPy_Lshift = operator.lshift
HPy_Rshift = operator.rshift
HPy_And = operator.and_
HPy_Xor = operator.xor
HPy_Or = operator.or_
HPy_Index = operator.index
HPy_InPlaceAdd = operator.iadd
HPy_InPlaceSubtract = operator.isub
HPy_InPlaceMultiply = operator.imul
HPy_InPlaceMatrixMultiply = operator.imatmul
HPy_InPlaceFloorDivide = operator.ifloordiv
HPy_InPlaceTrueDivide = operator.itruediv
HPy_InPlaceRemainder = operator.imod
HPy_InPlaceLshift = operator.ilshift
HPy_InPlaceRshift = operator.irshift
HPy_InPlaceAnd = operator.iand
HPy_InPlaceXor = operator.ixor
HPy_InPlaceOr = operator.ior


def HPy_Power(x: Any, y: Any, z: Any) -> Any:
    return pow(x, y) if z is NULL or z is None else pow(x, y, z)


def HPy_InPlacePower(x: Any, y: Any, z: Any) -> Any:
    if z is NULL or z is None or hasattr(type(x), "__ipow__"):  # which is given no modulus
        x **= y
        return x
    return pow(x, y, z)


def HPy_Long(x: Any) -> int:
    return int(x)


def HPy_Float(x: Any) -> float:
    return float(x)
