"""Collects what no ``import`` statement of hpybc names: contexts, lists of the API, and modes."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("hpybc", subdir="contexts")
datas += collect_data_files("hpybc", subdir="include", includes=["**/*.def"])
hiddenimports = ["hpybc.debug", "hpybc.trace", *collect_submodules("hpybc.loader")]
hiddenimports += collect_submodules("hpybc.jit")
