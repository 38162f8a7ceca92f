"""The library stands alone: what the core of the package depends on is all that its modules need to be imported."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from nlpjourney.cli.lock import needed_here
from nlpjourney.text.syntax.silver import parsed_by_spacy, spacy_english
from nlpjourney.text.vectorize import CountVectorizer

IMPORT_ALL = """
import importlib, json, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"{name} does not belong to the core", name=name)

refused = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Refuse())
import nlpjourney

def missing(error):
    raise error

above = ("nlpjourney.study", "nlpjourney.app", "nlpjourney.cli")
names = [m.name for m in pkgutil.iter_modules(nlpjourney.__path__, "nlpjourney.") if m.name not in above]
for top in list(names):
    module = importlib.import_module(top)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), top + ".", onerror=missing):
        last = found.name.rpartition(".")[2]
        if not last.startswith(("generate_", "runner", "__main__")):  # what runs when it is loaded
            importlib.import_module(found.name)
            names.append(found.name)
from nlpjourney.tasks.search import BM25Index
print(json.dumps(names))
"""


def test_every_module_of_the_library_can_be_imported_with_the_core_alone():
    core = {canonicalize_name(requirement.name) for requirement in needed_here()} | {"nlp-journey"}
    owners = packages_distributions()
    refused = [module for module, owner in owners.items() if not core & {canonicalize_name(name) for name in owner}]
    assert {"sklearn", "spacy", "click", "IPython", "matplotlib"} <= set(refused) and "numpy" not in refused
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(refused)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) > 150


def test_where_a_peer_is_needed_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)  # as if it were not installed
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn, or give a list of your own"):
        CountVectorizer(stop_words="english").fit(["the cat"])
    monkeypatch.setitem(sys.modules, "spacy", None)
    spacy_english.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="pip install spacy"):
        parsed_by_spacy(["The cat sat."])


def test_the_command_without_what_learners_need_says_what_to_install():
    code = "import sys; sys.modules['click'] = None; from nlpjourney.cli import main"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "pip install 'nlp-journey[learn]'" in done.stderr and "Traceback" not in done.stderr
