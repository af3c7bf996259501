"""The memory of instances that are a struct and no more: where it comes from and goes to."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SIZES = [8, 12, 16, 24, 111, 112, 4000]


@pytest.fixture(params=SIZES)
def kind(request: pytest.FixtureRequest, module: ModuleType) -> Any:
    return getattr(module, f"Bytes{request.param}")


def size(kind: Any) -> int:
    return len(kind().read())


def test_instances_are_made_of_zeros(kind: Any) -> None:
    """Also of what others left behind, more of them than are kept."""
    zeros = bytes(size(kind))
    for _ in range(3):
        instances = [kind() for _ in range(200)]
        assert len(set(map(id, instances))) == 200
        assert all(instance.read() == zeros for instance in instances)
        for number, instance in enumerate(instances):
            instance.fill(number % 128)
        for number, instance in enumerate(instances):
            assert instance.read() == bytes([number % 128]) * len(zeros)
        del instances[::2], instance


def test_sizes_do_not_meet(module: ModuleType) -> None:
    """What an instance of one size left serves none of another."""
    kinds = [getattr(module, f"Bytes{size}") for size in SIZES]
    for _ in range(2):
        instances = [kind() for kind in kinds * 100]
        for number, instance in enumerate(instances):
            instance.fill(number % 100)
        for number, instance in enumerate(instances):
            assert set(instance.read()) == {number % 100}
        del instance
        gc.collect()
        instances.reverse()
        del instances


def test_each_dies_once(module: ModuleType, kind: Any) -> None:
    gc.collect()  # of other tests' instances none is left to die meanwhile
    before = module.destroyed()
    instances = [kind() for _ in range(300)]
    assert module.destroyed() == before
    del instances
    assert module.destroyed() == before + 300


def test_type_is_counted(kind: Any) -> None:
    """Instances hold a reference to their type while they live."""
    before = sys.getrefcount(kind)
    instances = [kind() for _ in range(100)]
    alive = sys.getrefcount(kind)
    del instances
    assert sys.getrefcount(kind) == before
    assert alive in (before, before + 100)  # without a GIL the count is not exact


def test_memory_does_not_grow(kind: Any) -> None:
    """A bounded number of those that died is kept."""

    def many() -> int:
        instances = [kind() for _ in range(2000)]
        del instances
        gc.collect()
        return sys.getallocatedblocks()

    many()
    before = many()
    assert many() - before < 100


def test_subclasses_and_finalizers(module: ModuleType) -> None:
    """Python code gives instances a dict, or the type a finalizer, at any time."""
    seen = []

    class Sub(module.Bytes24):  # type: ignore[misc, name-defined]
        def __del__(self) -> None:
            seen.append(self.name)

    before = module.destroyed()
    for name in ("a", "b"):
        sub = Sub()
        assert sub.read() == bytes(24)
        sub.fill(7)
        sub.name = name
        del sub
    assert seen == ["a", "b"]
    assert module.destroyed() == before + 2

    revived = []
    with pytest.MonkeyPatch.context() as patch:
        revive = lambda self: revived.append(self)  # noqa: E731
        patch.setattr(module.Bytes24, "__del__", revive, raising=False)
        module.Bytes24().fill(9)
    assert [instance.read() for instance in revived] == [bytes([9]) * 24]
    assert module.destroyed() == before + 2
    revived.clear()
    assert module.destroyed() == before + 3
    assert module.Bytes24().read() == bytes(24)


def test_heads_are_written_as_a_whole(compiled: Callable[..., Path]) -> None:
    """Since 3.14 flags stand beside the count; what memory held before must not be taken for them.

    glibc fills what it hands out, see MALLOC_PERTURB_ in mallopt(3); CPython takes from it what is
    larger than 512 bytes.
    """
    code = """if True:
        import hpybc, sys
        module = hpybc.load(sys.argv[1])
        instances = [module.Bytes4000() for _ in range(100)]
        del instances
        assert module.destroyed() == 100, module.destroyed()
        """
    environment = {**os.environ, "MALLOC_PERTURB_": "86"}
    path = os.fspath(compiled(Path(__file__).with_suffix(".c")))
    subprocess.run([sys.executable, "-I", "-c", code, path], env=environment, check=True)
