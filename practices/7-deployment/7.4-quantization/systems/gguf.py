"""llama.cpp's own package for its files beside our reader and quantizer: every tensor and every simple type, bit for bit."""

import json
from importlib.metadata import version

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize, quantize

from nlpjourney import assets
from nlpjourney.llm.gguf import GGMLType, GGUFFile
from nlpjourney.llm.gguf.dequantize import dequantize as ours_back
from nlpjourney.llm.gguf.quantize import quantize as ours_there

path = assets.path("smollm2-135m-instruct")
ours, theirs = GGUFFile(path), GGUFReader(path)
assert [t.name for t in theirs.tensors] == list(ours.tensors)
weights = 0
for tensor in theirs.tensors:
    numbers = dequantize(tensor.data, tensor.tensor_type)
    got = ours.tensor(tensor.name)
    assert np.array_equal(got.view(np.uint32), numbers.reshape(got.shape).view(np.uint32)), tensor.name
    weights += got.size
assert len(ours.metadata) == len([key for key in theirs.fields if not key.startswith("GGUF.")])

numbers = ours.tensor("blk.0.ffn_up.weight")
types = ("F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1")
for name in types:
    their_type, our_type = GGMLQuantizationType[name], GGMLType[name]
    data = quantize(numbers, their_type)
    assert np.array_equal(ours_there(numbers, our_type), np.asarray(data).view(np.uint8).reshape(-1)), name
    back = ours_back(np.ascontiguousarray(data).view(np.uint8).reshape(-1), our_type)
    assert np.array_equal(back, dequantize(data, their_type).reshape(-1)), name

rng = np.random.default_rng(0)
for name in ("Q4_K", "Q5_K", "Q6_K"):  # the package reads these, it does not write them
    data = ours_there(rng.normal(size=(64, 512)).astype(np.float32), GGMLType[name])
    back = ours_back(data, GGMLType[name])
    their_back = dequantize(data.reshape(64, -1), GGMLQuantizationType[name]).reshape(-1)
    assert np.array_equal(back.view(np.uint32), their_back.view(np.uint32)), name

result = (
    f"SmolLM2: {len(ours.tensors)} tensors, {weights / 1e6:.0f} million weights equal bit for bit; "
    f"quantizing to {', '.join(types)} gives the same bytes; Q4_K, Q5_K and Q6_K are read the same"
)
print(json.dumps({"version": version("gguf"), "result": result}))
