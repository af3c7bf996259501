// The twin of test_cpp.py: what C++ has and C has not, inside an extension.
#include "support.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

// What happened in which order.
std::string journal;

struct Guard {
    char name;
    explicit Guard(char of) : name(of) {
        journal += name;
    }
    ~Guard() {
        journal += static_cast<char>(name - 'a' + 'A');
    }
};

HPy take_journal(HPyContext *ctx) {
    std::string taken;
    std::swap(taken, journal);
    return python(ctx, taken);
}

// Classes.

struct Shape {
    virtual ~Shape() {
        journal += '~';
    }
    virtual double area() const = 0;
};

struct Named {
    virtual ~Named() = default;
    virtual std::string name() const = 0;
};

template <int Corners> struct Polygon : Shape {
    double side;
    explicit Polygon(double length) : side(length) {
    }
    double area() const override {
        return Corners == 3 ? side * side / 2 : side * side;
    }
};

struct NamedSquare : Polygon<4>, virtual Named {
    using Polygon<4>::Polygon;
    std::string name() const override {
        return "square";
    }
};

std::unique_ptr<Shape> make_shape(const std::string &kind) {
    if (kind == "triangle")
        return std::make_unique<Polygon<3>>(2.0);
    if (kind == "square")
        return std::make_unique<NamedSquare>(3.0);
    throw Refused("no such shape: " + kind);
}

// A sideways cast finds the second base through the run-time type, and a reference that is none
// throws.
HPy describe(HPyContext *ctx, HPy kind) {
    return translated(ctx, [&] {
        const auto shape = make_shape(checked_string(ctx, kind));
        const auto *named = dynamic_cast<const Named *>(shape.get());
        return python(ctx, std::to_string(shape->area()) + " " + (named ? named->name() : "-"));
    });
}

HPy cast(HPyContext *ctx, HPy kind) {
    return translated(ctx, [&] {
        const auto shape = make_shape(checked_string(ctx, kind));
        return python(ctx, dynamic_cast<const Named &>(*shape).name());
    });
}

HPy is_square(HPyContext *ctx, HPy kind) {
    return translated(ctx, [&] {
        const auto shape = make_shape(checked_string(ctx, kind));
        const Shape &object = *shape;
        return python(ctx, typeid(object) == typeid(NamedSquare));
    });
}

// Exceptions.

int depth(int n) {
    Guard guard(static_cast<char>('a' + n));
    if (n == 3)
        throw std::out_of_range("too deep");
    return depth(n + 1) + 1;
}

HPy unwind(HPyContext *ctx) {
    return translated(ctx, [&]() -> HPy { return python(ctx, depth(0)); });
}

HPy vector_at(HPyContext *ctx, HPy index) {
    return translated(ctx, [&] {
        std::vector<long> values{10, 20, 30};
        return python(ctx, values.at(static_cast<size_t>(checked_long(ctx, index))));
    });
}

HPy allocate(HPyContext *ctx, HPy size) {
    return translated(ctx, [&] {
        std::vector<char> bytes(static_cast<size_t>(checked_long(ctx, size)), 'x');
        __asm__ volatile("" ::"r"(bytes.data()) : "memory"); // or C++ may do without the memory
        return python(ctx, static_cast<long long>(bytes.size()));
    });
}

// Thrown again where it was caught, then wrapped in another, then taken apart.
HPy nested(HPyContext *ctx) {
    return translated(ctx, [&]() -> HPy {
        std::string found;
        try {
            try {
                try {
                    throw std::invalid_argument("inner");
                } catch (const std::logic_error &) {
                    Guard guard('r');
                    throw;
                }
            } catch (...) {
                std::throw_with_nested(Refused("outer"));
            }
        } catch (const std::exception &error) {
            found = error.what();
            try {
                std::rethrow_if_nested(error);
            } catch (const std::invalid_argument &inner) {
                found += std::string(" of ") + inner.what();
            }
        }
        return python(ctx, found);
    });
}

HPy throw_int(HPyContext *ctx, HPy value) {
    return translated(ctx, [&]() -> HPy {
        const int thrown = static_cast<int>(checked_long(ctx, value));
        try {
            throw thrown;
        } catch (int caught) {
            if (caught < 0)
                throw;
            return python(ctx, caught);
        }
    });
}

// Through the frames of std::sort, which leaves a permutation.
HPy sort_throws(HPyContext *ctx) {
    return translated(ctx, [&]() -> HPy {
        std::vector<std::string> words{"pear", "apple", "", "fig"};
        try {
            std::sort(words.begin(), words.end(), [](const auto &a, const auto &b) {
                if (a.empty() || b.empty())
                    throw Refused("an empty word");
                return a < b;
            });
        } catch (const Refused &error) {
            return python(ctx, error.why + " of " + std::to_string(words.size()));
        }
        return python(ctx, "sorted");
    });
}

// Python calls back into this extension, whose exception is translated on the way.
HPy call(HPyContext *ctx, HPy function) {
    return translated(ctx, [&] {
        Guard guard('c');
        HPy result = checked(HPy_CallTupleDict(ctx, function, HPy_NULL, HPy_NULL));
        HPy_Close(ctx, result);
        throw Refused("after the call");
        return HPy_NULL;
    });
}

HPy pointer_to_exception(HPyContext *ctx) {
    return translated(ctx, [&]() -> HPy {
        std::exception_ptr kept;
        std::thread thrower([&] {
            try {
                throw Refused("from another thread");
            } catch (...) {
                kept = std::current_exception();
            }
        });
        thrower.join();
        std::rethrow_exception(kept);
    });
}

// Statics.

struct Constructed {
    std::string text;
    Constructed() : text("constructed") {
        journal += 'S';
    }
};

Constructed constructed;
int constructions = 0;

struct Slow {
    Slow() {
        constructions++;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
};

HPy local_static(HPyContext *ctx) {
    return translated(ctx, [&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; i++)
            threads.emplace_back([] { static Slow slow; });
        for (auto &thread : threads)
            thread.join();
        return python(ctx, constructions);
    });
}

// The constructor that throws is tried again the next time.
HPy local_static_throws(HPyContext *ctx) {
    static int tries = 0;
    return translated(ctx, [&] {
        static const std::string made = tries++ == 0 ? throw Refused("not yet") : "made";
        return python(ctx, made);
    });
}

thread_local std::string own = "fresh";

struct Leaves {
    ~Leaves() {
        journal += 'L';
    }
    void touch() {
    }
};
thread_local Leaves leaves;

HPy thread_locals(HPyContext *ctx) {
    return translated(ctx, [&] {
        own = "changed";
        std::string other;
        std::thread([&] {
            other = own;
            leaves.touch();
        }).join();
        return python(ctx, own + " " + other);
    });
}

// The library.

HPy strings(HPyContext *ctx, HPy a) {
    return translated(ctx, [&] {
        std::string text = checked_string(ctx, a);
        std::reverse(text.begin(), text.end());
        std::string_view view(text);
        if (view.size() > 3)
            view.remove_prefix(1);
        return python(ctx, text + ":" + std::string(view) + ":" + std::to_string(text.find('a')) +
                               ":" + std::to_string(std::stol("-12") + 0.5));
    });
}

HPy containers(HPyContext *ctx, HPy a) {
    return translated(ctx, [&] {
        const std::string text = checked_string(ctx, a);
        std::map<std::string, int> ordered;
        std::unordered_map<char, int> hashed;
        std::set<char> unique(text.begin(), text.end());
        std::deque<char> queue;
        for (char c : text) {
            ordered[std::string(2, c)]++;
            hashed[c]++;
            queue.push_front(c);
        }
        std::string result;
        for (const auto &[key, count] : ordered)
            result += key + std::to_string(count);
        std::optional<char> most;
        for (const auto &[key, count] : hashed)
            if (!most || count > hashed[*most])
                most = key;
        result += most.value();
        result.append(unique.begin(), unique.end());
        result.append(queue.begin(), queue.end());
        return python(ctx, result);
    });
}

HPy sum_of_types(HPyContext *ctx) {
    return translated(ctx, [&]() -> HPy {
        std::vector<std::variant<int, std::string>> values{1, "two", 3};
        std::function<int(int)> twice = [factor = 2](int v) { return factor * v; };
        std::string result;
        for (const auto &value : values)
            result += std::holds_alternative<int>(value)
                          ? std::to_string(twice(std::get<int>(value)))
                          : std::get<std::string>(value);
        try {
            (void)std::get<int>(values[1]);
        } catch (const std::bad_variant_access &) {
            result += "!";
        }
        try {
            (void)std::optional<int>().value();
        } catch (const std::bad_optional_access &) {
            result += "?";
        }
        try {
            std::function<void()>()();
        } catch (const std::bad_function_call &) {
            result += ".";
        }
        return python(ctx, result);
    });
}

HPy numbers(HPyContext *ctx) {
    return translated(ctx, [&] {
        char buffer[64];
        const auto written = std::to_chars(buffer, buffer + sizeof buffer, 0.1);
        double read;
        std::from_chars(buffer, written.ptr, read);
        std::mt19937 random(1);
        const auto first = random();
        std::uniform_int_distribution<int> die(1, 6);
        const int thrown = die(random);
        const auto start = std::chrono::steady_clock::now();
        const auto passed = std::chrono::steady_clock::now() - start;
        const __int128 wide = static_cast<__int128>(first) << 64;
        const auto narrow =
            static_cast<unsigned long>(wide / (static_cast<__int128>(thrown) << 60));
        return python(ctx,
                      std::string(buffer, written.ptr) + " " + std::to_string(read == 0.1) + " " +
                          std::to_string(first) + " " + std::to_string(thrown >= 1 && thrown <= 6) +
                          " " + std::to_string(passed.count() >= 0) + " " +
                          std::to_string(narrow == first * 16 / static_cast<unsigned>(thrown)));
    });
}

HPy threads(HPyContext *ctx, HPy a) {
    return translated(ctx, [&] {
        const long count = checked_long(ctx, a);
        std::mutex mutex;
        long long total = 0;
        std::vector<std::thread> workers;
        for (int worker = 0; worker < 4; worker++)
            workers.emplace_back([&] {
                for (long i = 0; i < count; i++) {
                    std::lock_guard<std::mutex> lock(mutex);
                    total += i;
                }
            });
        for (auto &worker : workers)
            worker.join();
        auto later = std::async(std::launch::async, [&]() -> long long {
            if (count < 0)
                throw Refused("less than nothing");
            return total;
        });
        return python(ctx, later.get());
    });
}

// A C++ object inside a Python object.

struct Bag {
    std::vector<std::string> words;
    std::shared_ptr<int> shared = std::make_shared<int>(7);
    std::weak_ptr<int> weak = shared;
};
long bags = 0;

HPyType_HELPERS(Bag)

    HPyDef_SLOT(Bag_new, HPy_tp_new) HPy
    Bag_new_impl(HPyContext *ctx, HPy type, const HPy *, HPy_ssize_t, HPy) {
    Bag *memory;
    HPy h = HPy_New(ctx, type, &memory);
    if (!HPy_IsNull(h)) {
        new (memory) Bag;
        bags++;
    }
    return h;
}

HPyDef_SLOT(Bag_destroy, HPy_tp_destroy) void Bag_destroy_impl(void *memory) {
    static_cast<Bag *>(memory)->~Bag();
    bags--;
}

HPyDef_METH(Bag_add, "add", HPyFunc_O) HPy Bag_add_impl(HPyContext *ctx, HPy self, HPy word) {
    return translated(ctx, [&] {
        Bag *bag = Bag_AsStruct(ctx, self);
        bag->words.push_back(checked_string(ctx, word));
        return python(ctx, bag->words.back() + std::to_string(*bag->weak.lock()));
    });
}

HPyDef_SLOT(Bag_length, HPy_sq_length) HPy_ssize_t Bag_length_impl(HPyContext *ctx, HPy self) {
    return static_cast<HPy_ssize_t>(Bag_AsStruct(ctx, self)->words.size());
}

HPyDef *bag_defines[] = {&Bag_new, &Bag_destroy, &Bag_add, &Bag_length, nullptr};
HPyType_Spec bag_spec = {"test_cpp.Bag", sizeof(Bag), 0,           HPy_TPFLAGS_DEFAULT,
                         SHAPE(Bag),     nullptr,     bag_defines, "A bag of words."};

HPyDef_SLOT(execute, HPy_mod_exec) int execute_impl(HPyContext *ctx, HPy module) {
    return HPyHelpers_AddType(ctx, module, "Bag", &bag_spec, nullptr) ? 0 : -1;
}

FUNCTION0(take_journal, take_journal(ctx))
FUNCTION0(unwind, unwind(ctx))
FUNCTION0(nested, nested(ctx))
FUNCTION0(sort_throws, sort_throws(ctx))
FUNCTION0(pointer_to_exception, pointer_to_exception(ctx))
FUNCTION0(constructed, python(ctx, constructed.text))
FUNCTION0(local_static, local_static(ctx))
FUNCTION0(local_static_throws, local_static_throws(ctx))
FUNCTION0(thread_locals, thread_locals(ctx))
FUNCTION0(sum_of_types, sum_of_types(ctx))
FUNCTION0(numbers, numbers(ctx))
FUNCTION0(bags, python(ctx, bags))
FUNCTION1(describe, describe(ctx, a))
FUNCTION1(cast, cast(ctx, a))
FUNCTION1(is_square, is_square(ctx, a))
FUNCTION1(vector_at, vector_at(ctx, a))
FUNCTION1(allocate, allocate(ctx, a))
FUNCTION1(throw_int, throw_int(ctx, a))
FUNCTION1(call, call(ctx, a))
FUNCTION1(strings, strings(ctx, a))
FUNCTION1(containers, containers(ctx, a))
FUNCTION1(threads, threads(ctx, a))

} // namespace

MODULE(test_cpp, &m_take_journal, &m_unwind, &m_nested, &m_sort_throws, &m_pointer_to_exception,
       &m_constructed, &m_local_static, &m_local_static_throws, &m_thread_locals, &m_sum_of_types,
       &m_numbers, &m_bags, &m_describe, &m_cast, &m_is_square, &m_vector_at, &m_allocate,
       &m_throw_int, &m_call, &m_strings, &m_containers, &m_threads, &execute)
