"""`tokenizer.json` of the published kinds, made by `tokenizers`: the same ids on odd strings, or a refusal with a name."""

import json
import random
import unicodedata

import pytest
import regex
import tokenizers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, processors, trainers

from nlpjourney.assets import corpora
from nlpjourney.errors import FileFormatError
from nlpjourney.text.tokenize import BPE, Unigram, WordPiece, load_tokenizer
from nlpjourney.text.tokenize.bpe_json import oniguruma
from nlpjourney.text.tokenize.character_bpe import CharacterBPE

from .strategies import ODD

LINES = [line for line in corpora.english_text(300_000).split("\n") if line.strip()]
N_TEXTS = 3000


def precompiled():
    """The map of characters that SentencePiece trains with, nmt_nfkc, out of one of its models."""
    import io

    import sentencepiece

    from nlpjourney.text.tokenize import sentencepiece_file

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES[:200]), model_writer=model, vocab_size=200, minloglevel=2
    )
    fields = dict(sentencepiece_file.message_fields(model.getvalue()))
    return dict(sentencepiece_file.message_fields(fields[3]))[2]


def unigram(normalizer, pre_tokenizer, special, unk):
    peer = tokenizers.Tokenizer(models.Unigram())
    peer.normalizer, peer.pre_tokenizer = normalizer, pre_tokenizer
    peer.train_from_iterator(
        LINES[:1500],
        trainers.UnigramTrainer(vocab_size=800, special_tokens=special, unk_token=unk, show_progress=False),
    )
    return peer


def byte_level(regex_name, normalizer=None, ignore_merges=False, special=("<|begin_of_text|>", "<|end_of_text|>")):
    peer = tokenizers.Tokenizer(models.BPE(ignore_merges=ignore_merges))
    peer.normalizer = normalizer or peer.normalizer
    peer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(tokenizers.Regex(oniguruma(regex_name)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    peer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    peer.train_from_iterator(LINES[:1500], trainer)
    peer.add_special_tokens([AddedToken(name, normalized=False) for name in special])
    return peer


def t5():
    peer = unigram(
        normalizers.Precompiled(precompiled()),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]),
        ["<pad>", "</s>", "<unk>"], "<unk>",
    )  # fmt: skip
    peer.add_special_tokens(["<extra_id_0>", "<extra_id_1>"])
    peer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    return peer


def albert():
    peer = unigram(
        normalizers.Sequence(
            [
                normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(),
                normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Precompiled(precompiled()),
            ]
        ),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]),
        ["<pad>", "<unk>", "[CLS]", "[SEP]"], "<unk>",
    )  # fmt: skip
    peer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
    peer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)]
    )
    return peer


def first_only():
    return unigram(normalizers.NFC(), pre_tokenizers.Metaspace(prepend_scheme="first", split=False), ["<unk>"], "<unk>")


def qwen2():
    peer = byte_level("qwen2", normalizers.NFC(), special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
    peer.post_processor = processors.ByteLevel(trim_offsets=False)
    return peer


def llama3():
    peer = byte_level("llama3", ignore_merges=True)
    begin = peer.token_to_id("<|begin_of_text|>")
    peer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(),
            processors.TemplateProcessing(
                "<|begin_of_text|> $A", "<|begin_of_text|> $A <|begin_of_text|> $B", [("<|begin_of_text|>", begin)]
            ),
        ]
    )
    return peer


def roberta():
    peer = byte_level("gpt2", special=("<s>", "</s>"))
    peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    peer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    peer.post_processor = processors.RobertaProcessing(
        ("</s>", peer.token_to_id("</s>")), ("<s>", peer.token_to_id("<s>")), add_prefix_space=False
    )
    return peer


def neox():
    """Runs of spaces and some words are tokens, though no special ones."""
    peer = byte_level("gpt2")
    peer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    runs = [AddedToken(" " * n, normalized=False) for n in (24, 8, 4, 2)]
    words = [AddedToken("the", single_word=True), AddedToken("12", lstrip=True), AddedToken("日本", rstrip=True)]
    peer.add_tokens([*runs, *words, "covid", "!"])
    return peer


def normalized_tokens():
    peer = byte_level("gpt2", normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]))
    peer.add_tokens([AddedToken("ABC", normalized=True), AddedToken("The", normalized=False), "ﬁ"])
    return peer


def character_bpe(normalizer, pre_tokenizer, begin):
    trained = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
    trained.normalizer = normalizer
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=["<unk>", begin], show_progress=False)
    trained.train_from_iterator([word for line in LINES[:1500] for word in line.split()], trainer)
    spec = json.loads(trained.to_str())
    vocab = spec["model"]["vocab"]
    for piece in ("▁", *(f"<0x{byte:02X}>" for byte in range(256))):
        vocab.setdefault(piece, len(vocab))
    spec["model"] |= {"byte_fallback": True, "fuse_unk": True}
    peer = tokenizers.Tokenizer.from_str(json.dumps(spec))
    if pre_tokenizer is not None:
        peer.pre_tokenizer = pre_tokenizer
    peer.post_processor = processors.TemplateProcessing(f"{begin} $A", f"{begin} $A {begin} $B", [(begin, 1)])
    return peer


def gemma():
    return character_bpe(normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), "<bos>")


def llama2():
    return character_bpe(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None, "<s>")


def bert():
    peer = tokenizers.Tokenizer(models.WordPiece(unk_token="<unk>"))
    peer.normalizer, peer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=700, special_tokens=["<unk>", "[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    peer.train_from_iterator(LINES[:1500], trainer)
    peer.add_tokens([AddedToken("don't", normalized=True), AddedToken("ABc", normalized=False)])
    peer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return peer


KINDS = {
    "T5": (t5, Unigram), "ALBERT": (albert, Unigram), "first only": (first_only, Unigram), "Qwen2": (qwen2, BPE),
    "Llama 3": (llama3, BPE), "RoBERTa": (roberta, BPE), "GPT-NeoX": (neox, BPE), "normalized": (normalized_tokens, BPE),
    "BERT": (bert, WordPiece), "Gemma": (gemma, CharacterBPE), "Llama 2": (llama2, CharacterBPE),
}  # fmt: skip


def odd_texts(specials, n=N_TEXTS):
    """Texts without special tokens, which only the peer finds unasked, and of characters that all Unicode tables have."""
    rng = random.Random(5)
    pieces = [
        *ODD,
        *"aA bé.,''``▁",
        "    ",
        "covid",
        "ABC",
        "ﬁ",
        "the",
        " the ",
        "don't",
        "12",
        "日本  ",
        "▁▁",
        "ｘ",
        "㌀",
    ]
    found = []
    while len(found) < n:
        text = "".join(
            rng.choice(pieces) if rng.random() < 0.7 else chr(rng.randrange(1, 0x3000))
            for _ in range(rng.randint(0, 14))
        )
        if any(unicodedata.category(c) == "Cn" for c in text) or "\U0001e921" in text or "\u1c89" in text:
            continue
        if not any(name in unicodedata.normalize("NFKC", text).upper() for name in map(str.upper, specials)):
            found.append(text)
    return found


@pytest.fixture(scope="module", params=KINDS)
def both(request, tmp_path_factory):
    make, cls = KINDS[request.param]
    peer = make()
    file = tmp_path_factory.mktemp("json") / "tokenizer.json"
    peer.save(str(file))
    return peer, read(cls, file), file


def read(cls, file):
    return CharacterBPE(file) if cls is CharacterBPE else cls.from_pretrained(file)


def texts_for(peer, n=N_TEXTS):
    spec = json.loads(peer.to_str())
    texts = odd_texts([token["content"] for token in spec["added_tokens"] if token["special"]], n)
    if "StripAccents" in peer.to_str():  # the peer's table of marks is older than Python's
        old = unicodedata.ucd_3_2_0.category
        texts = ["".join(c for c in t if unicodedata.category(c) == old(c)) for t in texts]
    if "Precompiled" in peer.to_str():  # see `json_normalizer`: the peer maps whole graphemes
        texts = ["".join(g for g in regex.findall(r"\X", text) if len(g) == 1) for text in texts]
        texts = [text for text in texts if all(len(g) == 1 for g in regex.findall(r"\X", text))]
    return texts


def test_the_same_ids(both):
    peer, ours, _ = both
    texts = texts_for(peer)
    expected = [encoding.ids for encoding in peer.encode_batch(texts, add_special_tokens=False)]
    for text, ids, found in zip(texts, expected, ours.encode_batch(texts)):
        assert found == ids, (text, [peer.id_to_token(i) for i in ids], [peer.id_to_token(i) for i in found])
    for text, ids in zip(texts[:300], expected):
        assert ours.encode(text) == ids


@pytest.mark.parametrize("cut", [None, "right", "left"])
@pytest.mark.parametrize("pad", [None, {}, {"length": 12}, {"direction": "left", "pad_to_multiple_of": 8}])
def test_the_same_batch_for_a_model(both, tmp_path, cut, pad):
    peer, ours, _ = both
    texts = texts_for(peer, 300)
    peer = tokenizers.Tokenizer.from_str(peer.to_str())
    if cut:
        peer.enable_truncation(6, direction=cut)
    if pad is not None:
        peer.enable_padding(pad_id=3, **pad)
    peer.save(str(tmp_path / "tokenizer.json"))
    ours = read(type(ours), tmp_path)
    ours.save_pretrained(tmp_path)
    again = read(type(ours), tmp_path)
    expected = peer.encode_batch(texts)
    for tokenizer in (ours, again):
        found = tokenizer.encode_inputs(texts)
        assert found.ids == [encoding.ids for encoding in expected]
        assert found.mask == [encoding.attention_mask for encoding in expected]


def test_the_peer_opens_what_we_write_again(both, tmp_path):
    peer, ours, _ = both
    ours.save_pretrained(tmp_path)
    saved = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    texts = texts_for(peer, 300)
    assert [e.ids for e in saved.encode_batch(texts)] == [e.ids for e in peer.encode_batch(texts)]


def test_every_id_has_its_bytes(both):
    peer, ours, file = both
    assert ours.vocab_size == peer.get_vocab_size()
    for id_ in peer.get_vocab().values():
        assert isinstance(ours.token_bytes(id_), bytes) and isinstance(ours.decode([id_]), str)
    assert type(load_tokenizer(file)) is type(ours)


def test_special_tokens_of_a_text_only_where_they_are_allowed(both):
    peer, ours, _ = both
    if isinstance(ours, Unigram):
        return  # which finds none
    for name, id_ in ours.special_tokens.ids.items():
        text = f"one {name} two"
        if len(name) > 1:
            with pytest.raises(ValueError, match="contains the special token"):
                ours.encode(text)
            assert id_ not in ours.encode(text, disallowed_special=()) or name == ours.__dict__.get("unk_token")
            assert ours.encode(text, allowed_special="all") == peer.encode(text, add_special_tokens=False).ids


def test_offsets_with_added_tokens(tmp_path):
    peer = neox()
    peer.save(str(tmp_path / "tokenizer.json"))
    ours = BPE.from_pretrained(tmp_path)
    for text in ("a    b covid!", "the  日本  x 12"):
        encoding = peer.encode(text, add_special_tokens=False)
        assert ours.encode_with_offsets(text) == (encoding.ids, encoding.offsets)


@pytest.mark.parametrize("kind", KINDS)
def test_no_mutation_of_a_file_gives_a_raw_error(kind, tmp_path):
    """Each value in turn gone, null, of another type: the file is read, or refused with its name."""
    make, cls = KINDS[kind]
    file = tmp_path / "tokenizer.json"
    spec = json.loads(make().to_str())
    spec["truncation"] = {"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
    spec["padding"] = {
        "strategy": {"Fixed": 9},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "x",
    }
    shorten(spec)
    n_refused = 0
    for path in list(places(spec)):
        for change in (None, 5, -1, 1.5, "x", [], {}, [5], True, 10**30, "gone"):
            mutant = json.loads(json.dumps(spec))
            parent = mutant
            for step in path[:-1]:
                parent = parent[step]
            if change == "gone":
                del parent[path[-1]]
            else:
                parent[path[-1]] = change
            file.write_text(json.dumps(mutant))
            try:
                read(cls, file).encode_inputs(["ab the", ""])
            except FileFormatError as error:
                assert str(tmp_path) in str(error)
                n_refused += 1
    assert n_refused > 100


def places(value, path=()):
    if path:
        yield path
    if isinstance(value, (dict, list)):
        entries = list(value.items() if isinstance(value, dict) else enumerate(value))
        for key, inner in entries if len(entries) < 40 else entries[:2] + entries[-2:]:
            yield from places(inner, (*path, key))


def shorten(spec):
    """Few pieces, so that a thousand files are read in seconds."""
    model = spec["model"]
    added = {token["content"] for token in spec["added_tokens"]}
    if model["type"] == "BPE":
        kept = model["merges"][:3]
        words = {a + b for a, b in kept}
        model["merges"] = kept
        model["vocab"] = {t: i for t, i in model["vocab"].items() if len(t) == 1 or t in words or t in added}
    elif model["type"] == "Unigram":
        model["vocab"] = model["vocab"][:60]
        spec["added_tokens"] = [token for token in spec["added_tokens"] if token["id"] < 60]


@pytest.mark.parametrize("unknown", ["normaliser", "scripts"])
def test_what_nobody_knows_is_refused_by_name(both, tmp_path, unknown):
    _, ours, file = both
    spec = json.loads(file.read_text())
    for place, section in (("the file", spec), ("model", spec["model"])):
        section[unknown] = 1
        (tmp_path / "tokenizer.json").write_text(json.dumps(spec))
        with pytest.raises(FileFormatError, match=f"tokenizer.json: {place} has {unknown}, which is not known"):
            read(type(ours), tmp_path)
        del section[unknown]
