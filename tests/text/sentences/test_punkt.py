"""Punkt's parameters and borders equal to NLTK's, on real text and on odd strings; its files read by both."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize import punkt as nltk_punkt

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.sentences import PunktParameters, PunktSentenceTokenizer, PunktTrainer, punkt, punkt_training

ODD = [
    "", " ", ".", "..", "...", ". . .", ". . . .", "?", "!", "a", "a.", "a. b", "A. B. C", " a. B", "\n",
    "\n\nA. B.\n\n c. D", "x.\n\ny", "What?! No way!!! Yes.", '"No." He left.', "(He left.) She stayed.",
    "He said “Go.” Then—", "Wait . . . Then he came. . . . So", "No. 5 and no. 7.",
    "J. S. Bach wrote it. J.S. Bach.", "3.5 lbs. of it. 12. December", "a.b.c. D", "etc., etc. and so on.",
    "He works for I.B.M. in N.Y. He likes it.", "end.\xa0Next", "end.\u2003Next one.\x85Third.",
    "a.\rb.\r\nC", "'.", '\'. \'. "', "-- a. -- B", "one.) two", "one.]--two", 'x." ) y', "_. A", "1. a",
    "1.. a", "-5. x", "1,000. A", "$. A", "İ. İ", "ß. A", "日本。 語. 本", "\ud800. A", "?? ?! .! !. .", "a!b?c.d",
    "www.a.com. B", "dog.cat", "a- b.-c. D", "well-etc. And", "##number##. A", ".a .b .C", "«A. B.» C",
    "a .. b ... C .... d", "Mr. X.Y.Z. went. ' ' ' . ' A", 'He. " \' ) ] \n X', "A...B. C...d", "*a. *b. C",
    "a. .b", "e.g., i.e. So", "\x1c.\x1cA", "a.\n\x1c\nB. C",
]  # fmt: skip

LETTERS = "aAbB1İ_²é\u0301काⓐ\u200d\x1c \n\t\r\u00a0.....,;:?!'\")(-“”«#…"


def texts():
    background, judged, _ = corpora.lee_news()
    wikipedia = list(corpora.wikipedia().values())
    return {
        "news": "\n".join([*background, *judged])[:200_000],
        "wikipedia": "\n\n".join(wikipedia)[:200_000],
        "tales": "\n\n".join(corpora.tales().values())[:120_000],
        "documentation": "\n\n".join(corpora.django_docs().values())[:120_000],
        "plays": "\n".join(corpora.shakespeare().values())[:120_000],
    }


TEXTS = ["news", "wikipedia", "tales", "documentation", "plays"]


@pytest.fixture(scope="module")
def real():
    found = texts()
    assert list(found) == TEXTS
    return found


def train_both(*parts):
    ours, theirs = PunktTrainer(), nltk_punkt.PunktTrainer()
    for part in parts:
        ours.train(part)
        theirs.train(part, finalize=False)
    return ours.params(), theirs.get_params()


def plain(params):
    """NLTK's table of contexts holds a 0 for every word it was asked for."""
    contexts = {type_: flags for type_, flags in params.ortho_context.items() if flags}
    return set(params.abbrev_types), set(params.collocations), set(params.sent_starters), contexts


@pytest.mark.parametrize("name", TEXTS)
def test_same_parameters_and_same_sentences_on_real_text(name, real):
    ours, theirs = train_both(real[name])
    assert plain(ours) == plain(theirs)
    assert ours.abbrev_types and ours.ortho_context
    tokenizer = PunktSentenceTokenizer(ours)
    spans = list(nltk_punkt.PunktSentenceTokenizer(theirs).span_tokenize(real[name]))
    assert tokenizer.span_tokenize(real[name]) == spans
    assert tokenizer.span_tokenize(real[name]) == spans  # and from memory
    assert len(spans) > 400


def test_training_adds_up_over_texts(real):
    ours, theirs = train_both(real["news"], real["tales"], real["plays"], "", "one. line")
    assert plain(ours) == plain(theirs)


def test_an_abbreviation_is_forgotten_when_later_text_speaks_against_it():
    before, after = "The co. is. A co. of co. here.\n" * 9, "A co is a co. co co co\n" * 50
    ours, theirs = train_both(before, after)
    assert plain(ours) == plain(theirs)
    assert "co" in train_both(before)[0].abbrev_types and "co" not in ours.abbrev_types


def test_shipped_parameters_split_alike(real):
    for language in ("english", "german", "greek"):
        ours = PunktSentenceTokenizer.from_pretrained(language)
        theirs = nltk_punkt.PunktSentenceTokenizer(nltk_params(ours.params))
        for text in [*(text[:60_000] for text in real.values()), *ODD]:
            assert ours.span_tokenize(text) == list(theirs.span_tokenize(text))


def nltk_params(params):
    theirs = nltk_punkt.PunktParameters()
    theirs.abbrev_types, theirs.collocations = set(params.abbrev_types), set(params.collocations)
    theirs.sent_starters = set(params.sent_starters)
    theirs.ortho_context.update(params.ortho_context)
    return theirs


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_strings(text):
    for string in (text, text * 3, f"{text} {text}\n{text}"):
        ours, theirs = train_both(string)
        assert plain(ours) == plain(theirs)
        tokenizer = PunktSentenceTokenizer(ours)
        assert tokenizer.span_tokenize(string) == list(nltk_punkt.PunktSentenceTokenizer(theirs).span_tokenize(string))


WORDS = st.sampled_from([
    "Dr.", "dr.", "J.", "No.", "5.", "12.", "the", "The", "so", "So", "of", "Of", "he", "He", "l.", "U.S.", "etc.,", "(He",
    "left.)", "...", ". . .", '"Go."', "?", "what?", "-", "3.5", "a-b.", ";", "\n", "\n\n",
])  # fmt: skip
DOCUMENT = st.lists(WORDS, max_size=60).map(" ".join)


@settings(deadline=None)  # NLTK is slow at times
@given(first=DOCUMENT, second=DOCUMENT)
def test_any_words(first, second):
    ours, theirs = train_both(first, second)
    assert plain(ours) == plain(theirs)
    tokenizer = PunktSentenceTokenizer(ours)
    assert tokenizer.span_tokenize(second) == list(nltk_punkt.PunktSentenceTokenizer(theirs).span_tokenize(second))


@settings(deadline=None)
@given(
    text=st.one_of(st.text(LETTERS, max_size=60), st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=30)),
    sample=st.text(LETTERS, max_size=200),
)
def test_any_string(text, sample):
    ours, theirs = train_both(sample)
    assert plain(ours) == plain(theirs)
    tokenizer = PunktSentenceTokenizer(ours)
    assert tokenizer.span_tokenize(text) == list(nltk_punkt.PunktSentenceTokenizer(theirs).span_tokenize(text))


def test_every_decision_has_a_reason_that_agrees_with_the_split(real):
    text = real["wikipedia"][:200_000]
    tokenizer = PunktSentenceTokenizer.train(text)
    theirs = nltk_punkt.PunktSentenceTokenizer(nltk_params(tokenizer.params))
    ours = tokenizer.explain(text)
    contexts = dict((match.end() - 1, context) for match, context in theirs._match_potential_end_contexts(text))
    assert [d.at for d in ours if d.ends] == [
        at for at, context in contexts.items() if theirs.text_contains_sentbreak(context)
    ]
    assert len({d.reason for d in ours}) >= 7
    assert {d.ends for d in ours if d.reason == "a collocation"} == {False}


def test_files_of_punkt_tab_are_read_by_both(tmp_path, monkeypatch):
    shipped = assets.path("punkt") / "english"
    params = PunktParameters.load(shipped)
    assert "dr" in params.abbrev_types and ("##number##", "international") in params.collocations
    params.save(tmp_path / "english")
    assert PunktParameters.load(tmp_path / "english") == params
    for name in ("abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt"):
        rows = (tmp_path / "english" / name).read_text(encoding="utf-8").split("\n")
        assert sorted(rows) == sorted((shipped / name).read_text(encoding="utf-8").rstrip("\n").split("\n"))
    from nltk.tabdata import PunktDecoder

    with (tmp_path / "english" / "collocations.tab").open(encoding="utf-8") as f:
        assert set(PunktDecoder().tab2tups(f)) == params.collocations
    with (tmp_path / "english" / "ortho_context.tab").open(encoding="utf-8") as f:
        assert PunktDecoder().tab2intdict(f) == params.ortho_context
    assert PunktSentenceTokenizer.from_pretrained(str(tmp_path / "english")).params == params


def test_broken_files_and_names_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"collocations\.tab is missing"):
        PunktParameters.load(tmp_path)
    PunktParameters(abbrev_types=frozenset({"x"})).save(tmp_path)
    (tmp_path / "ortho_context.tab").write_text("word\tmany")
    with pytest.raises(ValueError, match="a tab and a number"):
        PunktParameters.load(tmp_path)
    (tmp_path / "collocations.tab").write_text("alone")
    with pytest.raises(ValueError, match="two fields"):
        PunktParameters.load(tmp_path)
    with pytest.raises(ValueError, match=r"klingon.* there are czech, danish"):
        PunktSentenceTokenizer.from_pretrained("klingon")


def test_score_and_its_error():
    trainer = PunktTrainer()
    with pytest.raises(ValueError, match="nothing was learned"):
        trainer.abbreviation_score("dr")
    trainer.train("Dr. Who met dr. No.\n" * 20)
    assert trainer.abbreviation_score("dr") > 0.3 > trainer.abbreviation_score("who")


def test_a_long_text_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(punkt, "_CACHED", 10)
    tokenizer = PunktSentenceTokenizer()
    text = " ".join(f"Word{i}. Next{i}." for i in range(100))
    assert tokenizer.span_tokenize(text) == list(nltk_punkt.PunktSentenceTokenizer().span_tokenize(text))
    assert len(tokenizer._words) <= 10


@pytest.mark.parametrize("module", [punkt, punkt_training])
def test_examples_in_docstrings(module):
    results = doctest.testmod(module)
    assert results.attempted and not results.failed
