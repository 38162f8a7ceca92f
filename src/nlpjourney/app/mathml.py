"""Formulas: the part of TeX that practices use, as MathML, which browsers typeset and screen readers read.

A recursive descent over TeX's own grammar: an atom is a character, a command with its arguments or a group in braces; it may
carry a subscript and a superscript. What is not known raises Unreadable, and the page shows the TeX itself.
"""

from __future__ import annotations

import re
from html import escape

from nlpjourney.errors import JourneyError

SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "infty": "∞", "partial": "∂", "nabla": "∇",
    "emptyset": "∅", "top": "⊤", "hbar": "ℏ",
}  # fmt: skip
OPERATORS = {
    "cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "approx": "≈", "equiv": "≡", "sim": "∼", "propto": "∝", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆",
    "cup": "∪", "cap": "∩", "setminus": "∖", "to": "→", "rightarrow": "→", "leftarrow": "←", "mapsto": "↦", "mid": "∣",
    "ldots": "…", "dots": "…", "cdots": "⋯", "forall": "∀", "exists": "∃", "odot": "⊙", "oplus": "⊕", "circ": "∘",
    "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "Vert": "‖", "vert": "|", "lvert": "|", "rvert": "|",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "{": "{", "}": "}", "|": "‖", "%": "%", "$": "$", "_": "_",
    "ast": "∗", "star": "⋆", "prime": "′", "land": "∧", "lor": "∨", "neg": "¬", "Rightarrow": "⇒", "iff": "⇔", "&": "&",
}  # fmt: skip
LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂"}
LIMITS = {"max", "min", "argmax", "argmin", "lim", "sup", "inf"}
FUNCTIONS = {"log", "ln", "exp", "sin", "cos", "tan", "tanh", "det", "dim", "Pr"} | LIMITS
SPACES = {",": "0.17em", ":": "0.22em", ";": "0.28em", "!": "0em", " ": "0.25em", "quad": "1em", "qquad": "2em"}
ACCENTS = {"hat": "^", "bar": "¯", "vec": "→", "tilde": "~", "dot": "˙", "overline": "¯", "widehat": "^"}
VARIANTS = {"mathbf": "bold", "mathbb": "double-struck", "mathcal": "script"}
SIZES = re.compile(r"(?:left|right|middle|[bB]igg?[lrm]?)$")
TOKEN = re.compile(r"\\([A-Za-z]+)\*?|\\(.)|(\d+(?:\.\d+)?|\S)|\s+", re.S)


class Unreadable(ValueError, JourneyError):
    """TeX that this reader does not know."""


def convert(tex: str, display: bool = False) -> str:
    """A formula as `<math>`. Raises Unreadable."""
    reader = _Reader(tex)
    body = reader.row("")
    annotation = f'<annotation encoding="application/x-tex">{escape(tex.strip())}</annotation>'
    block = ' display="block"' if display else ""
    return f"<math{block}><semantics><mrow>{body}</mrow>{annotation}</semantics></math>"


class _Reader:
    def __init__(self, tex: str) -> None:
        # A command is kept as "\\name", anything else as its character; a number is one token.
        self.tokens = [
            f"\\{m[1] or m[2]}" if m[1] or m[2] else m[3] for m in TOKEN.finditer(tex) if m[1] or m[2] or m[3]
        ]
        self.source = tex
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        if self.at >= len(self.tokens):
            raise Unreadable(f"the formula ends too early: {self.source}")
        self.at += 1
        return self.tokens[self.at - 1]

    def row(self, end: str) -> str:
        """Atoms up to the token `end`, which is taken too."""
        out = []
        while self.peek() != end:
            out.append(self.scripted())
        if end:
            self.next()
        return "".join(out)

    def scripted(self) -> str:
        """An atom with its subscript and superscript; a function's name is set apart from what it is applied to."""
        apply = "<mo>\u2061</mo>" if self.peek().removeprefix("\\") in FUNCTIONS and len(self.peek()) > 1 else ""
        return self._scripted() + apply

    def _scripted(self) -> str:
        name = self.peek().removeprefix("\\")
        above = self.peek().startswith("\\") and name in (LARGE.keys() | LIMITS | {"underbrace"})
        base, low, high = self.atom(), "", ""
        while self.peek() in ("_", "^", "'"):
            mark = self.next()
            if mark == "_":
                low = self.argument()
            else:
                high += "<mo>′</mo>" if mark == "'" else self.argument()
        if high:
            high = f"<mrow>{high}</mrow>"
        if low and high:
            return f"<{'munderover' if above else 'msubsup'}>{base}{low}{high}</{'munderover' if above else 'msubsup'}>"
        if low:
            return f"<{'munder' if above else 'msub'}>{base}{low}</{'munder' if above else 'msub'}>"
        return f"<{'mover' if above else 'msup'}>{base}{high}</{'mover' if above else 'msup'}>" if high else base

    def argument(self) -> str:
        """What a command takes: a group, or one atom; of a number only its first digit, as in TeX."""
        token = self.peek()
        if token[:1].isdigit() and len(token) > 1:
            self.tokens[self.at] = token[1:]
            return f"<mn>{token[0]}</mn>"
        return self.atom()

    def atom(self) -> str:
        token = self.next()
        if token == "{":
            return f"<mrow>{self.row('}')}</mrow>"
        if token.startswith("\\") and len(token) > 1:
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token in ("}", "_", "^", "&", "#"):
            raise Unreadable(f"an unexpected {token} in {self.source}")
        if token == "|":  # a fence, not the infix that MathML takes it for
            return '<mo lspace="0.1em" rspace="0.1em" stretchy="false">|</mo>'
        return f"<mo>{'−' if token == '-' else escape(token)}</mo>"

    def command(self, name: str) -> str:
        if name in SYMBOLS:
            return f"<mi>{SYMBOLS[name]}</mi>"
        if name in OPERATORS:
            return f"<mo>{escape(OPERATORS[name])}</mo>"
        if name in LARGE:
            return f'<mo largeop="true" movablelimits="true">{LARGE[name]}</mo>'
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"/>'
        if name in ("frac", "tfrac", "dfrac"):
            return f"<mfrac>{self.argument()}{self.argument()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self.argument()}</msqrt>"
        if name in ("text", "textrm", "textbf", "textit", "mathrm", "operatorname", "mathit", "mathtt", "texttt"):
            return f"<mtext>{escape(self.words())}</mtext>"
        if name in VARIANTS:
            return f'<mi mathvariant="{VARIANTS[name]}">{escape(self.words())}</mi>'
        if name in ACCENTS:
            return f'<mover accent="true">{self.argument()}<mo stretchy="false">{ACCENTS[name]}</mo></mover>'
        if name == "underbrace":
            return f"<munder>{self.argument()}<mo>⏟</mo></munder>"
        if SIZES.match(name):
            mark = self.next()
            if mark == ".":
                return ""
            return self.command(mark[1:]) if mark.startswith("\\") else f"<mo>{escape(mark)}</mo>"
        raise Unreadable(f"the command \\{name} is not known here: {self.source}")

    def words(self) -> str:
        """The text in braces that follows; spaces are dropped by the reading, so it is taken out of the source again."""
        if self.peek() != "{":
            return self.next()
        depth, start = 0, self.at
        while True:
            depth += {"{": 1, "}": -1}.get(self.next(), 0)
            if depth == 0:
                break
        wanted = self.tokens[start + 1 : self.at - 1]
        pattern = r"\{\s*" + r"\s*".join(map(re.escape, wanted)) + r"\s*\}"
        found = re.search(pattern, self.source)
        text = found[0][1:-1] if found else "".join(wanted)
        return re.sub(r"\\([_%$&#])", r"\1", text).replace(" ", "\u00a0") if text.strip() else ""
