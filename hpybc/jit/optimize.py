"""LLVM's optimisation pipeline as hpybc uses it; a change here changes ``identity.PIPELINE``."""

from __future__ import annotations

from typing import Any

from hpybc.jit import target as _target
from hpybc.jit.link import Module


def machine(target: _target.Target) -> Any:
    """The TargetMachine for ``target``, for position-independent code at -O3."""
    return (
        _target.llvm()
        .Target.from_triple(target.triple)
        .create_target_machine(
            cpu=target.cpu, features=target.features, opt=3, reloc="pic", codemodel="default"
        )
    )


def optimize(module: Module, target: _target.Target) -> None:
    """Optimises ``module`` in place for ``target``."""
    binding = _target.llvm()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = True
    builder = binding.create_pass_builder(machine(target), options)
    # A context defines the whole API; what the extension does not use goes before it costs time.
    sweep(module, target)
    builder.getModulePassManager().run(module, builder)


def sweep(module: Module, target: _target.Target) -> None:
    """Removes from ``module`` what is neither visible outside nor used."""
    binding = _target.llvm()
    options = binding.create_pipeline_tuning_options()
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_always_inliner_pass()
    passes.add_global_opt_pass()
    passes.run(module, binding.create_pass_builder(machine(target), options))
