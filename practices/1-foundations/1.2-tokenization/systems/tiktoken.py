"""tiktoken: given the published ranks, it and we give the same ids in a hundred languages, special tokens included."""

import json
from importlib.metadata import version

import tiktoken

from nlpjourney.assets import corpora
from nlpjourney.text.tokenize import BPE

# As in tiktoken_ext.openai_public, which would fetch the ranks from the network; here they come from an asset.
PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
languages = corpora.django_languages()
texts = ["\n".join(b for _, b in corpora.django_messages(code)) for code in languages] + [
    corpora.english_text(2_000_000)
]

n_ids = 0
for name, pattern in PATTERNS.items():
    ours: BPE = getattr(BPE, name)()
    ranks = {token: id_ for id_, token in ours.tokens.items()}
    theirs = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=ours.special_tokens.ids)
    for text in texts:
        ids = theirs.encode_ordinary(text)
        assert ours.encode_ordinary(text) == ids
        assert ours.decode(ids) == theirs.decode(ids) == text
        n_ids += len(ids)
    assert ours.encode("a<|endoftext|>", allowed_special="all") == theirs.encode(
        "a<|endoftext|>", allowed_special="all"
    )
    for tokenizer in (ours, theirs):
        try:
            tokenizer.encode("a<|endoftext|>")
        except ValueError:
            continue
        raise AssertionError("a special token in a text from outside was not refused")

print(
    json.dumps(
        {
            "version": version("tiktoken"),
            "result": f"the same {n_ids:,} ids as ours with the GPT-2, GPT-4 and GPT-4o vocabularies "
            f"in {len(languages)} languages",
        }
    )
)
