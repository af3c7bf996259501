"""This process and those that it starts, without a word about bitcode.

``programs`` starts every program and ends it with its parent. ``child`` makes a call in a Python
process of its own, ``thread`` one in a thread of this process. ``progress`` shows and logs what a
build is busy with. ``copy`` lends a file to load a shared object from; ``mappings`` counts what
this process has mapped.
"""
