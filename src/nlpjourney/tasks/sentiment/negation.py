"""Words for learned models, and the mark NOT_ on those that a negation reaches.

A bag of words cannot tell *good* from *not good*. Das & Chen (2001) let every word between a negation and the end of its clause
become another word, NOT_good, so that a model learns a weight of its own for it; Pang, Lee & Vaithyanathan (2002) did so for
film reviews. Notable choices: the negations and the ends are NLTK's (a clause ends at . : ; ! ?, while for Pang and others any
punctuation mark ends it), the mark stands in front as in the papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.:;!?,]")
NEGATION = re.compile(
    r"^(?:never|no|nothing|nowhere|noone|none|not|havent|hasnt|hadnt|cant|couldnt|shouldnt|wont|wouldnt|dont|doesnt|didnt|"
    r"isnt|arent|aint)$|n't"
)
END = re.compile(r"^[.:;!?]$")


def words(text: str) -> list[str]:
    """Words in lower case and the punctuation marks of clauses; a curly apostrophe becomes a straight one."""
    return TOKEN.findall(text.lower().replace("’", "'"))


def mark_negation(tokens: Sequence[str]) -> list[str]:
    """The tokens, with NOT_ before each one between a negation and the end of its clause. The negation itself stays."""
    marked, inside = [], False
    for token in tokens:
        if not inside and NEGATION.search(token):
            inside = True
            marked.append(token)
            continue
        inside = inside and not END.match(token)
        marked.append(f"NOT_{token}" if inside else token)
    return marked
