"""Files that are replaced as a whole, or left as they were."""

from __future__ import annotations

import os


def replace(path: str, data: bytes, mode: int = 0o666) -> None:
    """Replaces the file ``path`` in one step, or makes it. A device, or a pipe, is written to.

    Args:
        path: the file.
        data: its new content.
        mode: its permissions, less those that the process's umask takes.

    Raises:
        OSError: it cannot be written; of ``path``, whatever file the attempt was made with.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "wb") as file:
            file.write(data)
        return
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException as error:  # a signal's, too
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError) and error.filename == temporary:
            raise OSError(error.errno, error.strerror, path) from None
        raise
