from cffi import FFI

builder = FFI()
builder.cdef(
    """
    enum colour { RED, GREEN = 5, BLUE };
    #define LIMIT 40
    typedef struct { double x, y; const char *name; } point;
    typedef union { unsigned int whole; unsigned char bytes[4]; } pieces;
    typedef int (*reducer)(int, int);
    int calls;
    long total(const int *numbers, size_t count);
    double norm(point p);
    point scaled(const point *p, double by);
    int reduce(const int *numbers, int count, reducer combine);
    int printed(char *into, size_t size, const char *format, ...);
    extern "Python" int from_python(int, int);
    int ask_python(int a, int b);
    """
)
builder.set_source(
    "_cffi_own",
    """
    #include <math.h>
    #include <stdarg.h>
    #include <stddef.h>
    #include <stdio.h>
    #define LIMIT 40
    enum colour { RED, GREEN = 5, BLUE };
    typedef struct { double x, y; const char *name; } point;
    typedef union { unsigned int whole; unsigned char bytes[4]; } pieces;
    typedef int (*reducer)(int, int);
    static int from_python(int, int);
    int calls;
    static long total(const int *numbers, size_t count) {
        long sum = 0;
        calls++;
        for (size_t i = 0; i < count; i++) sum += numbers[i];
        return sum;
    }
    static double norm(point p) { return sqrt(p.x * p.x + p.y * p.y); }
    static point scaled(const point *p, double by) {
        point result = {p->x * by, p->y * by, p->name};
        return result;
    }
    static int reduce(const int *numbers, int count, reducer combine) {
        int result = numbers[0];
        for (int i = 1; i < count; i++) result = combine(result, numbers[i]);
        return result;
    }
    static int printed(char *into, size_t size, const char *format, ...) {
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(into, size, format, arguments);
        va_end(arguments);
        return length;
    }
    static int ask_python(int a, int b) { return from_python(a, b); }
    """,
    libraries=["m"],
)
