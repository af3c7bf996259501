"""What valgrind reports of a memcheck session: ``python report.py FOLDER REPORT [KIND...]``.

An error is ours if an image is on one of its stacks, be it that of the error, or that where the
block was allocated or freed or the uninitialised value made. Images lie in FOLDER/cache or bear the
name that the loader gives to private copies. Blocks that are lost count if an image allocated them;
what the interpreter loses at its end does not.

The kinds of errors named are those to expect in our code, none otherwise. Exits with 1 if there are
others, or not all of them.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from xml.etree.ElementTree import Element


def main(folder: str, report: str, *expected: str) -> int:
    """Prints each error and a line that sums up; returns the exit status."""
    images = os.path.join(os.path.realpath(folder), "cache", "")
    ours, elsewhere, lost = [], 0, 0
    for error in ElementTree.parse(report).getroot().iter("error"):
        kind = error.findtext("kind", "")
        if any(is_of_image(frame, images) for frame in error.iter("frame")):
            ours.append(kind)
        elif kind.startswith("Leak_"):
            lost += 1
            continue
        else:
            elsewhere += 1
        print("\n".join(described(error, images)), end="\n\n")
    print(
        f"memcheck: errors in our code: {len(ours)}, elsewhere: {elsewhere} "
        f"(and {lost} places where the interpreter alone loses blocks)"
    )
    if expected:
        print(f"expected: {', '.join(expected)}; found: {', '.join(ours)}")
    return 1 if sorted(ours) != sorted(expected) or elsewhere else 0


def is_of_image(frame: Element, images: str) -> bool:
    path = frame.findtext("obj", "")
    return path.startswith(images) or os.path.basename(path) == "image.so"


def described(error: Element, images: str) -> Iterator[str]:
    """The error's kind and stacks, down to the interpreter's function that called the image."""
    text = error.findtext("what") or error.findtext("xwhat/text") or ""
    yield f"{error.findtext('kind')}: {text}"
    for part in error:
        if part.tag == "auxwhat":
            yield f"  {part.text}"
        elif part.tag == "stack":
            frames = part.findall("frame")
            last = max((n for n, f in enumerate(frames) if is_of_image(f, images)), default=8)
            for frame in frames[: last + 2]:
                place = frame.findtext("file") or os.path.basename(frame.findtext("obj", "?"))
                line = frame.findtext("line", "")
                yield f"    {frame.findtext('fn', '?')} ({place}:{line})"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
