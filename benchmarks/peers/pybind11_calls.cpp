// pybind11.
#include "bound.hpp"

#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

static py::list build_list(long n) {
    py::list list(n);
    for (long i = 0; i < n; i++)
        list[i] = i;
    return list;
}

static double sum_list(py::list floats) {
    double sum = 0.0;
    for (py::handle item : floats)
        sum += item.cast<double>();
    return sum;
}

static py::dict count(py::list items) {
    py::dict counts;
    for (py::handle item : items) {
        long before = counts.contains(item) ? counts[item].cast<long>() : 0;
        counts[item] = before + 1;
    }
    return counts;
}

static long length(py::object iterable) {
    long number = 0;
    for (py::handle item : py::iter(iterable)) {
        (void)item;
        number++;
    }
    return number;
}

PYBIND11_MODULE(calls, m) {
    m.def("noargs", []() {});
    m.def("onearg", [](py::object object) { return object; });
    m.def("add_ints", &add_ints);
    m.def("add_doubles", &add_doubles);
    m.def("weigh", &weigh, py::arg("a"), py::arg("b") = 10, py::arg("c") = 100);
    m.def("greet", [](py::str name) { return "Hello, " + std::string(name); });
    m.def("ordered", &ordered);
    m.def("build_list", &build_list);
    m.def("sum_list", &sum_list);
    m.def("count", &count);
    m.def("get_name", [](py::handle object) { return py::object(object.attr("name")); });
    m.def("set_name", [](py::handle object, py::handle value) { object.attr("name") = value; });
    m.def("length", &length);
    m.def("call", [](py::handle function, py::handle object) { return function(object); });
    m.def("fail", []() { throw py::value_error("no"); });
    py::class_<Point>(m, "Point")
        .def(py::init<double, double>())
        .def_readonly("x", &Point::x)
        .def("norm", &Point::norm)
        .def(py::self == py::self)
        .def(py::self != py::self);
}
