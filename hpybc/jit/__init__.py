"""From bitcode to machine code. Knows nothing of HPy or of Python modules.

``target`` says what machine to compile for, ``link`` joins modules, ``optimize`` runs LLVM's
pipeline, ``build`` is the pure function from bitcode to object code made of the three, and
``image`` makes something loadable of that. ``cache`` keeps it, in files that are ``sealed``;
``turns`` has one builder build what several want, and ``upkeep`` removes what was not used for
long. ``child`` is the process that builds, as LLVM may end it. Only this package imports llvmlite,
and only when something has to be built.
"""
