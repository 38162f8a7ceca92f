"""Hugging Face tokenizers: trains BPE to our merges, opens what we save, and we open what it saves."""

import json
import tempfile
from importlib.metadata import version

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE, Unigram, WordPiece
from nlpjourney.text.tokenize.bpe_json import oniguruma
from nlpjourney.text.tokenize.byte_alphabet import from_chars

VOCAB_SIZE = 8000
texts = [line for article in corpora.wikipedia().values() for line in article.splitlines(keepends=True)]

peer = Tokenizer(models.BPE())
peer.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(oniguruma("cl100k")), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
peer.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
peer.train_from_iterator(
    texts, trainers.BpeTrainer(vocab_size=VOCAB_SIZE, initial_alphabet=alphabet, show_progress=False)
)
merges = [tuple(map(from_chars, pair)) for pair in json.loads(peer.to_str())["model"]["merges"]]
bpe = BPE.train(texts, VOCAB_SIZE)
assert merges == [(bpe.tokens[left], bpe.tokens[right]) for left, right, _ in bpe.merges.tolist()]

lines = [line.rstrip("\n") for line in texts if line.strip()][:3000]
wordpiece, unigram = WordPiece.train(lines, 4000), Unigram.train(lines, 4000)
n_ids = 0
with tempfile.TemporaryDirectory() as folder:
    peer.save(f"{folder}/tokenizer.json")
    ours = BPE.from_pretrained(folder)
    assert ours.encode_batch(lines) == [e.ids for e in peer.encode_batch(lines)]
    for tokenizer in (bpe, wordpiece, unigram):
        tokenizer.save_pretrained(folder)
        theirs = Tokenizer.from_file(f"{folder}/tokenizer.json")
        again = type(tokenizer).from_pretrained(folder)
        ids = [e.ids for e in theirs.encode_batch(lines, add_special_tokens=False)]
        assert again.encode_batch(lines) == ids
        n_ids += sum(map(len, ids))

print(
    json.dumps(
        {
            "version": version("tokenizers"),
            "result": f"trains the same {len(merges):,} BPE merges, and gives the same {n_ids:,} ids "
            "from our BPE, WordPiece and Unigram files",
        }
    )
)
