"""Fixtures that compile and load extensions, each on both engines."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import hypothesis
import hypothesis.strategies
import pytest

import hpybc
from hpybc.loader.recipe import ENGINES
from hpybc.toolchain.compile import Options
from tools import forks
from tools.extensions import STRICT, Extensions
from tools.support import MORTAL

# A fixture that loads a module serves every example of a test.
hypothesis.settings.register_profile(
    "hpybc",
    max_examples=200,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
# For sessions in which every example takes long: see tests/memory.
hypothesis.settings.register_profile(
    "few", hypothesis.settings.get_profile("hpybc"), max_examples=5, derandomize=True, database=None
)
hypothesis.settings.load_profile("hpybc")

exec(MORTAL)

DEFAULTS = Options()
EXAMPLES = Path(__file__).parent.parent / "examples"

#: The folders whose tests are about what the code of an extension does.
OF_CODE = ("api", "examples", "modes")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=(*ENGINES, "both"),
        help="run only the tests that use this engine; or with both what by default runs with one:"
        " tests of the API, the examples and the modes that are not marked `linking`",
    )
    parser.addoption(
        "--long",
        action="store_true",
        help="run the tests that take long, too, which by default run if their file is named",
    )
    parser.addoption(
        "--cold",
        action="store_true",
        help="start an interpreter for every build, as users have it; see tools/forks.py",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = config.getoption("engine")
    named = {config.invocation_params.dir / argument.partition("::")[0] for argument in config.args}

    def in_time(item: pytest.Item) -> bool:
        is_long = item.get_closest_marker("long") is not None
        return config.getoption("long") or not is_long or item.path in named

    def of_engine(item: pytest.Item) -> bool:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        engine = parameters.get("engine")
        if engine is None or chosen == "both":
            return True
        if chosen is not None:
            return bool(engine == chosen)
        # The machine code is the same: twice as many tests would find nothing more.
        is_linking = item.get_closest_marker("linking") is not None
        return engine == "shared" or item.path.parent.name not in OF_CODE or is_linking

    def wanted(item: pytest.Item) -> bool:
        return in_time(item) and of_engine(item)

    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """hypothesis looks for who refers to its random numbers, which is to be before that freezes."""

    @hypothesis.settings(max_examples=1, database=None)
    @hypothesis.given(hypothesis.strategies.none())
    def nothing(_: None) -> None:
        pass

    nothing()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that collects garbage need not go through all that pytest holds: 80 ms each time."""
    gc.freeze()
    forks.use(not item.config.getoption("cold") and item.get_closest_marker("cold") is None)


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(pytestconfig, "workerinput") else base


@pytest.fixture(scope="session", autouse=True)
def cache_dir(run_dir: Path) -> Iterator[Path]:
    """A cache of the run's own: no test sees an image of another day's code."""
    folder = run_dir / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(folder))
    yield folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    monkeypatch.setenv("HPYBC_CACHE_DIR", str(path))
    return path


@pytest.fixture(scope="session")
def compiled(run_dir: Path) -> Callable[..., Path]:
    """compiled(source, options) -> the bitcode file of a source; see tools/extensions.py."""
    folder = Path(os.environ.get("HPYBC_TESTS_COMPILED") or run_dir / "compiled")
    folder.mkdir(exist_ok=True)
    extensions = Extensions(folder)

    def compile_once(source: Path, options: Options = DEFAULTS) -> Path:
        return extensions.compiled(source, options)

    return compile_once


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways machine code gets into the process."""
    name: str = request.param
    monkeypatch.setenv("HPYBC_ENGINE", name)
    return name


@pytest.fixture
def load_example(engine: str, compiled: Callable[..., Path]) -> Callable[[str], ModuleType]:
    """load_example(name) -> the module of examples/<name>.c, on both engines in turn."""
    return lambda name: hpybc.load(compiled(EXAMPLES / f"{name}.c", STRICT))
