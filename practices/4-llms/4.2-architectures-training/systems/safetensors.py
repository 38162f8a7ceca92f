"""safetensors: the file of a model that was trained here, read by the package, and one that the package wrote, read by us."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from nlpjourney.llm.models import Llama
from nlpjourney.llm.training import Pretrainer, PretrainingConfig
from nlpjourney.llm.training.stories import prepare, small_llama, town_stories


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = prepare(town_stories(100), folder, 400)
        model = small_llama(data.bpe.vocab_size, 64, 2, data.end)
        for _ in Pretrainer(model, data.training, PretrainingConfig(n_steps=5, batch_size=8, length=64)).run():
            pass
        model.save_pretrained(folder)
        file = folder / "model.safetensors"
        theirs, ours = load_file(file), model.weights()
        assert theirs.keys() == ours.keys()
        assert all(torch.equal(theirs[name], ours[name]) for name in ours)
        with safe_open(file, "pt") as f:  # one tensor without the others, by memory map
            assert torch.equal(f.get_slice("model.embed_tokens.weight")[3:5], model.embed_tokens.weight[3:5])
        size = file.stat().st_size
        save_file(theirs, file, metadata={"format": "pt"})
        again = Llama.from_pretrained(folder)
        assert all(torch.equal(a, b) for a, b in zip(again.parameters(), model.parameters()))
        file.write_bytes(file.read_bytes()[:-10])
        for read in (load_file, lambda _: Llama.from_pretrained(folder)):
            try:
                read(file)
            except (SafetensorError, ValueError):
                continue
            raise AssertionError("a cut file was read")
        result = (
            f"{len(ours)} tensors of a trained model ({size:,} bytes) equal bit for bit in both directions; "
            "a cut file is refused by both"
        )
    print(json.dumps({"version": version("safetensors"), "result": result}))


main()
