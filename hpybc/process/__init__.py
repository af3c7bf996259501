"""This process and those that it starts, without a word about bitcode.

``programs`` runs every program, in a ``group`` that ends with this process. ``child`` makes a call
in a Python process of its own, ``thread`` one in a thread of this process. ``progress`` shows and
logs what a build is busy with. ``folder`` makes folders for temporary files, ``copy`` lends a file
to load a shared object from, and ``mappings`` counts what this process has mapped.
"""
