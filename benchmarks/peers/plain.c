#include "plain.h"

#include <stdio.h>

void noargs(void) {
}

long add_ints(long a, long b) {
    return a + b;
}

double add_doubles(double a, double b) {
    return a + b;
}

void greet(const char *name, char *result) {
    sprintf(result, "Hello, %s", name);
}

pair ordered(long a, long b) {
    return a < b ? (pair){a, b} : (pair){b, a};
}

void fill(long *items, long n) {
    for (long i = 0; i < n; i++)
        items[i] = i;
}

double sum(const double *items, long n) {
    double total = 0.0;
    for (long i = 0; i < n; i++)
        total += items[i];
    return total;
}
