"""From a project's folder to a wheel: what build systems ask of hpybc.

``settings`` reads what pyproject.toml says of extension modules, ``build`` compiles one.
"""
