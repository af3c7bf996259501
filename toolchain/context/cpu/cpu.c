// What processor this is, for __builtin_cpu_supports, __builtin_cpu_is and target_clones, as
// libgcc.a has it. The numbers are the binary interface that GCC and clang share.
//
// Sources of the bits: Intel's Software Developer's Manual, volume 2, CPUID; AMD's Architecture
// Programmer's Manual, volume 3, appendix E.
#ifdef __x86_64__
#include <cpuid.h>
#include <stdbool.h>
#include <string.h>

struct {
    unsigned vendor, type, subtype, features[1];
} __cpu_model;

unsigned __cpu_features2[3];

int __cpu_indicator_init(void);

// The register of a leaf of CPUID in which a feature has its bit.
typedef enum {
    LEAF_1_C,
    LEAF_1_D,
    LEAF_7_B,
    LEAF_7_C,
    LEAF_7_D,
    LEAF_7_1_A,
    LEAF_7_1_D,
    LEAF_D_1_A,
    LEAF_14_B,
    LEAF_19_B,
    LEAF_1E_1_A,
    EXTENDED_1_C,
    EXTENDED_8_B,
    WORDS,
} Word;

// The state that the system must save for a feature to be used.
typedef enum { NOTHING, XSAVE, AVX, AVX512, AMX, APX, STATES } State;

// Features by their numbers: where each stands, and what it needs of the system.
static const struct {
    unsigned char number, word, bit, state;
} FEATURES[] = {
    {0, LEAF_1_D, 15, NOTHING},      // cmov
    {1, LEAF_1_D, 23, NOTHING},      // mmx
    {2, LEAF_1_C, 23, NOTHING},      // popcnt
    {3, LEAF_1_D, 25, NOTHING},      // sse
    {4, LEAF_1_D, 26, NOTHING},      // sse2
    {5, LEAF_1_C, 0, NOTHING},       // sse3
    {6, LEAF_1_C, 9, NOTHING},       // ssse3
    {7, LEAF_1_C, 19, NOTHING},      // sse4.1
    {8, LEAF_1_C, 20, NOTHING},      // sse4.2
    {9, LEAF_1_C, 28, AVX},          // avx
    {10, LEAF_7_B, 5, AVX},          // avx2
    {11, EXTENDED_1_C, 6, NOTHING},  // sse4a
    {12, EXTENDED_1_C, 16, AVX},     // fma4
    {13, EXTENDED_1_C, 11, AVX},     // xop
    {14, LEAF_1_C, 12, AVX},         // fma
    {15, LEAF_7_B, 16, AVX512},      // avx512f
    {16, LEAF_7_B, 3, NOTHING},      // bmi
    {17, LEAF_7_B, 8, NOTHING},      // bmi2
    {18, LEAF_1_C, 25, NOTHING},     // aes
    {19, LEAF_1_C, 1, NOTHING},      // pclmul
    {20, LEAF_7_B, 31, AVX512},      // avx512vl
    {21, LEAF_7_B, 30, AVX512},      // avx512bw
    {22, LEAF_7_B, 17, AVX512},      // avx512dq
    {23, LEAF_7_B, 28, AVX512},      // avx512cd
    {24, LEAF_7_B, 27, AVX512},      // avx512er
    {25, LEAF_7_B, 26, AVX512},      // avx512pf
    {26, LEAF_7_C, 1, AVX512},       // avx512vbmi
    {27, LEAF_7_B, 21, AVX512},      // avx512ifma
    {28, LEAF_7_D, 2, AVX512},       // avx5124vnniw
    {29, LEAF_7_D, 3, AVX512},       // avx5124fmaps
    {30, LEAF_7_C, 14, AVX512},      // avx512vpopcntdq
    {31, LEAF_7_C, 6, AVX512},       // avx512vbmi2
    {32, LEAF_7_C, 8, NOTHING},      // gfni
    {33, LEAF_7_C, 10, AVX},         // vpclmulqdq
    {34, LEAF_7_C, 11, AVX512},      // avx512vnni
    {35, LEAF_7_C, 12, AVX512},      // avx512bitalg
    {36, LEAF_7_1_A, 5, AVX512},     // avx512bf16
    {37, LEAF_7_D, 8, AVX512},       // avx512vp2intersect
    {40, LEAF_7_B, 19, NOTHING},     // adx
    {42, LEAF_7_C, 25, NOTHING},     // cldemote
    {43, LEAF_7_B, 23, NOTHING},     // clflushopt
    {44, LEAF_7_B, 24, NOTHING},     // clwb
    {45, EXTENDED_8_B, 0, NOTHING},  // clzero
    {46, LEAF_1_C, 13, NOTHING},     // cx16
    {48, LEAF_7_C, 29, NOTHING},     // enqcmd
    {49, LEAF_1_C, 29, AVX},         // f16c
    {50, LEAF_7_B, 0, NOTHING},      // fsgsbase
    {54, EXTENDED_1_C, 0, NOTHING},  // sahf
    {56, EXTENDED_1_C, 15, NOTHING}, // lwp
    {57, EXTENDED_1_C, 5, NOTHING},  // lzcnt
    {58, LEAF_1_C, 22, NOTHING},     // movbe
    {59, LEAF_7_C, 28, NOTHING},     // movdir64b
    {60, LEAF_7_C, 27, NOTHING},     // movdiri
    {61, EXTENDED_1_C, 29, NOTHING}, // mwaitx
    {63, LEAF_7_D, 18, NOTHING},     // pconfig
    {64, LEAF_7_C, 4, NOTHING},      // pku, as the system has turned it on
    {66, EXTENDED_1_C, 8, NOTHING},  // prfchw
    {67, LEAF_14_B, 4, NOTHING},     // ptwrite
    {68, LEAF_7_C, 22, NOTHING},     // rdpid
    {69, LEAF_1_C, 30, NOTHING},     // rdrnd
    {70, LEAF_7_B, 18, NOTHING},     // rdseed
    {71, LEAF_7_B, 11, NOTHING},     // rtm
    {72, LEAF_7_D, 14, NOTHING},     // serialize
    {73, LEAF_7_B, 2, NOTHING},      // sgx
    {74, LEAF_7_B, 29, NOTHING},     // sha
    {75, LEAF_7_C, 7, NOTHING},      // shstk
    {76, EXTENDED_1_C, 21, NOTHING}, // tbm
    {77, LEAF_7_D, 16, NOTHING},     // tsxldtrk
    {78, LEAF_7_C, 9, AVX},          // vaes
    {79, LEAF_7_C, 5, NOTHING},      // waitpkg
    {80, EXTENDED_8_B, 9, NOTHING},  // wbnoinvd
    {81, LEAF_1_C, 26, XSAVE},       // xsave
    {82, LEAF_D_1_A, 1, XSAVE},      // xsavec
    {83, LEAF_D_1_A, 0, XSAVE},      // xsaveopt
    {84, LEAF_D_1_A, 3, XSAVE},      // xsaves
    {85, LEAF_7_D, 24, AMX},         // amx-tile
    {86, LEAF_7_D, 25, AMX},         // amx-int8
    {87, LEAF_7_D, 22, AMX},         // amx-bf16
    {88, LEAF_7_D, 5, NOTHING},      // uintr
    {89, LEAF_7_1_A, 22, NOTHING},   // hreset
    {90, LEAF_7_C, 23, NOTHING},     // kl
    {92, LEAF_19_B, 2, NOTHING},     // widekl
    {93, LEAF_7_1_A, 4, AVX},        // avxvnni
    {94, LEAF_7_D, 23, AVX512},      // avx512fp16
    {99, LEAF_7_1_A, 23, AVX},       // avxifma
    {100, LEAF_7_1_D, 4, AVX},       // avxvnniint8
    {101, LEAF_7_1_D, 5, AVX},       // avxneconvert
    {102, LEAF_7_1_A, 7, NOTHING},   // cmpccxadd
    {103, LEAF_7_1_A, 21, AMX},      // amx-fp16
    {104, LEAF_7_1_D, 14, NOTHING},  // prefetchi
    {105, LEAF_7_1_A, 3, NOTHING},   // raoint
    {106, LEAF_7_1_D, 8, AMX},       // amx-complex
    {107, LEAF_7_1_D, 10, AVX},      // avxvnniint16
    {108, LEAF_7_1_A, 1, AVX},       // sm3
    {109, LEAF_7_1_A, 0, AVX},       // sha512
    {110, LEAF_7_1_A, 2, AVX},       // sm4
    {111, LEAF_7_1_D, 21, APX},      // apxf
    {112, LEAF_7_1_D, 15, NOTHING},  // usermsr
    {117, LEAF_1E_1_A, 7, AMX},      // amx-avx512
    {118, LEAF_1E_1_A, 6, AMX},      // amx-tf32
    {120, LEAF_1E_1_A, 4, AMX},      // amx-fp8
    {121, LEAF_7_1_A, 31, NOTHING},  // movrs
    {122, LEAF_1E_1_A, 8, AMX},      // amx-movrs
};

enum { AVX10 = 114, BASELINE = 95, LEVEL_2, LEVEL_3, LEVEL_4, COOPERLAKE = 23, CASCADELAKE = 21 };

// What the levels of x86-64 consist of, each together with the one before it.
static const unsigned char LEVEL_2_NEEDS[] = {46, 54, 2, 5, 6, 7, 8};
static const unsigned char LEVEL_3_NEEDS[] = {9, 10, 16, 17, 49, 14, 57, 58};
static const unsigned char LEVEL_4_NEEDS[] = {15, 21, 23, 22, 20};

enum { INTEL = 1, AMD, OTHER = 4 };

// Processors by vendor, family and models; the first line that fits counts.
static const struct {
    unsigned char vendor, family, first, last, type, subtype;
} MODELS[] = {
    {INTEL, 6, 0x0F, 0x0F, 2, 0},    {INTEL, 6, 0x16, 0x17, 2, 0},
    {INTEL, 6, 0x1D, 0x1D, 2, 0},    {INTEL, 6, 0x1A, 0x1A, 3, 1},
    {INTEL, 6, 0x1E, 0x1F, 3, 1},    {INTEL, 6, 0x2E, 0x2E, 3, 1},
    {INTEL, 6, 0x25, 0x25, 3, 2},    {INTEL, 6, 0x2C, 0x2C, 3, 2},
    {INTEL, 6, 0x2F, 0x2F, 3, 2},    {INTEL, 6, 0x2A, 0x2A, 3, 3},
    {INTEL, 6, 0x2D, 0x2D, 3, 3},    {INTEL, 6, 0x3A, 0x3A, 3, 12},
    {INTEL, 6, 0x3E, 0x3E, 3, 12},   {INTEL, 6, 0x3C, 0x3C, 3, 13},
    {INTEL, 6, 0x3F, 0x3F, 3, 13},   {INTEL, 6, 0x45, 0x46, 3, 13},
    {INTEL, 6, 0x3D, 0x3D, 3, 14},   {INTEL, 6, 0x47, 0x47, 3, 14},
    {INTEL, 6, 0x4F, 0x4F, 3, 14},   {INTEL, 6, 0x56, 0x56, 3, 14},
    {INTEL, 6, 0x4E, 0x4E, 3, 15},   {INTEL, 6, 0x5E, 0x5E, 3, 15},
    {INTEL, 6, 0x8E, 0x8E, 3, 15},   {INTEL, 6, 0x9E, 0x9E, 3, 15},
    {INTEL, 6, 0xA5, 0xA6, 3, 15},   {INTEL, 6, 0x55, 0x55, 3, 16},
    {INTEL, 6, 0x66, 0x66, 3, 17},   {INTEL, 6, 0x7D, 0x7E, 3, 18},
    {INTEL, 6, 0x6A, 0x6A, 3, 19},   {INTEL, 6, 0x6C, 0x6C, 3, 19},
    {INTEL, 6, 0x8C, 0x8D, 3, 22},   {INTEL, 6, 0x8F, 0x8F, 3, 24},
    {INTEL, 6, 0xCF, 0xCF, 3, 24},   {INTEL, 6, 0x97, 0x97, 3, 25},
    {INTEL, 6, 0x9A, 0x9A, 3, 25},   {INTEL, 6, 0xB7, 0xB7, 3, 25},
    {INTEL, 6, 0xBA, 0xBA, 3, 25},   {INTEL, 6, 0xBE, 0xBF, 3, 25},
    {INTEL, 6, 0xAA, 0xAA, 3, 25},   {INTEL, 6, 0xAC, 0xAC, 3, 25},
    {INTEL, 6, 0xA7, 0xA7, 3, 27},   {INTEL, 6, 0xAD, 0xAD, 3, 30},
    {INTEL, 6, 0xAE, 0xAE, 3, 31},   {INTEL, 6, 0xB5, 0xB5, 3, 32},
    {INTEL, 6, 0xC5, 0xC5, 3, 32},   {INTEL, 6, 0xC6, 0xC6, 3, 33},
    {INTEL, 6, 0xBD, 0xBD, 3, 33},   {INTEL, 6, 0xCC, 0xCC, 3, 34},
    {INTEL, 6, 0xD5, 0xD5, 3, 34},   {INTEL, 19, 0x01, 0x01, 3, 36},
    {INTEL, 18, 0x01, 0x03, 3, 37},  {INTEL, 6, 0x1C, 0x1C, 1, 0},
    {INTEL, 6, 0x26, 0x27, 1, 0},    {INTEL, 6, 0x35, 0x36, 1, 0},
    {INTEL, 6, 0x37, 0x37, 6, 0},    {INTEL, 6, 0x4A, 0x4A, 6, 0},
    {INTEL, 6, 0x4C, 0x4D, 6, 0},    {INTEL, 6, 0x5A, 0x5A, 6, 0},
    {INTEL, 6, 0x5D, 0x5D, 6, 0},    {INTEL, 6, 0x57, 0x57, 7, 0},
    {INTEL, 6, 0x85, 0x85, 11, 0},   {INTEL, 6, 0x5C, 0x5C, 12, 0},
    {INTEL, 6, 0x5F, 0x5F, 12, 0},   {INTEL, 6, 0x7A, 0x7A, 13, 0},
    {INTEL, 6, 0x86, 0x86, 14, 0},   {INTEL, 6, 0x8A, 0x8A, 14, 0},
    {INTEL, 6, 0x96, 0x96, 14, 0},   {INTEL, 6, 0x9C, 0x9C, 14, 0},
    {INTEL, 6, 0xAF, 0xAF, 17, 0},   {INTEL, 6, 0xB6, 0xB6, 18, 0},
    {INTEL, 6, 0xDD, 0xDD, 19, 0},   {AMD, 0x10, 2, 2, 4, 4},
    {AMD, 0x10, 4, 4, 4, 5},         {AMD, 0x10, 8, 8, 4, 6},
    {AMD, 0x10, 0, 0xFF, 4, 0},      {AMD, 0x14, 0, 0xFF, 8, 0},
    {AMD, 0x15, 2, 2, 5, 8},         {AMD, 0x15, 0, 0x0F, 5, 7},
    {AMD, 0x15, 0x10, 0x1F, 5, 8},   {AMD, 0x15, 0x30, 0x3F, 5, 9},
    {AMD, 0x15, 0x60, 0x7F, 5, 10},  {AMD, 0x15, 0, 0xFF, 5, 0},
    {AMD, 0x16, 0, 0xFF, 9, 0},      {AMD, 0x17, 0, 0x2F, 10, 11},
    {AMD, 0x17, 0x30, 0xFF, 10, 20}, {AMD, 0x19, 0, 0x0F, 15, 26},
    {AMD, 0x19, 0x10, 0x1F, 15, 29}, {AMD, 0x19, 0x20, 0x5F, 15, 26},
    {AMD, 0x19, 0x60, 0xFF, 15, 29}, {AMD, 0x1A, 0, 0x4F, 20, 35},
    {AMD, 0x1A, 0x60, 0x77, 20, 35}, {AMD, 0x1A, 0, 0xFF, 20, 0},
};

static void set(unsigned feature) {
    unsigned bit = 1u << feature % 32;
    if (feature < 32)
        __cpu_model.features[0] |= bit;
    else
        __cpu_features2[feature / 32 - 1] |= bit;
}

static bool has(unsigned feature) {
    unsigned word = feature < 32 ? __cpu_model.features[0] : __cpu_features2[feature / 32 - 1];
    return word >> feature % 32 & 1;
}

static bool has_all(const unsigned char *features, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (!has(features[i]))
            return false;
    return true;
}

// The registers of one leaf, zeros if there is none.
typedef struct {
    unsigned a, b, c, d;
} Registers;

static Registers leaf(unsigned number, unsigned part) {
    Registers r = {0, 0, 0, 0};
    if (!__get_cpuid_count(number, part, &r.a, &r.b, &r.c, &r.d))
        memset(&r, 0, sizeof r);
    return r;
}

static unsigned vendor(void) {
    Registers r = leaf(0, 0);
    char name[12];
    memcpy(name, &r.b, 4);
    memcpy(name + 4, &r.d, 4);
    memcpy(name + 8, &r.c, 4);
    return memcmp(name, "GenuineIntel", 12) == 0   ? INTEL
           : memcmp(name, "AuthenticAMD", 12) == 0 ? AMD
                                                   : OTHER;
}

static void find_model(unsigned signature) {
    unsigned family = signature >> 8 & 15, model = signature >> 4 & 15;
    if (family == 6 || family == 15)
        model |= signature >> 12 & 0xF0;
    if (family == 15)
        family += signature >> 20 & 0xFF;
    for (unsigned i = 0; i < sizeof MODELS / sizeof *MODELS; i++)
        if (MODELS[i].vendor == __cpu_model.vendor && MODELS[i].family == family &&
            MODELS[i].first <= model && model <= MODELS[i].last) {
            __cpu_model.type = MODELS[i].type;
            __cpu_model.subtype = MODELS[i].subtype;
            break;
        }
    // One model, three processors.
    if (__cpu_model.subtype == 16 && __cpu_model.vendor == INTEL)
        __cpu_model.subtype = has(36) ? COOPERLAKE : has(34) ? CASCADELAKE : 16;
}

// The states that the system saves when it changes threads.
static void find_states(bool saved[STATES], bool has_xgetbv) {
    unsigned low = 0, high;
    if (has_xgetbv)
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    saved[NOTHING] = true;
    saved[XSAVE] = has_xgetbv;
    saved[AVX] = (low & 0x6) == 0x6;
    saved[AVX512] = (low & 0xE6) == 0xE6;
    saved[AMX] = (low & 0x60000) == 0x60000;
    saved[APX] = low >> 19 & 1;
}

// Runs before other constructors, and by itself where an indirect function is resolved before.
__attribute__((constructor(101))) int __cpu_indicator_init(void) {
    if (__cpu_model.vendor != 0)
        return 0;
    __cpu_model.vendor = vendor();
    Registers one = leaf(1, 0), seven = leaf(7, 0);
    unsigned subleaves = seven.a;
    Registers more = subleaves >= 1 ? leaf(7, 1) : (Registers){0, 0, 0, 0};
    unsigned words[WORDS] = {
        [LEAF_1_C] = one.c,
        [LEAF_1_D] = one.d,
        [LEAF_7_B] = seven.b,
        [LEAF_7_C] = seven.c,
        [LEAF_7_D] = seven.d,
        [LEAF_7_1_A] = more.a,
        [LEAF_7_1_D] = more.d,
        [LEAF_D_1_A] = leaf(0xD, 1).a,
        [LEAF_14_B] = leaf(0x14, 0).b,
        [LEAF_19_B] = leaf(0x19, 0).b,
        [LEAF_1E_1_A] = leaf(0x1E, 1).a,
        [EXTENDED_1_C] = leaf(0x80000001, 0).c,
        [EXTENDED_8_B] = leaf(0x80000008, 0).b,
    };
    bool saved[STATES];
    find_states(saved, one.c >> 27 & 1);
    for (unsigned i = 0; i < sizeof FEATURES / sizeof *FEATURES; i++)
        if (words[FEATURES[i].word] >> FEATURES[i].bit & 1 && saved[FEATURES[i].state])
            set(FEATURES[i].number);
    if (more.d >> 19 & 1 && saved[AVX512])
        for (unsigned version = leaf(0x24, 0).b & 0xFF; version > 0; version--)
            if (version <= 2)
                set(AVX10 + 2 * (version - 1));
    set(BASELINE);
    if (has_all(LEVEL_2_NEEDS, sizeof LEVEL_2_NEEDS)) {
        set(LEVEL_2);
        if (has_all(LEVEL_3_NEEDS, sizeof LEVEL_3_NEEDS)) {
            set(LEVEL_3);
            if (has_all(LEVEL_4_NEEDS, sizeof LEVEL_4_NEEDS))
                set(LEVEL_4);
        }
    }
    find_model(one.a);
    return 0;
}
#else
// Nothing: a context is a module, and this one defines what x86-64 alone has.
typedef int Empty;
#endif
