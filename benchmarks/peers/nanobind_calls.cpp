// nanobind.
#include "bound.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <stdexcept>

namespace nb = nanobind;

static nb::list build_list(long n) {
    nb::list list;
    for (long i = 0; i < n; i++)
        list.append(i);
    return list;
}

static double sum_list(nb::list floats) {
    double sum = 0.0;
    for (nb::handle item : floats)
        sum += nb::cast<double>(item);
    return sum;
}

static nb::dict count(nb::list items) {
    nb::dict counts;
    for (nb::handle item : items) {
        long before = counts.contains(item) ? nb::cast<long>(counts[item]) : 0;
        counts[item] = before + 1;
    }
    return counts;
}

static long length(nb::object iterable) {
    long number = 0;
    for (nb::handle item : nb::iter(iterable)) {
        (void)item;
        number++;
    }
    return number;
}

NB_MODULE(calls, m) {
    m.def("noargs", []() {});
    m.def("onearg", [](nb::object object) { return object; }, nb::arg().none());
    m.def("add_ints", &add_ints);
    m.def("add_doubles", &add_doubles);
    m.def("weigh", &weigh, nb::arg("a"), nb::arg("b") = 10, nb::arg("c") = 100);
    m.def("greet", [](const std::string &name) { return "Hello, " + name; });
    m.def("ordered", &ordered);
    m.def("build_list", &build_list);
    m.def("sum_list", &sum_list);
    m.def("count", &count);
    m.def("get_name", [](nb::handle object) { return nb::object(object.attr("name")); });
    m.def("set_name", [](nb::handle object, nb::handle value) { object.attr("name") = value; });
    m.def("length", &length);
    m.def(
        "call", [](nb::handle function, nb::handle object) { return function(object); }, nb::arg(),
        nb::arg().none());
    m.def("fail", []() { throw nb::value_error("no"); });
    nb::class_<Point>(m, "Point")
        .def(nb::init<double, double>())
        .def_ro("x", &Point::x)
        .def("norm", &Point::norm)
        .def(nb::self == nb::self)
        .def(nb::self != nb::self);
}
