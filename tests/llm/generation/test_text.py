"""Text that grows by bytes: whole characters, stop strings across any border, and nothing lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlpjourney.llm.generation.text import StreamedText


def pieces_of(data, cuts):
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in zip(places, places[1:])]


@given(
    text=st.text("aбあ🦙\n", max_size=30),
    stops=st.lists(st.text("aбあ🦙\n", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
@example(text="あ🦙a", stops=["🦙a"], cuts=[4, 5])  # the stop string begins and ends inside of pieces
@example(text="aab", stops=["ab"], cuts=[1, 2])
@example(text="bあa", stops=["あ", "bあa"], cuts=[])  # the second begins before the first, but is complete after it
@example(text="bあa", stops=["a", "bあa"], cuts=[])
def test_it_ends_before_the_first_stop_string_however_the_bytes_are_cut(text, stops, cuts):
    streamed, said = StreamedText(stops), ""
    for piece in pieces_of(text.encode(), cuts):
        said += streamed.push(piece)
        if streamed.stopped:
            break
    else:
        said += streamed.flush()
    found = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    assert streamed.stopped == bool(found)
    assert said == text[: min(found)[1] if found else len(text)]


def test_what_is_certain_comes_at_once():
    streamed = StreamedText(["\n\nUser:"])
    assert streamed.push(b"Hello\n") == "Hello"  # the line's end may be the beginning of the stop string
    assert streamed.push(b"you\n\nUs") == "\nyou"
    assert streamed.push(b"a") == "\n\nUsa"
    assert streamed.push(b"\n\nUser") == "" and streamed.flush() == "\n\nUser"


def test_broken_bytes_become_a_sign():
    streamed = StreamedText(["z"])
    assert streamed.push(b"a\xf0\x9f") == "a"
    assert streamed.push(b"b") == "\ufffdb"
    assert streamed.push(b"\xf0\x9f") == "" and streamed.flush() == "\ufffd"


@pytest.mark.parametrize("stops", [[""], ["a", ""], "ab"])
def test_stop_strings_that_are_none(stops):
    with pytest.raises(ValueError, match="none of them empty"):
        StreamedText(stops)
