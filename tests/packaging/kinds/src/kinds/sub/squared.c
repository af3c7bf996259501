long squared(long value);
long squared(long value) {
    return value * value;
}
