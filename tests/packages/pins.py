"""The packages that ``nox -s packages`` builds, and how each one's own tests are run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Package:
    """A source distribution and what it takes to judge a build of it.

    Attributes:
        name: the name on the index or, without a ``version``, of a folder in ``own``.
        version: the release.
        sdist: the SHA-256 of the source distribution.
        wheels: the SHA-256 of the released wheel for each interpreter, ``"3.11"``. Where there is
            none the comparison is a build of the source distribution by the system's compiler.
        modules: the extension modules that the tests must have imported, by full name.
        tests: files and folders of the source distribution that are copied to a place of their
            own, so that the tests cannot import the sources next to them.
        arguments: what pytest is told, from that place.
        environment: variables for the build and the tests, which come before the session's own.
        setup: what ``statement`` needs.
        statement: what the speed of the two builds is compared by.
        quick: whether it is one of the three that CI runs; these need no compiler besides hpybc.
        remark: what a reader of the table must know.
    """

    name: str
    version: str = ""
    sdist: str = ""
    wheels: dict[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests",)
    arguments: tuple[str, ...] = ("tests",)
    environment: dict[str, str] = field(default_factory=dict)
    setup: str = "pass"
    statement: str = "pass"
    quick: bool = False
    remark: str = ""


PACKAGES = (
    Package(
        "markupsafe",
        "3.0.4",
        sdist="2e9ad7dd851bf45fab9f75cbff4cb493fee9979e8d8c7c9c3ee119022518edd6",
        wheels={
            "3.11": "6da83a088f8ef93b2d483a8232a4dbf4d69d3d8496b568a03c56becac43e1808",
            "3.13": "434139499bb20b502ed3baa1f169e618f924a97e7a777fea1a49446d80106cf6",
        },
        modules=("markupsafe._speedups",),
        setup="from markupsafe import escape; s = 'a < b & c > d, ' * 20",
        statement="escape(s)",
        quick=True,
    ),
    Package(
        "simplejson",
        "4.3.0",
        sdist="ffe34ab51a0d37e6d1c661a5672df00d2d5e18804e38eac07abffb83fa5ec3d7",
        wheels={
            "3.11": "06306ed92b3860802ad9dd7fe88f122a7360b01e3936b8a355d6d689bb2bb774",
            "3.13": "2091df1a8ad3ab6920d5f47527548cfd7a636bc09d91b824db23c7e0c1ddbef2",
        },
        modules=("simplejson._speedups",),
        tests=(),
        arguments=("--pyargs", "simplejson.tests"),
        setup="import simplejson as j; "
        "s = j.dumps({'k%d' % i: [i, str(i), i / 7, None, {'a': True}] for i in range(100)})",
        statement="j.dumps(j.loads(s))",
        quick=True,
    ),
    Package(
        "ujson",
        "6.1.0",
        sdist="aef7ea4cd9e2e9f8a35c4538a9780d58c80d76c5da66a8dad269b4cc6d930c29",
        wheels={
            "3.11": "1134719e111d00d81f185972a1180f35219027b05683d8999e2c893edd849c1b",
            "3.13": "b6f56bd474e726627b25d245c6c7c77f74c0cc36de6c08a49036b641936735e9",
        },
        modules=("ujson",),
        setup="import ujson as j; "
        "s = j.dumps({'k%d' % i: [i, str(i), i / 7, None, {'a': True}] for i in range(100)})",
        statement="j.dumps(j.loads(s))",
    ),
    Package(
        "msgpack",
        "1.2.4",
        sdist="475c44e12f2a5de766a8448783f149c9b33f3f49b88953c6cd739a77d93c732c",
        wheels={
            "3.11": "a45ceb5f199d5e388f28b550ba881096a3740d4bda10e661d77f59d9a2e8187a",
            "3.13": "7fabd415c41e62006c6641fcdf5b3e866f581c4e11c58328c0d0f69584b9577d",
        },
        modules=("msgpack._cmsgpack",),
        tests=("test",),
        arguments=("test",),
        setup="import msgpack as m; "
        "s = m.packb({'k%d' % i: [i, str(i), i / 7, None, {'a': True}] for i in range(100)})",
        statement="m.packb(m.unpackb(s))",
        quick=True,
    ),
    Package(
        "frozenlist",
        "1.8.0",
        sdist="3ede829ed8d842f6cd48fc7081d7a41001a56f1f38603f9d49bf3020d59a31ad",
        wheels={
            "3.11": "2552f44204b744fba866e573be4c1f9048d6a324dfe14475103fd51613eb1d1f",
            "3.13": "fb30f9626572a76dfe4293c7194a09fb1fe93ba94c7d4f720dfae3b646b45027",
        },
        modules=("frozenlist._frozenlist",),
        setup="from frozenlist import FrozenList; f = FrozenList(range(100)); f.freeze()",
        statement="f[50]; len(f); 99 in f; hash(f)",
    ),
    Package(
        "multidict",
        "7.2.1",
        sdist="e8af3e6f1bdbc31fd762b094133b478b89988eaebc63cbe82b1d9e3bbd15cede",
        wheels={
            "3.11": "3b7542fad2706595c1b1853b46f2c3c4ae5cc5a6252b7225f294d607a29e1bdf",
            "3.13": "cd69c99affd1b4debc1f9a53058ea6e3a9b34f2e733840bb45891666cd8ede0a",
        },
        modules=("multidict._multidict",),
        tests=("tests", "tools"),
        arguments=("tests", "-m", "not leaks and not hypothesis", "--ignore-glob=*_benchmarks.py"),
        setup="from multidict import CIMultiDict; "
        "d = CIMultiDict(('Header-%d' % i, str(i)) for i in range(20))",
        statement="d.add('x', '1'); d.getall('header-7'); d.pop('X')",
    ),
    Package(
        "bitarray",
        "3.12.3",
        sdist="919e35a951c0a551631b94bf568f3f5e38d004e0c60866cb2ca51bd8c4778fec",
        wheels={
            "3.11": "99a11f9e6c4f8321ad1305cfe1ef81fda375210ca64b3e308ed0acf118a188db",
            "3.13": "e8f2762fdab90ee294cc14192e91d496ea24990ca9fe28d3627775a0d2773c6e",
        },
        modules=("bitarray._bitarray", "bitarray._util"),
        tests=(),
        arguments=("--pyargs", "bitarray.test_bitarray", "bitarray.test_util"),
        setup="from bitarray import bitarray; a = bitarray('0110' * 250); b = ~a",
        statement="(a & b).count(); (a << 7).find(1); a.tolist()",
    ),
    Package(
        "pyrsistent",
        "0.20.0",
        sdist="4c48f78f62ab596c679086084d0dd13254ae4f3d6c72a83ffdf5ebdef8f265a4",
        wheels={"3.11": "cae40a9e3ce178415040a0383f00e8d68b569e97f31928a3a8ad37e3fde6df6a"},
        modules=("pvectorc",),
        arguments=("-o", "python_files=*_test.py", "tests"),
        setup="from pyrsistent import pvector; v = pvector(range(1000))",
        statement="v.append(1).set(500, 2)[500]",
    ),
    Package(
        "lazy-object-proxy",
        "1.13.0",
        sdist="ce34046cb021d69c72d05ddb83821ecfd4d2d0a5d43a93c5cd01c9e34779cf14",
        wheels={
            "3.11": "2b7f9f7b383145de190ee1df58e15e9f4a65b8e3eb417a250430e864b978ff92",
            "3.13": "4046337019bd862440764930dffc47747a36b2e5d74346f0d404eadf1e3e6fa7",
        },
        modules=("lazy_object_proxy.cext",),
        arguments=("tests", "--benchmark-disable"),
        setup="from lazy_object_proxy import Proxy; p = Proxy(lambda: 41); p + 1",
        statement="p + 1; p < 3; str(p)",
    ),
    Package(
        "kiwisolver",
        "1.5.1",
        sdist="f1303ef2eec81262a4b708c3e858afe58d7c75ad91c1c05266eda7673369859a",
        wheels={
            "3.11": "95a02752aa032eef4aed01cda6d9b687c669bd0396bf4519eef8bba22a286720",
            "3.13": "74ad5c3dad54a4641b4c28cd15ded70899d04459c6c7aeacafea716be97cce6d",
        },
        modules=("kiwisolver._cext",),
        tests=("py/tests",),
        setup="from kiwisolver import Solver, Variable; v = [Variable(str(i)) for i in range(20)]",
        statement="s = Solver()\n"
        "for a, b in zip(v, v[1:]): s.addConstraint(a + 5 <= 2 * b)\n"
        "s.addEditVariable(v[0], 'strong'); s.suggestValue(v[0], 7); s.updateVariables()",
    ),
    Package(
        "xxhash",
        "4.1.0",
        sdist="c9b288e4c1f5dae54417bc8a05e6f6daf505783d916b4783f4dd2f2e7d5db486",
        wheels={
            "3.11": "5e713f5db9e1a8aafac59a45cc1ffce11ca507730f5dc12e212ea7b73d9debde",
            "3.13": "9ec781ad63129c8559d035cf0b876a3843c8ebb6e423c3e8742b3e9a92124b39",
        },
        modules=("xxhash._xxhash",),
        setup="import xxhash; d = bytes(range(256)) * 256",
        statement="xxhash.xxh3_64_intdigest(d); xxhash.xxh64_intdigest(d)",
    ),
    Package(
        "Levenshtein",
        "0.27.5",
        sdist="22021caf5867a46fae5ab927bbdcb430599d7e5ee3898449cbbe430ff07b7d08",
        wheels={
            "3.11": "d3442d95115ae4e82e5d8e02d5bb04c00606b6bb80d8937de6190ba2091441a0",
            "3.13": "ee1e234479dbd3e5afebf21981356d4bbfbed53b10b08b37eff0d0a9567921cb",
        },
        modules=("Levenshtein.levenshtein_cpp",),
        environment={"SKBUILD_BUILD_DIR": "build"},
        setup="from Levenshtein import editops, median; "
        "a, b = 'the quick brown fox ' * 5, 'a quack brawn fix ' * 5",
        statement="editops(a, b); median([a, b])",
    ),
    Package(
        "zstandard",
        "0.25.0",
        sdist="7713e1179d162cf5c7906da876ec2ccb9c3a9dcbdffef0cc7f70c3667a205f0b",
        wheels={
            "3.11": "9300d02ea7c6506f00e627e287e0492a5eb0371ec1670ae852fefffa6164b072",
            "3.13": "8e735494da3db08694d26480f1493ad2cf86e99bdd53e8e9771b2752a5c0246a",
        },
        modules=("zstandard.backend_c",),
        environment={"SETUPTOOLS_EXT_SUFFIX": ""},
        setup="import zstandard; c = zstandard.ZstdCompressor(); "
        "d = zstandard.ZstdDecompressor(); b = b'some words, again and again; ' * 2000",
        statement="d.decompress(c.compress(b))",
        remark="its `setup.py` fails under a recent setuptools if `SETUPTOOLS_EXT_SUFFIX` is set. "
        "So the build makes a shared object and the `.bc` beside it, and the tests have the `.bc`.",
    ),
    Package(
        "greenlet",
        "3.5.6",
        sdist="8e67c43bdfc88d5fee6db0d3e40175b362fc95fb85f0412d233b9b203c53a575",
        wheels={
            "3.11": "1c20ea32a73d17b9b60e3371240e17b0068120c98a5ec01a224a7dd8c89733ba",
            "3.13": "f98e8215e172f567ce80eeaed9107fb4d32b6c44f26983d9b8334658136a205a",
        },
        modules=("greenlet._greenlet", "greenlet.tests._test_extension"),
        tests=(),
        arguments=("--pyargs", "greenlet.tests"),
        setup="from greenlet import greenlet\n"
        "def run():\n    while True: main.switch()\n"
        "main = greenlet.getcurrent(); g = greenlet(run)",
        statement="g.switch()",
    ),
    Package(
        "PyYAML",
        "6.0.4",
        sdist="e24bf71af8a432d7808fabff134d38dfe16d3cbb41f2873bb4b1e42422de0a1a",
        modules=("yaml._yaml",),
        environment={"PYYAML_FORCE_LIBYAML": "1"},
        setup="import yaml; s = 'a: [1, 2, {b: c}]\\nd: text\\n' * 1",
        statement="yaml.load(s, yaml.CSafeLoader)",
        remark="both builds have the system's libyaml (`libyaml-dev`). The wheel brings a later "
        "one, whose limit of nesting the skipped tests are for.",
    ),
    Package(
        "cython_own",
        modules=("cython_own",),
        tests=("checks.py",),
        arguments=("checks.py",),
        setup="import cython_own as m; v = m.Vector(1.0, 2.0)",
        statement="(v + v).dot(v); m.fibonacci(30)",
    ),
    Package(
        "cffi_own",
        modules=("_cffi_own",),
        tests=("checks.py",),
        arguments=("checks.py",),
        setup="from _cffi_own import ffi, lib; a = ffi.new('int[]', list(range(100)))",
        statement="lib.total(a, 100)",
    ),
    Package(
        "pybind11_own",
        modules=("pybind11_own",),
        tests=("checks.py",),
        arguments=("checks.py",),
        setup="import pybind11_own as m; c = m.Counter('a')",
        statement="c.add(3); m.join(['a', 'b', 'c'], '-')",
    ),
    Package(
        "nanobind_own",
        modules=("nanobind_own",),
        environment={"SKBUILD_BUILD_DIR": "build"},
        tests=("checks.py",),
        arguments=("checks.py",),
        setup="import nanobind_own as m; c = m.Counter('a')",
        statement="c.add(3); m.join(['a', 'b', 'c'], '-')",
    ),
)
