"""The version of hpybc, for the package, the manifests and the cache keys."""

__version__ = "0.1.0"
