/* Plain C for cffi and ctypes, which call such without an extension module. */
typedef struct {
    long first;
    long second;
} pair;

void noargs(void);
long add_ints(long a, long b);
double add_doubles(double a, double b);
void greet(const char *name, char *result);
pair ordered(long a, long b);
void fill(long *items, long n);
double sum(const double *items, long n);
