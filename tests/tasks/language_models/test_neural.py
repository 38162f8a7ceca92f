"""The byte models: the script's first steps, what was committed, the game, and what was copied."""

import math

import numpy as np
import pytest
import torch

from nlpjourney.nets.recurrent_lm import RecurrentLM
from nlpjourney.tasks.language_models import NGramModel, copying, neural, pictures, play


@pytest.mark.parametrize("kind", neural.KINDS)
def test_the_first_steps_are_those_of_the_log(kind):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        losses = [e["loss"] for e in neural.train(kind, 1, n_steps=1500, until=3) if "loss" in e]
    finally:
        torch.set_num_threads(threads)
    (log,) = (row for row in neural.training_log() if (row["kind"], row["seed"], row["steps"]) == (kind, 1, 1500))
    assert losses == pytest.approx(log["losses"][:3], abs=2e-3)


@pytest.mark.parametrize("kind", neural.KINDS)
def test_the_committed_models_are_those_of_the_log(kind):
    model = neural.trained(kind)
    text = neural.shakespeare_split().validation[: neural.VALIDATION_BYTES // 4]
    longest = max((row for row in neural.training_log() if row["kind"] == kind), key=lambda row: row["steps"])
    found = neural.byte_losses(model, text).mean()
    assert found == pytest.approx(longest["test_bits_per_byte"], abs=0.25)


def test_every_byte_is_asked_for_once():
    model = neural.untrained("rnn")
    for n in (2, 100, 128, 129, 130, 200, 256, 257, 500):
        text = "x" * n
        assert neural.byte_losses(model, text).shape == (n - 1,)
    text = "To be, or not to be: that is the question"
    rows = torch.from_numpy(neural.byte_ids(text))[None]
    whole = float(model(rows[:, :-1], targets=rows[:, 1:])) / math.log(2)
    assert neural.byte_losses(model, text).mean() == pytest.approx(whole, rel=1e-5)
    with pytest.raises(ValueError):
        neural.byte_losses(model, "x")
    with pytest.raises(ValueError, match="kind must be"):
        neural.untrained("other")


def test_a_recurrent_model_reads_in_pieces():
    model = RecurrentLM(10, 8, 12, 2, seed=1)
    whole, _ = model.start([])
    pieces, _ = model.start([])
    wanted = model.extend([whole], [[1, 2, 3, 4]])
    model.extend([pieces], [[1, 2]])
    fork = pieces.fork()
    assert torch.allclose(model.extend([pieces], [[3, 4]]), wanted, atol=1e-6)
    assert torch.allclose(model.extend([fork], [torch.tensor([3, 4])]), wanted, atol=1e-6)
    assert torch.allclose(model(torch.tensor([[1, 2, 3, 4]]))[:, -1], wanted, atol=1e-6)
    with pytest.raises(ValueError, match="cannot go back"):
        fork.truncate(1)
    fork.truncate(0)
    assert torch.allclose(model.extend([fork], [[1, 2, 3, 4]]), wanted, atol=1e-6)
    for wrong in ([[]], [[10]], [[-1]], [torch.zeros(2, 8)]):
        with pytest.raises(ValueError):
            model.extend([pieces], wrong)
    with pytest.raises(ValueError):
        RecurrentLM(0)


def test_the_game():
    model = NGramModel(3).fit([list("abab aba")])
    for player in (model, neural.untrained("rnn"), neural.untrained("transformer")):
        spread = play.next_byte(player, "ab")
        assert spread.shape == (256,) and spread.sum() == pytest.approx(1)
    belief = play.guess({"a": 0.5}, "abc")
    assert play.bits(belief, "a") == 1 and play.bits(belief, "b") == 2
    for wrong in ({"a": 1.0}, {"a": 0.7, "b": 0.5}, {"a": -0.1}):
        with pytest.raises(ValueError, match="add up"):
            play.guess(wrong, "abc")


def test_what_was_copied():
    training = ["to", "be", "or", "not", "to", "be", "that", "is"]
    tokens = ["so", "to", "be", "or", "not", "to", "live"]
    known = play.runs(training, 5)
    assert len(known) == 4 and ("to", "be", "that") in play.runs(training, 3)
    assert play.copied_runs(tokens, known) == [False, True, True, True, True, True, False]
    assert play.copied_runs(["a"], known) == [False] and play.copied_runs([], known) == []
    assert play.copied_runs(["a"], play.runs([])) == [False]
    assert np.mean(play.copied_runs(training, known)) == 1


def test_pictures_mark_what_came():
    spreads = {"even": np.full(256, 1 / 256), "sure": np.eye(256)[ord("b")]}
    drawing = pictures.expectations(spreads, "z", "Next", n=3)
    labels = [box.text for box in drawing.texts]
    assert {"b", "z", "came", "<1 %", "100 %"} <= set(labels) and labels.count("came") == 1
    assert "came" not in [box.text for box in pictures.beliefs({"one": [0.5, 0.2]}, ["x", "y"], "No answer").texts]
    networks = pictures.two_networks("abc", "Two")
    assert [box.text for box in networks.texts].count("?") == 2 and "lower triangle" in networks.description


def test_training_curves_tell_short_runs_from_long_ones(monkeypatch):
    monkeypatch.setattr(pictures, "described", lambda figure, description: figure)
    runs = {"RNN, run of 2": [3.0, 2.5, np.nan], "RNN, run of 3": [3.0, 2.6, 2.4], "Other, run of 3": [2.9, 2.7, 2.2]}
    axes = pictures.training_curves([1, 2, 3], runs, "Losses", at=2).axes[0]
    short, long, other, _mark = axes.lines
    assert (short.get_linestyle(), long.get_linestyle()) == ("--", "-") and len(short.get_xdata()) == 2
    assert short.get_color() == long.get_color() != other.get_color()


def test_the_table_of_copied_texts_can_be_made_again():
    """The first texts of the 2-gram model and of the one that recites, and the parts of the table that need no model."""
    table = copying.copied()
    assert {len(found) for found in table.values()} == {copying.N_TEXTS}
    speech = copying.tokens(neural.shakespeare_split().training)
    known = play.runs(speech, copying.RUN)
    names = list(table)
    for name, model in copying.models(speech):
        if name in ("2-gram", "5-gram that recites"):
            written = list(copying.texts(model, n=3, seed=1000 * names.index(name)))
            assert copying.copied_shares(written, known) == table[name][:3]
        if name == "RNN":
            break
    network = list(copying.texts(neural.untrained("rnn"), n=1))
    assert copying.copied_shares(network, known) == [0.0]
