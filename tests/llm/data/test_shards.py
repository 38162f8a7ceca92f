"""Shards come back as written; broken ones are refused."""

import numpy as np
import pytest

from nlpjourney.llm.data import Shards, write_shard


@pytest.mark.parametrize(("vocab_size", "width"), [(65_536, 2), (65_537, 4)])
def test_round_trip_over_several_files(tmp_path, vocab_size, width):
    rng = np.random.default_rng(0)
    parts = [rng.integers(vocab_size, size=n) for n in (10, 0, 7, 1)]
    parts[0][0] = vocab_size - 1
    for i, part in enumerate(parts):
        write_shard(tmp_path / f"{i}.tokens", part, vocab_size)
    shards, whole = Shards.folder(tmp_path), np.concatenate(parts)
    assert (len(shards), shards.vocab_size) == (18, vocab_size)
    for a in range(19):
        for b in range(19):
            assert shards[a:b].tolist() == whole[a:b].tolist()
    assert (tmp_path / "0.tokens").stat().st_size == 32 + 10 * width
    assert sorted(f.name for f in tmp_path.iterdir()) == [f"{i}.tokens" for i in range(4)]  # nothing aside is left


def test_ids_outside_the_vocabulary_are_refused(tmp_path):
    for ids in ([5], [-1]):
        with pytest.raises(ValueError, match="from 0 to 4"):
            write_shard(tmp_path / "x.tokens", ids, 5)
    assert not list(tmp_path.iterdir())


def test_broken_files_are_refused(tmp_path):
    file = tmp_path / "a.tokens"
    write_shard(file, [1, 2, 3], 5)
    good = file.read_bytes()
    for data, why in [
        (good[:-1], "should have"),
        (good + b"xx", "should have"),
        (good[:20], "no shard"),
        (b"X" + good[1:], "no shard"),
        (good[:8] + b"\x02" + good[9:], "version 2"),
        (good[:12] + b"\x03" + good[13:], "3 bytes an id"),
    ]:
        file.write_bytes(data)
        with pytest.raises(ValueError, match=why):
            Shards([file])
    file.write_bytes(good)
    write_shard(tmp_path / "b.tokens", [1], 6)
    with pytest.raises(ValueError, match="vocabulary of 6"):
        Shards.folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        Shards.folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="at least one"):
        Shards([])
