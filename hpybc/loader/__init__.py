"""From a file to a module.

``bitcode`` reads and verifies the file, ``contexts`` says what it is linked with, ``module`` makes
the module, and ``importer`` is what the import system sees of it.
"""
