// What nanobind and pybind11 bind: plain C++ that knows neither.
#pragma once

#include <cmath>
#include <string>
#include <utility>

inline long add_ints(long a, long b) {
    return a + b;
}

inline double add_doubles(double a, double b) {
    return a + b;
}

inline long weigh(long a, long b, long c) {
    return a + b + c;
}

inline std::pair<long, long> ordered(long a, long b) {
    return a < b ? std::pair(a, b) : std::pair(b, a);
}

struct Point {
    double x;
    double y;
    Point(double x, double y) : x(x), y(y) {
    }
    double norm() const {
        return std::sqrt(x * x + y * y);
    }
    bool operator==(const Point &other) const {
        return x == other.x && y == other.y;
    }
    bool operator!=(const Point &other) const {
        return !(*this == other);
    }
};
