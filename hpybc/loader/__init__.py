"""From a file to a module.

``bitcode`` reads and verifies the file, ``contexts`` says what it is linked with, ``definitions``
takes out what nobody calls then, ``module`` makes the module, and ``importer`` is what the import
system sees of it.
"""
