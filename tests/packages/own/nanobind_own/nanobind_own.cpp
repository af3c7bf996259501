/* What a nanobind module mostly has: classes, containers, exceptions, callbacks, overriding. */
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nanobind/trampoline.h>

namespace nb = nanobind;

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
    NB_TRAMPOLINE(Counter, 1);
    long step(long by) const override {
        NB_OVERRIDE(step, by);
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

NB_MODULE(nanobind_own, m) {
    nb::exception<Empty>(m, "Empty", PyExc_ValueError);
    nb::class_<Counter, PyCounter>(m, "Counter")
        .def(nb::init<std::string>())
        .def("add", &Counter::add, nb::arg("by") = 1)
        .def("step", &Counter::step)
        .def_rw("name", &Counter::name)
        .def_ro("value", &Counter::value)
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
