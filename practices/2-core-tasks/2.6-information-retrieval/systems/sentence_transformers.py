# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["sentence-transformers==6.2.0", "torch==2.13.0", "numpy>=2"]
# ///
"""sentence-transformers on the same model: its vectors and ours are equal, and so are its search results and ours.

Runs in an environment of its own (`journey system sentence-transformers`). Ours are computed by the interpreter named in
NLP_JOURNEY_PYTHON and handed over in files.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

# The model is a local folder: nothing is to be looked up.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}

import numpy as np
from sentence_transformers import SentenceTransformer, util

QUERIES = ["a fire that destroyed houses", "wages and trade unions", "war in the Middle East"]

OURS = """
import json, sys
from pathlib import Path
import numpy as np
from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.sentence_encoder import SentenceEncoder
from nlpjourney.tasks.search.semantic import SemanticIndex
folder, queries = Path(sys.argv[1]), json.loads(sys.argv[2])
texts = corpora.lee_news()[1][:30] + ["", "naïve café 東京 👩‍💻", "long " * 1000]
encoder = SentenceEncoder.minilm()
vectors = encoder.encode(texts)
np.save(folder / "vectors.npy", vectors)
index = SemanticIndex(texts, encoder, vectors=vectors)
found = [[hit.doc for hit in index.search(query, 5)] for query in queries]
(folder / "work.json").write_text(json.dumps({"texts": texts, "model": str(assets.path("minilm")), "found": found}))
"""


def main() -> None:
    python = os.environ.get("NLP_JOURNEY_PYTHON")
    if not python:
        sys.exit(
            "NLP_JOURNEY_PYTHON must name the interpreter of NLP Journey: run `journey system sentence-transformers`"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Files, not the program's output: progress bars and warnings may print what they like.
        subprocess.run([python, "-c", OURS, name, json.dumps(QUERIES)], check=True, timeout=600)
        work = json.loads((folder / "work.json").read_text())
        ours = np.load(folder / "vectors.npy")

    model = SentenceTransformer(work["model"], device="cpu")
    assert model.max_seq_length == 256, model.max_seq_length
    theirs = model.encode(work["texts"], convert_to_numpy=True)
    assert theirs.shape == ours.shape, (theirs.shape, ours.shape)
    difference = float(np.abs(theirs - ours).max())
    assert difference < 1e-4, f"vectors differ by up to {difference}"

    hits = util.semantic_search(model.encode(QUERIES), theirs, top_k=5)
    found = [[hit["corpus_id"] for hit in row] for row in hits]
    assert found == work["found"], (found, work["found"])
    result = (
        f"{len(ours)} texts: vectors differ from ours by at most {difference:.1e}; "
        f"the same 5 texts, in the same order, for {len(QUERIES)} queries"
    )
    print(json.dumps({"version": version("sentence-transformers"), "result": result}))


if __name__ == "__main__":
    main()
