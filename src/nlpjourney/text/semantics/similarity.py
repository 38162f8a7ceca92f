"""How close two meanings are in a WordNet: by the way between them, and by how special the place is where they meet.

Path similarity (Rada, Mili, Bicknell & Blettner, 1989) is 1 / (1 + steps between the two); Wu & Palmer (1994) compare the depth
of the deepest common ancestor with the depths of the two: 2·d(common) / (d(a) + d(b)), so that two dogs deep down are closer than
two things near the top. Notable choices: as in NLTK a virtual root joins what has no common ancestor, unless both are nouns;
of the common ancestors the one counts whose shortest way to a top is longest, and its depth is that of its longest way.
"""

from __future__ import annotations

from nlpjourney.text.semantics.graph import WordNet

_ROOT = "*ROOT*"


def distance(net: WordNet, one: str, other: str) -> int | None:
    """Steps on the shortest way up from one synset and down to the other; None if they share nothing."""
    if one == other:
        return 0
    up, down = _ways_up(net, one, other), _ways_up(net, other, one)
    return min((up[name] + down[name] for name in up.keys() & down.keys()), default=None)


def path_similarity(net: WordNet, one: str, other: str) -> float | None:
    """1 for the same synset, 1/2 for one and its hypernym, …; None if they share nothing. Raises KeyError for unknown names."""
    steps = distance(net, one, other)
    return None if steps is None else 1 / (1 + steps)


def wup_similarity(net: WordNet, one: str, other: str) -> float | None:
    """Wu & Palmer's measure, above 0 up to 1; None if they share nothing. Raises KeyError for unknown names."""
    up, down = _ways_up(net, one, other), _ways_up(net, other, one)
    common = up.keys() & down.keys()
    if not common:
        return None
    lowest = max(_min_depth(net, name) for name in common)
    candidates = sorted(name for name in common if _min_depth(net, name) == lowest)
    subsumer = one if one in candidates else candidates[0]
    if subsumer == _ROOT:
        return 2 / (2 + up[_ROOT] + down[_ROOT])
    depth = 1 + net.depth(subsumer)[1]
    # With several hypernyms the shortest way to the subsumer may lead over its own ancestors, and then down.
    ways = (distance(net, one, subsumer) or 0) + (distance(net, other, subsumer) or 0)
    return 2 * depth / (2 * depth + ways)


def _ways_up(net: WordNet, name: str, other: str) -> dict[str, int]:
    """Steps to all that lies above; the virtual root, where there is one, lies above the farthest."""
    ways = net.ancestors(name)
    if not net.synsets[name].pos == net.synsets[other].pos == "n":
        ways[_ROOT] = 1 + max(ways.values())
    return ways


def _min_depth(net: WordNet, name: str) -> int:
    return 0 if name == _ROOT else net.depth(name)[0]
