/* What a pybind11 module mostly has: classes, containers, exceptions, callbacks, overriding. */
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace {

struct Empty : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Counter {
  public:
    explicit Counter(std::string name) : name(std::move(name)) {
    }
    virtual ~Counter() = default;
    virtual long step(long by) const {
        return by;
    }
    long add(long by) {
        return value += step(by);
    }
    std::string name;
    long value = 0;
};

/* Finds the method of a subclass in Python. */
class PyCounter : public Counter {
  public:
    using Counter::Counter;
    long step(long by) const override {
        PYBIND11_OVERRIDE(long, Counter, step, by);
    }
};

std::string join(const std::vector<std::string> &parts, const std::string &between) {
    if (parts.empty())
        throw Empty("nothing to join");
    std::string joined = parts[0];
    for (size_t i = 1; i < parts.size(); i++)
        joined += between + parts[i];
    return joined;
}

} // namespace

PYBIND11_MODULE(pybind11_own, m) {
    py::register_exception<Empty>(m, "Empty", PyExc_ValueError);
    py::class_<Counter, PyCounter, std::shared_ptr<Counter>>(m, "Counter")
        .def(py::init<std::string>())
        .def("add", &Counter::add, py::arg("by") = 1)
        .def("step", &Counter::step)
        .def_readwrite("name", &Counter::name)
        .def_readonly("value", &Counter::value)
        .def("__repr__", [](const Counter &c) { return "<Counter " + c.name + ">"; });
    m.def("join", &join);
    m.def("invert", [](const std::map<std::string, int> &from) {
        std::map<int, std::string> to;
        for (const auto &[key, value] : from)
            to[value] = key;
        return to;
    });
    m.def("at", [](const std::vector<double> &numbers, size_t i) { return numbers.at(i); });
    m.def("apply", [](const std::function<int(int)> &f, int x) { return f(x); });
    m.def("same", [](std::shared_ptr<Counter> c) { return c; });
    m.def("fail", [](int how) {
        switch (how) {
        case 0: throw std::invalid_argument("invalid");
        case 1: throw std::runtime_error("runtime");
        case 2: throw std::bad_alloc();
        default: throw 42;
        }
    });
}
