"""From a project's folder to a wheel: what build systems ask of hpybc.

``settings`` reads what pyproject.toml says of extension modules, and ``keyword`` what setup.py
says; ``build`` compiles one, and ``images`` makes what is shipped with it. ``setuptools`` is the
entry point of both, ``abi`` what the modules may become, and ``tags`` for whom the wheel is.
``cmake`` is what ``find_package`` finds. ``stub`` is the file by which ``import`` finds bitcode;
``rebuild`` keeps that of an editable install up to date. ``new`` makes a project.
"""
