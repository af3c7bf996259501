"""Command lines that the help shows. Tests run them."""

#: What the help of each command ends with; "" is that of hpybc itself.
EXAMPLES = {
    "": [
        "hpybc new shapes",
        "hpybc compile point.c -o point.bc",
        "hpybc inspect point.bc",
        "hpybc doctor",
        "hpybc --cmake-dir",
    ],
    "new": ["hpybc new shapes", "hpybc new meshes --c++"],
    "compile": [
        "hpybc compile point.c -o point.bc",
        "hpybc compile point.c -O3 -g -DNDEBUG -I include --prebuild -o point.bc",
        "hpybc compile point.c --stub -MD -MF point.d -o point.bc",
    ],
    "cc": [
        "CC='hpybc cc' python -m pip wheel .",
        "hpybc cc -c point.c -o point.o",
        "hpybc cc -shared point.o -o point.bc",
    ],
    "c++": ["CXX='hpybc c++' python -m pip wheel ."],
    "ar": ["AR='hpybc ar' CC='hpybc cc' make"],
    "prebuild": ["hpybc prebuild point.bc", "hpybc prebuild -j 4 shapes/*.bc"],
    "export": [
        "hpybc export point.bc --abi cpython",
        "hpybc export point.bc --abi universal -o point.hpy0.so",
    ],
    "bench": [
        "hpybc bench point.bc --setup 'p = m.Point(3.0, 4.0)' -s 'p.norm()'",
        "hpybc bench point.bc --setup 'p = m.Point(3.0, 4.0)' -s 'p.norm()' --json new.json",
    ],
    "inspect": ["hpybc inspect point.bc", "hpybc inspect --json point.bc"],
    "stubgen": ["hpybc stubgen point.bc", "hpybc stubgen point.bc -o point.pyi"],
    "cache": ["hpybc cache info"],
    "cache info": ["hpybc cache info", "hpybc cache info --json"],
    "cache list": ["hpybc cache list"],
    "cache clear": ["hpybc cache clear"],
    "cache prune": ["hpybc cache prune --size 500M"],
    "doctor": ["hpybc doctor"],
}
