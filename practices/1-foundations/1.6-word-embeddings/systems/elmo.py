# /// script
# requires-python = ">=3.11"
# dependencies = ["simple-elmo==0.9.2", "tensorflow-cpu==2.21.0", "tf-keras", "h5py"]
# ///
"""simple-elmo runs the TensorFlow graph of the ELMo authors' first program on the weights of our own model.

The published weights (AllenNLP's) cannot be had from a package index, so a model of ours stands in, trained here for some
seconds on news. What is shown is that both programs compute the same vectors from the same file.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

N_SENTENCES = 5  # in one batch: that program's memory runs on from one batch to the next


def train(folder: Path) -> None:
    """With our Python: a model in that program's names and layout, sentences, and our vectors of them."""
    import re

    import numpy as np
    import torch

    torch.set_num_threads(1)

    from nlpjourney.assets import corpora
    from nlpjourney.nets.elmo import ELMo

    texts = corpora.lee_news()[0]
    sentences = [re.findall(r"[A-Za-z']+", s) for text in texts for s in text.split(". ")]
    sentences = [words for words in sentences if 2 < len(words) <= 40]
    train_on, held_out = sentences[:800], sentences[-100:]
    model = ELMo.from_sentences(train_on, 1000, d_hidden=128)
    before = model.loss(held_out).item()
    model.fit(train_on, learning_rate=5e-3)
    after = model.loss(held_out).item()

    encoder = model.encoder
    arrays = {"char_embed": encoder.characters.weight[1:]}
    for i, filter_ in enumerate(encoder.convolutions):
        arrays[f"CNN/W_cnn_{i}"] = filter_.weight.permute(2, 1, 0)[None]
        arrays[f"CNN/b_cnn_{i}"] = filter_.bias
    for i, (carry, transform) in enumerate(zip(encoder.carry, encoder.transform)):
        for name, layer in (("carry", carry), ("transform", transform)):
            arrays[f"CNN_high_{i}/W_{name}"] = layer.weight.T
            arrays[f"CNN_high_{i}/b_{name}"] = layer.bias
    arrays["CNN_proj/W_proj"], arrays["CNN_proj/b_proj"] = encoder.projection.weight.T, encoder.projection.bias
    for direction, layers in enumerate((model.to_right, model.to_left)):
        for i, layer in enumerate(layers):
            root = f"RNN_{direction}/RNN/MultiRNNCell/Cell{i}/LSTMCell/"
            # TensorFlow's gates come as i, g, f, o, and it adds 1 to the bias of f.
            into, forget, cell, out = torch.cat([layer.weight_ih, layer.weight_hh], dim=1).chunk(4)
            arrays[root + "W_0"] = torch.cat([into, cell, forget, out]).T
            into, forget, cell, out = layer.bias.chunk(4)
            arrays[root + "B"] = torch.cat([into, cell, forget - 1, out])
            arrays[root + "W_P_0"] = layer.weight_hr.T
    np.savez(folder / "weights.npz", **{name: array.detach().numpy() for name, array in arrays.items()})
    first = model.to_right[0]
    options = {
        "lstm": {
            "dim": first.d_hidden,
            "projection_dim": first.d_proj,
            "n_layers": len(model.to_right),
            "cell_clip": first.clip,
            "proj_clip": first.clip,
            "use_skip_connections": True,
        },
        "char_cnn": {
            "n_characters": 262,
            "max_characters_per_token": model.max_chars,
            "filters": model.filters,
            "activation": "relu",
            "embedding": {"dim": encoder.characters.embedding_dim},
            "n_highway": len(encoder.carry),
        },
    }
    (folder / "options.json").write_text(json.dumps(options))
    (folder / "vocab.txt").write_text("\n".join(model.words) + "\n", encoding="utf-8")
    some = held_out[:N_SENTENCES]
    np.savez(folder / "vectors.npz", **{str(i): vectors for i, vectors in enumerate(model.encode(some))})
    report = {"sentences": some, "before": before, "after": after}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")


def compare(folder: Path) -> None:
    """With simple-elmo's Python: write the HDF5 file, load the folder, compare."""
    os.environ |= {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    import h5py
    import numpy as np
    from simple_elmo import ElmoModel

    subprocess.run([os.environ["NLP_JOURNEY_PYTHON"], __file__, str(folder)], check=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    with h5py.File(folder / "model.hdf5", "w") as file:
        for name, array in np.load(folder / "weights.npz").items():
            file.create_dataset(name, data=array)
    model = ElmoModel()
    model.load(str(folder), max_batch_size=N_SENTENCES)
    theirs = model.get_elmo_vectors(report["sentences"], warmup=False, layers="all")
    ours = np.load(folder / "vectors.npz")
    largest, n_words = 0.0, 0
    for i, sentence in enumerate(report["sentences"]):
        got = ours[str(i)]
        assert got.shape == (3, len(sentence), theirs.shape[-1]), got.shape
        largest = max(largest, float(np.abs(got - theirs[i, :, : len(sentence)]).max()))
        n_words += len(sentence)
    assert largest < 1e-4, largest
    assert report["after"] < report["before"], report
    result = (
        f"AllenNLP's weights could not be had; on ours (loss on unseen news {report['before']:.2f} to {report['after']:.2f} "
        f"nats a word) its vectors of {n_words} words in 3 layers equal ours to {largest:.0e}"
    )
    print(json.dumps({"version": version("simple-elmo"), "result": result}))


if len(sys.argv) > 1:
    train(Path(sys.argv[1]))
else:
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))
