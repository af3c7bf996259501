"""The boxed context's Python half: handles that are values, where C cannot see into objects.

On PyPy, and on any interpreter that has cffi, an extension's calls of the API lead here unless C
can answer them by itself (``toolchain/context/boxed``). There is a module for each object family,
as there are C files in the context for CPython:

- ``state``: the memory that both halves share, and the context's table;
- ``table``: the objects that have handles; ``structs``: those of instances;
- ``handles``: from a Python object to a handle and back; ``constants``: the context's own;
- ``functions``: the functions of the API as functions of objects, by their names;
- ``calls``: how Python calls a function of the extension;
- ``types``, ``slots``, ``members``: the types that an extension defines;
- ``modules``: its module; ``image``: machine code by lld.

docs/boxed.md explains how it works, and what an interpreter has to provide.
"""
