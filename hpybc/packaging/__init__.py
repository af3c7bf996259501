"""From a project's folder to a wheel: what build systems ask of hpybc.

``settings`` reads what pyproject.toml says of extension modules, and ``build`` compiles one.
``setuptools`` is its entry point, ``cmake`` what ``find_package`` finds. ``stub`` is the file by
which ``import`` finds bitcode; ``rebuild`` keeps that of an editable install up to date. ``tags``
says for whom a wheel is. ``new`` makes a project.
"""
