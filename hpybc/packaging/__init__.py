"""From sources to a package: what build systems call, and what they put beside a bitcode file.

``stub`` is the file by which ``import`` finds bitcode, and ``cmake`` what ``find_package`` finds.
"""
