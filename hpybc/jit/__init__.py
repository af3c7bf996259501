"""From bitcode to machine code. Knows nothing of HPy or of Python modules.

``target`` says what machine to compile for, ``link`` joins modules, ``optimize`` runs LLVM's
pipeline, ``build`` is the pure function from bitcode to object code made of the three, ``cache``
keeps results, ``image`` makes something loadable of them, and ``child`` is for building in a
process of its own. Only this package imports llvmlite, and only when something has to be built.
"""
