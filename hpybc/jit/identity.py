"""What decides over machine code besides its source: the machine, LLVM, and LLVM's passes.

Cheap to ask, because every process that loads does: nothing here imports llvmlite, unless the
system does not say which processor it has.
"""

from __future__ import annotations

import os
import sys

#: LLVM's passes over an extension that is linked with its contexts, by LLVM's names of them. First
#: goes what the extension does not use, before it costs time. An array that only the API reads is a
#: constant: known before the rest, all that follows makes use of it.
PASSES = ("globaldce", "always-inline", "globalopt", "default<O3>")

#: As LLVM has it in its own pipelines. Without the option LLVM ends the process if one round is not
#: enough.
_INSTCOMBINE = "instcombine<no-verify-fixpoint>"

#: The same for an extension that uses nothing of a context and was optimised as a whole when it was
#: compiled (``toolchain.ahead``). What is left is what depends on the processor: to vectorise and
#: to unroll, in the order of ``default<O3>``, and to clean up. llvmlite has none of these alone.
PASSES_AFTER_CLANG = (
    "function<eager-inv>(loop-vectorize,infer-alignment,loop-load-elim"
    f",{_INSTCOMBINE},simplifycfg,slp-vectorizer,vector-combine,{_INSTCOMBINE},loop-unroll<O3>"
    f",sroa<preserve-cfg>,infer-alignment,{_INSTCOMBINE},loop-mssa(licm)"
    ",alignment-from-assumptions,div-rem-pairs,simplifycfg)",
    "globaldce",
)

#: LLVM's names of architectures, where the operating system has another.
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}

#: A processor's vendor, family, model and features, as the kernel finds drivers by: on x86-64 all
#: that LLVM derives a CPU and its features from. A hundredth of /proc/cpuinfo on a large machine,
#: and unlike that never measures frequencies.
_MODALIAS = "/sys/devices/system/cpu/modalias"

#: What LLVM goes by on AArch64, where the former has no model.
_MIDR = "/sys/devices/system/cpu/cpu0/regs/identification/midr_el1"

#: The same properties in /proc/cpuinfo, for where there is no /sys.
_CPUINFO = (b"vendor_id", b"cpu family", b"model", b"stepping", b"flags", b"CPU ", b"Features")


def architecture() -> str:
    """The first part of an LLVM triple for this machine, ``x86_64`` for example."""
    machine = os.uname().machine.lower()
    return _ARCHITECTURES.get(machine, machine)


def triple() -> str:
    """The LLVM triple of this machine."""
    return f"{architecture()}-unknown-linux-gnu"


def processor() -> bytes:
    """What differs between processors that LLVM would compile differently for."""
    machine, own = triple(), _content(_MODALIAS)
    if not own:
        # The processors of a machine are alike: the first one's lines end with an empty one.
        lines = _content("/proc/cpuinfo").partition(b"\n\n")[0].splitlines(keepends=True)
        own = b"".join(line for line in lines if line.startswith(_CPUINFO))
    if not own:
        # Nobody but LLVM asks the processor itself. That takes longer than a load, but images for
        # other processors must not be found.
        own = _asked()
    if machine.startswith("aarch64"):
        own += _content(_MIDR)
    return machine.encode() + own


def _asked() -> bytes:
    """The processor as LLVM knows it; what no other process has if there is no LLVM either."""
    from hpybc.errors import LLVMMissingError
    from hpybc.jit.target import host, usable

    try:
        return repr(host()).encode() if usable() else os.urandom(16)
    except LLVMMissingError:
        return os.urandom(16)


def libc() -> str:
    """The C library of this process, ``glibc 2.36`` for example: images ask for its versions."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):  # another C library
        return ""


def llvmlite() -> bytes:
    """What differs between versions of llvmlite; nothing if it is not installed.

    llvmlite carries its LLVM, so that its version stands for LLVM's. What is installed is read
    from its file. Where there is none, as in a frozen application, the package itself says it,
    which imports no LLVM.
    """
    for folder in sys.path:
        found = _content(folder, "llvmlite", "_version.py")
        if found:
            version = found.partition(b"version_version = '")[2].partition(b"'")[0]
            return version or found  # the former, unless a later llvmlite writes it otherwise
    try:
        return _imported()
    except Exception:  # it is not installed, or a broken installation
        return b""


def loaded_llvmlite() -> bytes:
    """The same of the llvmlite that this process has loaded, and builds with.

    That is another one than ``llvmlite`` names if it was upgraded meanwhile.
    """
    version, installed = _imported(), llvmlite()
    return installed if b"'%b'" % version in b"'%b'" % installed else version


def _imported() -> bytes:
    from llvmlite import __version__

    return str(__version__).encode()


def linker() -> bytes:
    """What differs between versions of ``image.linker()``; nothing if there is none.

    lld has an LLVM of its own, which compiles. To ask a program for its version is not cheap, but
    hardly two versions have the same size.
    """
    programs = [os.path.join(folder, "ziglang", "zig") for folder in sys.path if folder]
    found_on = os.environ.get("PATH", os.defpath).split(os.pathsep)
    programs += [os.path.join(folder, name) for name in ("ld.lld", "ld") for folder in found_on]
    for program in programs:
        found = program_of(program)
        if found:
            return found
    return b""


def program_of(path: str) -> bytes:
    """What differs between versions of the linker ``path``; nothing if it is not there."""
    try:
        return f"{os.path.basename(path)} {os.stat(path).st_size}".encode()
    except (OSError, ValueError):  # as below
        return b""


def _content(*path: str) -> bytes:
    """The first 64 KB of a file, read at once: the kernel would make its own files twice."""
    try:
        file = os.open(os.path.join(*path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(file, 1 << 16)
        finally:
            os.close(file)
    except (OSError, ValueError, TypeError):  # there is none, or no file can have such a name
        return b""
