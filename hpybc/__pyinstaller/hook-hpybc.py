"""Collects what no ``import`` statement of hpybc names: contexts, modes, and their versions."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("hpybc", subdir="contexts")
hiddenimports = ["hpybc.debug", "hpybc.trace", *collect_submodules("hpybc.loader")]
hiddenimports += collect_submodules("hpybc.jit")
