"""What a load does when there is no image yet: it makes one, or waits for another's."""

from __future__ import annotations

from hpybc import log
from hpybc.cache import sealed, store
from hpybc.cache.turns import turn
from hpybc.jit import image
from hpybc.jit.engine import engines
from hpybc.loader import contexts, extension, key, recipe
from hpybc.process.progress import shown


def image_of(data: bytes, path: str, name: str, mode: str) -> tuple[str, str | None, bytes]:
    """The engine of the image, its file in the cache, and its content.

    The file may be gone by the time it is opened: others prune the cache as well.

    Args:
        data: what is in the file.
        path: the bitcode file.
        name: the module's name.
        mode: see ``hpybc.load``.

    Raises:
        LoadError: the file is damaged, not for this machine, or cannot be compiled.
    """
    log.configure()
    source = extension.parse(data, path)
    allowed = engines()
    engine = allowed[0] if len(allowed) == 1 or image.can_link() else "memory"
    key.forget()
    entry = extension.entry_point(name)
    stored = key.of(data, entry, mode, engine)
    with turn(stored):
        found = store.lookup(stored)
        made = None if found is None else sealed.content(found)
        if made is not None:
            return engine, found, made
        with shown(f"compiling {path} for this machine"):
            content, makers = recipe.extension(source, entry, mode, engine=engine)
            if source.manifest is None:
                from hpybc.loader import trial

                trial.run(content, name, mode, engine)
        stored = key.of(data, entry, mode, engine, makers)
        label = f"{name} {mode} {contexts.interpreter_tag()} {path}"
        return engine, store.store(stored, content, label), content
