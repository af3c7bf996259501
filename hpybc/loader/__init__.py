"""From a file to a module: an extension becomes an image by a recipe.

What a warm load goes through: ``importer`` is what the import system sees of a file, ``extension``
is what is in it, ``recipe`` says how its image is made and what that is called, ``prebuilt`` finds
one that was shipped, and ``loading`` makes the module. What a cold load needs as well: ``manifest``
says what is true of the file, ``entry`` what function makes the module, and ``build`` makes the
image with the ``contexts`` for the mode, without the ``definitions`` that nobody calls then.
``memory`` is for machines without a linker. ``export`` makes binaries for others.
"""
