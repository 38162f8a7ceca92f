"""Text that breaks tokenizers, for Hypothesis: all of Unicode, and much of what is odd about it."""

from hypothesis import strategies as st

ODD = [
    " ", "  ", "   ", "\n", "\r\n", "\r", "\t", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2028", "\x85", "\x0b", "\x00",
    "'s", "'S", "'ll", "'LL", "'ſ", "’s", "'", "''", "n't", "1", "12", "123", "1234", "٣", "Ⅷ", "½", "/", "//", "\u0301",
    "e\u0301", "é", "ﬁ", "ß", "ẞ", "İ", "ı", "Σ", "ς", "ǅ", "ʰ", "中", "文字", "日本語", "한국어", "Привет", "हिन्दी",
    "👍", "👍🏽", "👩‍👩‍👧", "🇩🇪", "\u200d", "\ufe0f", "\ufffd", "\U0010ffff", "\ufeff", "a", "A", "aB", "Ab", "ABc", "the",
    " the", "THE", "don't", "_", "-", "...", "!?", "<|endoftext|>", "[SEP]", "http://x.y/z?q=1", "\U0001e921", "\u1c89",
]  # fmt: skip


def any_text(max_size: int = 40) -> st.SearchStrategy[str]:
    """Strings over every code point but surrogates, mixed with odd pieces and long runs."""
    any_char = st.characters(exclude_categories=["Cs"])
    odd = st.sampled_from(ODD)
    run = st.builds(lambda piece, n: piece * n, odd, st.integers(1, 40))
    return st.lists(st.one_of(odd, any_char, odd, run), max_size=max_size).map("".join)
