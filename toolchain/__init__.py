"""The half of hpybc that needs a C compiler: sources in, bitcode out. No load imports it.

``clang`` finds a compiler, ``compile`` makes bitcode files of extensions, ``contexts`` compiles the
C sources in ``context/`` for one interpreter. Installed as ``hpybc.toolchain``.
"""
