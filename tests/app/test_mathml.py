"""TeX as MathML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from nlpjourney.app import markdown
from nlpjourney.app.mathml import Unreadable, convert


def body(tex: str) -> str:
    """What is between the outer tags."""
    found = re.search(r"<semantics><mrow>(.*)</mrow><annotation", convert(tex))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("x", "<mi>x</mi>"),
        ("12.5", "<mn>12.5</mn>"),
        ("a-b", "<mi>a</mi><mo>−</mo><mi>b</mi>"),
        ("x_i", "<msub><mi>x</mi><mi>i</mi></msub>"),
        ("x_i^{2}", "<msubsup><mi>x</mi><mi>i</mi><mrow><mrow><mn>2</mn></mrow></mrow></msubsup>"),
        ("x^2_i", "<msubsup><mi>x</mi><mi>i</mi><mrow><mn>2</mn></mrow></msubsup>"),
        ("x^12", "<msup><mi>x</mi><mrow><mn>1</mn></mrow></msup><mn>2</mn>"),
        (r"\frac12", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"\sqrt{d}", "<msqrt><mrow><mi>d</mi></mrow></msqrt>"),
        (r"\log x", "<mi>log</mi><mo>\u2061</mo><mi>x</mi>"),
        (r"\text{of the first}", "<mtext>of\u00a0the\u00a0first</mtext>"),
        (r"\mathrm{d\_model}", "<mtext>d_model</mtext>"),
        (r"\Bigl( \left[ \right.", "<mo>(</mo><mo>[</mo>"),
        (r"a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\hat{y}", '<mover accent="true"><mrow><mi>y</mi></mrow><mo stretchy="false">^</mo></mover>'),
        (r"\lambda\,\cdot\in", '<mi>λ</mi><mspace width="0.17em"/><mo>⋅</mo><mo>∈</mo>'),
    ],
)
def test_a_formula_becomes_its_tree(tex: str, expected: str) -> None:
    assert body(tex) == expected


@pytest.mark.parametrize(
    "tex",
    [r"\sum_{i=1}^{n} x_i", r"\underbrace{a + b}_{\text{why}}", r"P(w \mid c) = \prod_{t} \max_{z} f_t'(z)",
     r"\mathrm{nDCG} = \frac{\sum_i g_i / \log_2(i + 1)}{\text{best}}", r"\left\|v\right\| \leq 1, \{a\}, 5\%"],
)  # fmt: skip
@pytest.mark.parametrize("display", [True, False])
def test_every_formula_is_well_formed(tex: str, display: bool) -> None:
    tree = ElementTree.fromstring(convert(tex, display))
    assert tree.get("display") == ("block" if display else None)
    assert tree.findtext("semantics/annotation") == tex


@pytest.mark.parametrize("tex", [r"\unknown x", "{a", "a}", "x_", r"\frac{a}", r"a & b", r"\begin{matrix}", "\\text{a"])
def test_what_cannot_be_read_is_said_and_shown_as_it_is(tex: str) -> None:
    with pytest.raises(Unreadable):
        convert(tex)
    assert "<code>" in markdown.render_inline(f"${tex}$")


def test_money_is_no_formula() -> None:
    assert "math" not in markdown.render_inline("from $5 to $6")
    assert "<math>" in markdown.render_inline("if $x$ is small")
    assert '<math display="block">' in markdown.render("$$x$$")


def test_a_formula_cannot_smuggle_tags() -> None:
    for tex in (r"\text{<script>}", "<script>", r"\mathbf{<b>}", r"\unknown<script>"):
        assert "<script" not in markdown.render(f"$${tex}$$")
        assert "<b>" not in markdown.render(f"$${tex}$$")
