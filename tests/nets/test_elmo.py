"""ELMo: recurrences against torch's, directions that see one side only, learning, the mix of layers."""

import math
import random

import pytest
import torch
from torch import nn

from nlpjourney.nets import elmo
from nlpjourney.nets.elmo import ELMo, LayerMix, LSTMLayer, character_ids, reverse

SENTENCES = [["the", "cat", "sat", "on", "the", "mat"], ["a", "dog"], ["naïve", "cats", "sleep"]]


def small(**options) -> ELMo:
    return ELMo.from_sentences(SENTENCES, d_hidden=24, d_proj=8, filters=((1, 8), (3, 12)), **options)


def test_a_layer_is_torchs_lstm_with_projection():
    torch.manual_seed(0)
    ours, theirs = LSTMLayer(5, 11, 7, clip=1e9), nn.LSTM(5, 11, proj_size=7, batch_first=True)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(ours.weight_ih)
        theirs.weight_hh_l0.copy_(ours.weight_hh)
        theirs.weight_hr_l0.copy_(ours.weight_hr)
        theirs.bias_ih_l0.copy_(ours.bias)
        theirs.bias_hh_l0.zero_()
    x = torch.randn(3, 20, 5)
    torch.testing.assert_close(ours(x), theirs(x)[0])


def test_states_are_clipped():
    """A cell of one memory that lets all in and forgets nothing counts its steps, up to the clip; so does its output."""
    layer = LSTMLayer(1, 1, 1, clip=2.5)
    with torch.inference_mode():
        layer.weight_ih.fill_(100)
        layer.weight_hh.zero_()
        layer.weight_hr.fill_(1)
        cells = torch.tensor([1.0, 2.0, 2.5, 2.5])
        torch.testing.assert_close(layer(torch.ones(1, 4, 1))[0, :, 0], torch.tanh(cells))
        layer.weight_hr.fill_(1000)
        assert layer(torch.ones(1, 4, 1)).flatten().tolist() == [2.5] * 4


def test_words_are_bytes_between_marks():
    ids = character_ids([["naïve", "x" * 30], ["a"]], max_chars=9)
    assert ids.shape == (2, 4, 9)
    begin, end, pad = elmo.BEGIN_WORD + 1, elmo.END_WORD + 1, elmo.PADDING + 1
    assert ids[0, 1].tolist() == [begin, *(b + 1 for b in "naïve".encode()), end, pad]
    assert ids[0, 2].tolist() == [begin, *[ord("x") + 1] * 7, end]  # cut
    assert ids[0, 0].tolist() == [begin, elmo.BEGIN_SENTENCE + 1, end, *[pad] * 6]
    assert ids[1, 2].tolist() == [begin, elmo.END_SENTENCE + 1, end, *[pad] * 6]
    assert ids[1, 3].tolist() == [0] * 9  # no word


def test_reverse_turns_each_row_within_its_length():
    x = torch.arange(8.0).view(2, 4, 1)
    lengths = torch.tensor([4, 2])
    assert reverse(x, lengths)[:, :, 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]
    assert torch.equal(reverse(reverse(x, lengths), lengths), x)


@pytest.mark.parametrize("place", range(6))
def test_no_direction_sees_what_it_must_predict(place):
    """Another word at one place: halves that read towards the right change from there on only, the others up to there."""
    model = small()
    changed = list(SENTENCES[0])
    changed[place] = "zebra"
    before, after = model.encode([SENTENCES[0], changed])
    same = (before == after).all(dim=2)
    right, left = (before - after).chunk(2, dim=2)
    for layer in range(3):
        if layer == 0:
            assert same[0].tolist() == [t != place for t in range(6)]
            continue
        assert [bool(d.any()) for d in right[layer]] == [t >= place for t in range(6)]
        assert [bool(d.any()) for d in left[layer]] == [t <= place for t in range(6)]


def test_neighbours_in_the_batch_do_not_matter():
    model = small()
    together = model.encode(SENTENCES)
    for sentence, vectors in zip(SENTENCES, together):
        assert vectors.shape == (3, len(sentence), 16)
        torch.testing.assert_close(vectors, model.encode([sentence])[0], atol=1e-6, rtol=1e-5)


def test_loss_is_that_of_a_loop():
    model = small()
    total, n = 0.0, 0
    for sentence in SENTENCES:
        whole = model(character_ids([sentence], model.max_chars))[-1][0]
        right, left = whole.chunk(2, dim=1)
        numbers = [0, *(model.index[word] for word in sentence), 1]
        for t in range(len(numbers) - 1):
            total -= model.softmax(right[t]).log_softmax(0)[numbers[t + 1]].item()
            total -= model.softmax(left[t + 1]).log_softmax(0)[numbers[t]].item()
            n += 2
    assert model.loss(SENTENCES).item() == pytest.approx(total / n, rel=1e-5)


def test_it_begins_with_the_frequencies_of_words():
    sentences = [["a", "b"], ["a", "c", "a"]]
    model = ELMo.from_sentences(sentences, n_words=2, d_hidden=24, d_proj=8, filters=((1, 8),))
    # Predicted: 2 ends, 2 begins; a 6, b 2 and, unlisted, c 2 times.
    assert model.words[3:] == ["a", "b"]
    torch.testing.assert_close(model.softmax.bias.softmax(0), torch.tensor([2, 2, 2, 6, 2]) / 14)


def test_it_learns_from_both_sides():
    """The middle word decides the words around it: far better than their frequencies, and an unknown word is no error."""
    choose = random.Random(0)
    pairs = [("red", "apple", "pie"), ("green", "pea", "soup")]
    sentences = [list(choose.choice(pairs)) for _ in range(256)]
    model = ELMo.from_sentences(sentences, d_hidden=32, d_proj=16, filters=((2, 16), (3, 16)))
    losses = model.fit(sentences, epochs=8, learning_rate=0.01)
    # One bit a sentence and direction is left: which of the two it is. Three words and the end mark share it.
    least = math.log(2) / 4
    assert losses[0] > 1.5
    assert least * 0.8 < sum(losses[-8:]) / 8 < least * 1.3
    assert math.isfinite(model.loss([["red", "unheard", "pie"]]).item())


def test_fit_repeats_with_its_seed():
    first, second, other = (small(seed=seed) for seed in (0, 0, 1))
    assert first.fit(SENTENCES, epochs=2) == second.fit(SENTENCES, epochs=2)
    assert first.fit(SENTENCES) != other.fit(SENTENCES)


def test_mix_begins_as_the_mean_and_learns_a_layer():
    mix = LayerMix(3)
    layers = torch.randn(3, 50, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(mix(layers), layers.mean(dim=0))
    adam = torch.optim.Adam(mix.parameters(), lr=0.1)
    for _ in range(300):
        loss = ((mix(layers) - 2 * layers[1]) ** 2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert mix.scores.softmax(0)[1] > 0.95
    assert mix.gamma.item() == pytest.approx(2, abs=0.2)


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="must be different"):
        ELMo(["a", "a"])
    with pytest.raises(ValueError, match="widest here has 30"):
        ELMo(["a"], filters=((30, 4),))
    with pytest.raises(ValueError, match="no sentence with a word"):
        small().fit([[]])
    with pytest.raises(TypeError, match="list of words"):
        small().encode(["not a list"])
