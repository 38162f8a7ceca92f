"""Transformers: a model that was trained here is opened by it: the same tokens, logits, loss and greedy text."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from nlpjourney.llm.generation import Options, generate
from nlpjourney.llm.sampling import Sampler
from nlpjourney.llm.training import Pretrainer, PretrainingConfig, evaluate
from nlpjourney.llm.training.stories import export, prepare, small_llama, town_stories


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = prepare(town_stories(300), folder, 512)
        model = small_llama(data.bpe.vocab_size, 96, 2, data.end)
        for _ in Pretrainer(model, data.training, PretrainingConfig(n_steps=80, batch_size=8, length=64)).run():
            pass
        model.eval()
        export(model, data.bpe, folder)
        theirs, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
        texts = town_stories(5, first_seed=90)
        assert [tokenizer(text)["input_ids"] for text in texts] == [data.bpe.encode(text) for text in texts]
        ids = data.validation[:513]
        with torch.no_grad():
            rows = torch.as_tensor(ids[:512]).view(8, 64)
            out = theirs(rows)
            apart = float((model(rows) - out.logits).abs().max())
            targets = torch.as_tensor(ids[1:513])
            their_loss = float(torch.nn.functional.cross_entropy(out.logits.flatten(0, 1), targets))
        our_loss = evaluate(model, ids, 64)
        assert apart < 1e-4 and abs(our_loss - their_loss) < 1e-5, (apart, our_loss, their_loss)
        prompt = tokenizer("One Monday morning,", return_tensors="pt")
        written = theirs.generate(**prompt, max_new_tokens=40, do_sample=False, pad_token_id=data.end)[0]
        n = prompt["input_ids"].shape[1]
        how = Options(sampler=Sampler(greedy=True), max_new_tokens=40, stop=[data.end])
        greedy = generate(model, prompt["input_ids"][0].tolist(), how).ids
        assert greedy == [i for i in written[n:].tolist() if i != data.end]
        result = (
            f"a Llama trained here ({model.n_parameters:,} numbers): logits at most {apart:.0e} apart, "
            f"loss {our_loss:.3f} in both, the same tokens for 5 stories and the same {len(greedy)} greedy tokens"
        )
    print(json.dumps({"version": version("transformers"), "result": result}))


main()
