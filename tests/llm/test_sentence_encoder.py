"""The sentence encoder against Transformers' BertModel, with the real weights."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.llm.models import Bert
from nlpjourney.llm.sentence_encoder import SentenceEncoder, mean_pooling

ODD = ["", " ", "a", "naïve café 東京 👩‍💻", "word " * 1000, "x" * 300, "\x00\n\t", "same", "same"]


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder.minilm()


@pytest.fixture(scope="module")
def theirs():
    folder = str(assets.path("minilm"))
    return BertModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


@torch.inference_mode()
def reference(theirs, texts):
    model, tokenizer = theirs
    vectors = []
    for text in texts:  # one at a time: no padding, so nothing of ours is repeated
        tokens = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
        mean = model(**tokens).last_hidden_state[0].mean(0)
        vectors.append((mean / mean.norm()).numpy())
    return np.array(vectors)


@pytest.mark.parametrize("texts", [corpora.lee_news()[1][:6], ODD], ids=["news", "odd"])
def test_equal_to_transformers(encoder, theirs, texts):
    vectors = encoder.encode(texts, batch_size=5)
    assert vectors.shape == (len(texts), 384) and vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, reference(theirs, texts), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@torch.inference_mode()
def test_token_vectors_equal_transformers(encoder, theirs):
    ids = torch.randint(0, 30_522, (3, 17), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(17) < torch.tensor([[17], [9], [1]])
    expected = theirs[0](input_ids=ids, attention_mask=mask.long()).last_hidden_state
    torch.testing.assert_close(encoder.model.encode(ids, mask)[mask], expected[mask], atol=1e-4, rtol=1e-4)


def test_random_small_model_equals_transformers(tmp_path):
    config = BertConfig(
        vocab_size=50, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=40,
        max_position_embeddings=20, initializer_range=0.5, layer_norm_eps=1e-3,
    )  # fmt: skip
    theirs = BertModel(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():  # also biases and norms, which start at 0 and 1
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    theirs.save_pretrained(tmp_path)
    # BertModel's own names, without prefix or head
    ours = Bert.from_pretrained(tmp_path)
    ids, mask = torch.randint(0, 50, (2, 20)), torch.ones(2, 20, dtype=torch.bool)
    with torch.inference_mode():
        torch.testing.assert_close(ours.encode(ids, mask), theirs(ids).last_hidden_state, atol=1e-5, rtol=1e-5)


def test_meaning_is_found(encoder):
    cat, kitten, budget = encoder.encode(["A cat sat on the mat.", "The kitten rests on a rug.", "The budget was cut."])
    assert cat @ kitten > cat @ budget + 0.3


def test_similarities_agree_with_people(encoder):
    _, texts, human = corpora.lee_news()
    vectors = encoder.encode(texts[:25])
    pairs = np.triu_indices(25, 1)
    assert np.corrcoef((vectors @ vectors.T)[pairs], human[pairs])[0, 1] > 0.6


def test_mean_pooling_leaves_padding_out():
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [100.0, 100.0]]])
    assert mean_pooling(x, torch.tensor([[True, True, False]])).tolist() == [[2.0, 3.0]]


def test_order_and_batches_do_not_matter(encoder):
    texts = ["one", "a much longer text than the others", "two words", ""]
    vectors = encoder.encode(texts, batch_size=2)
    np.testing.assert_allclose(encoder.encode(texts[::-1])[::-1], vectors, atol=1e-6)
    assert encoder.encode([]).shape == (0, 384)


def test_errors(encoder):
    with pytest.raises(TypeError, match="list of texts"):
        encoder.encode("a text")
    with pytest.raises(ValueError, match="between 2 and 512"):
        SentenceEncoder(encoder.model, encoder.tokenizer, max_length=513)
    with pytest.raises(ValueError, match="without the head"):
        encoder.model(torch.zeros(1, 2, dtype=torch.int64))
