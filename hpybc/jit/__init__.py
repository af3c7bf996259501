"""From bitcode to machine code. Knows nothing of HPy or of Python modules.

``target`` says what machine to compile for, ``link`` joins modules, ``optimize`` runs LLVM's
pipeline, ``build`` is the pure function from bitcode to object code made of the three, and
``image`` makes something loadable of that. Only this package imports llvmlite, and only when
something has to be built.
"""
