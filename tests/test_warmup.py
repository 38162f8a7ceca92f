"""`warmup` of every package reaches every kernel that Python calls: afterwards none is without compiled code."""

import json
import subprocess
import sys

import pytest

from nlpjourney.cli.compiled import PACKAGE, packages_with_kernels

# In one process, as a kernel of one package may call one of another, which is then compiled as a part of it.
LIST = """
import importlib, json, pkgutil, sys
from numba.core.dispatcher import Dispatcher
kernels, called = {}, set()
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    package.warmup()
    for module in pkgutil.iter_modules(package.__path__, name + "."):
        if not module.ispkg and not module.name.endswith("__main__"):
            for value in list(vars(importlib.import_module(module.name)).values()):
                for kernel in value if isinstance(value, tuple) else (value,):
                    if isinstance(kernel, Dispatcher) and kernel.py_func.__module__ == module.name:
                        kernels[module.name, kernel.py_func.__qualname__] = kernel
for kernel in kernels.values():
    function = kernel.py_func
    names = function.__code__.co_names
    reached = [function.__globals__[name] for name in names if name in function.__globals__]
    modules = [value for value in reached if hasattr(value, "__spec__")]
    reached += [getattr(module, name) for module in modules for name in names if hasattr(module, name)]
    reached += [cell.cell_contents for cell in function.__closure__ or ()]
    called |= {id(value) for value in reached}
cold = {name: [] for name in sys.argv[1:]}
for (module, name), kernel in sorted(kernels.items()):
    if not kernel.signatures and id(kernel) not in called:
        cold[module.rpartition(".")[0]].append(name)
print(json.dumps({"seen": len(kernels), "cold": cold}))
"""
NAMES = packages_with_kernels()
STAND_INS = {"_add_bytes", "_add_nibbles"}  # for processors without VNNI


@pytest.fixture(scope="module")
def compiled():
    done = subprocess.run(
        [sys.executable, "-c", LIST, *NAMES], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.xdist_group("warmup")
@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_is_compiled(compiled, name):
    assert compiled["seen"] > 100
    assert set(compiled["cold"][name]) <= STAND_INS


def test_every_package_with_kernels_has_a_warmup():
    found = {
        file.parent
        for file in PACKAGE.rglob("*.py")
        if any(line.startswith("from numba import") and "njit" in line for line in file.read_text("utf-8").splitlines())
    }
    assert {".".join(folder.relative_to(PACKAGE.parent).parts) for folder in found} <= set(NAMES)
