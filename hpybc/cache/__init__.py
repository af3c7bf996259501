"""The cache of finished images, see ``docs/cache.md``.

``store`` finds and keeps an image by its key, in a file that is ``sealed``. ``turns`` lets one
builder build what several processes want, and ``upkeep`` removes what nobody used for long. A warm
load reads from the store and imports nothing else of this package but ``sealed``.
"""
