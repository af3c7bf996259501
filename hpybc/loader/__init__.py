"""From a file to a module.

What a warm load goes through: ``importer`` is what the import system sees of a file, ``extension``
reads it, ``key`` says what its image is called, ``prebuilt`` finds one that was shipped with it,
and ``loading`` makes the module. What a cold load needs as well: ``build`` has an image made by
``recipe``, of the ``contexts`` that it is linked with, without the ``definitions`` that nobody
calls then; ``memory`` is for machines without a linker. ``export`` makes binaries for others.
"""
