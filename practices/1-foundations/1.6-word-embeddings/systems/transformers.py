"""Transformers' BERT with the weights of all-MiniLM-L6-v2: the vectors of every token equal those of our encoder."""

import json

import torch
import transformers

from nlpjourney import assets
from nlpjourney.llm.sentence_encoder import SentenceEncoder

encoder = SentenceEncoder.minilm()
theirs = transformers.BertModel.from_pretrained(str(assets.path("minilm")), add_pooling_layer=False).eval()
sentences = ["The bank raised its interest rates.", "They sat on the bank of the river."]
largest, banks = 0.0, []
for sentence in sentences:
    ids = torch.tensor([list(encoder.tokenizer.encode_batch([sentence], add_special_tokens=True)[0])])
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        expected = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
        got = encoder.model.encode(ids, mask.bool())
    largest = max(largest, float((got - expected).abs().max()))
    banks.append(got[0, ids[0].tolist().index(encoder.tokenizer.encode("bank")[0])])
assert largest < 1e-4, largest
cosine = float(torch.cosine_similarity(*banks, dim=0))
assert cosine < 0.9, cosine
result = f"token vectors equal ours to {largest:.0e}; the two banks of money and river have a cosine of {cosine:.2f}"
print(json.dumps({"version": transformers.__version__, "result": result}))
