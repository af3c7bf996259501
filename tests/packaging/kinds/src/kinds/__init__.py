"""Extensions of each kind: in C, in C++, and in a package within the package."""
