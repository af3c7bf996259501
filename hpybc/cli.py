"""The `hpybc` command."""


def main() -> int:
    return 0
