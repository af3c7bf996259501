// What throwing.cpp and throwing.c have in common, and all files made of them.
#ifdef __cplusplus
extern "C" {
#endif
typedef void Function(int kind);

// Calls a function of another file through a frame of C and one of the C library.
void through_c(Function *function, int kind);
#ifdef __cplusplus
}

struct Own {
    int value;
    explicit Own(int v) : value(v) {
    }
    virtual ~Own() {
    }
};

struct Derived : virtual Own {
    explicit Derived(int v) : Own(v) {
    }
};
#endif
