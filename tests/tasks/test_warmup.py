"""`warmup` reaches every kernel that Python calls: afterwards none is without compiled code."""

import subprocess
import sys

LIST = """
import importlib, pkgutil
import nlpjourney.tasks
from numba.core.dispatcher import Dispatcher
nlpjourney.tasks.warmup()
kernels = {}
for module in pkgutil.walk_packages(nlpjourney.tasks.__path__, "nlpjourney.tasks."):
    if module.name.endswith((".encoder", ".__main__")):  # no kernels, and a slow import
        continue
    for name, value in vars(importlib.import_module(module.name)).items():
        if isinstance(value, Dispatcher):
            kernels[name] = value
# A kernel that another one calls is compiled as a part of it.
called = {name for kernel in kernels.values() for name in kernel.py_func.__code__.co_names}
print("seen", len(kernels))
print("cold", *sorted(name for name, kernel in kernels.items() if name not in called and not kernel.signatures))
"""


def test_every_kernel_is_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    seen, cold = (line.split() for line in done.stdout.splitlines())
    assert int(seen[1]) > 15
    assert cold == ["cold"]
