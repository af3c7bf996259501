"""LLVM's passes as llvmlite runs them; those over an extension are ``identity.PASSES``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hpybc.jit import identity as _identity
from hpybc.jit import target as _target
from hpybc.jit.module import Module


def machine(target: _target.Target) -> Any:
    """The TargetMachine for ``target``, for position-independent code at -O3."""
    return (
        _target.llvm()
        .Target.from_triple(target.triple)
        .create_target_machine(
            cpu=target.cpu, features=target.features, opt=3, reloc="pic", codemodel="default"
        )
    )


def object_code(module: Module, target: _target.Target) -> bytes:
    """The relocatable object file that ``module`` is compiled to, as it is."""
    code: bytes = machine(target).emit_object(module.reference)
    return code


#: Of LLVM's names of passes, the methods of llvmlite. Pipelines have a function of their own.
_PASSES = {
    "globaldce": "add_global_dead_code_eliminate_pass",
    "always-inline": "add_always_inliner_pass",
    "globalopt": "add_global_opt_pass",
}


def optimize(module: Module, target: _target.Target) -> None:
    """Optimises ``module`` in place for ``target``, by ``identity.PASSES``."""
    for name in _identity.PASSES:
        if name in _PASSES:
            _run(module, target, _PASSES[name])
        else:
            assert name == "default<O3>"
            _run_pipeline(module, target, level=3, loops=True)


def simplify(module: Module, target: _target.Target) -> None:
    """Does to ``module``, a context, in place what need not be done again in every extension.

    Loops keep their form: they are unrolled and vectorised where they are inlined, if at all.
    """
    _run_pipeline(module, target, level=1, loops=False)


def promote(module: Module, target: _target.Target) -> None:
    """Turns the variables of ``module``'s functions into values, in place, and nothing else.

    A function of such a form is inlined without the branches that constant arguments exclude.
    """
    _run(module, target, "add_always_inliner_pass", "add_sroa_pass", "add_simplify_cfg_pass")


def _run_pipeline(module: Module, target: _target.Target, *, level: int, loops: bool) -> None:
    binding = _target.llvm()
    options = binding.create_pipeline_tuning_options(speed_level=level)
    options.loop_unrolling = options.loop_vectorization = options.slp_vectorization = loops
    builder = binding.create_pass_builder(machine(target), options)
    with _freed(builder.getModulePassManager()) as manager:
        manager.run(module.reference, builder)


def sweep(module: Module, target: _target.Target) -> None:
    """Removes from ``module`` what is neither visible outside nor used."""
    _run(module, target, _PASSES["globaldce"])


def _run(module: Module, target: _target.Target, *passes: str) -> None:
    binding = _target.llvm()
    options = binding.create_pipeline_tuning_options()
    with _freed(binding.create_new_module_pass_manager()) as manager:
        for name in passes:
            getattr(manager, name)()
        manager.run(module.reference, binding.create_pass_builder(machine(target), options))


@contextmanager
def _freed(manager: Any) -> Iterator[Any]:
    """``manager``, whose passes, and what they remember of modules, are freed after the block.

    llvmlite 0.50 frees none of it: another base class hides the method that would.
    """
    from llvmlite.binding.newpassmanagers import NewPassManager

    try:
        yield manager
    finally:
        NewPassManager._dispose(manager)
        manager.detach()  # a later llvmlite may free it, too
