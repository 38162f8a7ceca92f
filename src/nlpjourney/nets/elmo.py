"""ELMo: a vector for every occurrence of a word, from a language model in two directions (Peters et al., *Deep
contextualized word representations*, 2018).

A forward LSTM predicts each word from those before it, a backward LSTM from those after it. To do so their states must hold
what the rest of the sentence says, so the state beside *bank* differs with the sentence. A task mixes the layers with
weights of its own (`LayerMix`).

Notable choices:
- Words come in as UTF-8 bytes (a CNN with highway layers, Kim et al., 2016), so none is unknown; each different word of a
  batch is encoded once. Only the words to predict are a fixed list.
- Both directions share the word encoder and the softmax, and have LSTMs of their own. As in the first program, states are
  projected to fewer numbers and clipped, and each layer above the first adds its input to its output. That program's
  weights and ours are the same numbers in another order.
- The softmax is over the whole list: for some thousand words that is quicker than sampling one. No dropout, Adam.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

# B sentences, T places of the longest (with one mark at each end), C bytes of a word, P d_proj, H d_hidden, V words to predict

BEGIN_SENTENCE, END_SENTENCE, BEGIN_WORD, END_WORD, PADDING = 256, 257, 258, 259, 260
N_CHARACTERS = 262  # 0 stands where there is no word; all others are shifted by one
BEGIN, END, UNKNOWN = "<S>", "</S>", "<UNK>"
Sentence = Sequence[str]


def character_ids(sentences: Sequence[Sentence], max_chars: int) -> Tensor:
    """Bytes of words, int64 (B, T, C), with a mark for each sentence's begin and end; 0 behind the end.

    A word is its mark, up to C - 2 bytes, its end mark and padding.
    """
    longest = max((len(sentence) for sentence in sentences), default=0)
    ids = torch.zeros(len(sentences), longest + 2, max_chars, dtype=torch.int64)
    for row, sentence in enumerate(sentences):
        inner = [[BEGIN_SENTENCE], *(list(w.encode()[: max_chars - 2]) for w in sentence), [END_SENTENCE]]
        words = [[BEGIN_WORD, *word, END_WORD] + [PADDING] * (max_chars - 2 - len(word)) for word in inner]
        ids[row, : len(words)] = torch.tensor(words) + 1
    return ids


class WordEncoder(nn.Module):
    """A word's bytes to a vector: filters of several widths, the strongest answer of each, highway layers, projection."""

    def __init__(self, d_char: int, filters: Sequence[tuple[int, int]], n_highway: int, d_proj: int) -> None:
        super().__init__()
        n_filters = sum(n for _, n in filters)
        self.characters = nn.Embedding(N_CHARACTERS, d_char, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(d_char, n, width) for width, n in filters)
        self.carry = nn.ModuleList(nn.Linear(n_filters, n_filters) for _ in range(n_highway))
        self.transform = nn.ModuleList(nn.Linear(n_filters, n_filters) for _ in range(n_highway))
        self.projection = nn.Linear(n_filters, d_proj)
        for gate in self.carry:
            nn.init.constant_(gate.bias, -2.0)  # type: ignore[arg-type]  # a highway begins by letting its input pass

    def forward(self, ids: Tensor) -> Tensor:
        """(n, C) to (n, P)."""
        x = self.characters(ids).transpose(1, 2)  # (n, d_char, C)
        x = torch.cat([F.relu(filter_(x).amax(dim=2)) for filter_ in self.convolutions], dim=1)  # (n, n_filters)
        for carry, transform in zip(self.carry, self.transform):
            gate = torch.sigmoid(carry(x))
            x = gate * F.relu(transform(x)) + (1 - gate) * x
        projected: Tensor = self.projection(x)
        return projected


class LSTMLayer(nn.Module):
    """A long short-term memory (Hochreiter & Schmidhuber, 1997) with projected output (Sak et al., 2014).

    i, f, o = sigmoid(…), g = tanh(…);  c = f c + i g;  h = W_hr (o tanh c); c and h are clipped to -clip … clip.
    Weights are laid out as those of `torch.nn.LSTM`, whose two biases are one here.
    """

    def __init__(self, n_in: int, d_hidden: int, d_proj: int, clip: float) -> None:
        super().__init__()
        self.d_hidden, self.d_proj, self.clip = d_hidden, d_proj, clip
        bound = d_hidden**-0.5
        self.weight_ih, self.weight_hh, self.weight_hr = (
            nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
            for shape in ((4 * d_hidden, n_in), (4 * d_hidden, d_proj), (d_proj, d_hidden))
        )
        self.bias = nn.Parameter(torch.zeros(4 * d_hidden))
        nn.init.ones_(self.bias[d_hidden : 2 * d_hidden])  # the forget gate begins by remembering

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, n_in) to (B, T, P), from left to right."""
        outside = x @ self.weight_ih.T + self.bias  # (B, T, 4H), all places at once
        h, c = x.new_zeros(len(x), self.d_proj), x.new_zeros(len(x), self.d_hidden)
        states = []
        for gates in outside.unbind(1):
            i, f, g, o = (gates + h @ self.weight_hh.T).chunk(4, dim=1)  # (B, H) each
            c = (torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)).clamp(-self.clip, self.clip)
            h = ((torch.sigmoid(o) * torch.tanh(c)) @ self.weight_hr.T).clamp(-self.clip, self.clip)
            states.append(h)
        return torch.stack(states, dim=1)


def reverse(x: Tensor, lengths: Tensor) -> Tensor:
    """Each row of x (B, T, D) turned round within its length (B,); what lies behind stays."""
    places = torch.arange(x.shape[1])
    turned = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)  # (B, T)
    return x.gather(1, turned[:, :, None].expand_as(x))


class ELMo(nn.Module):
    """The language model in two directions. `words`: those it can predict, most frequent first.

    d_char: numbers a byte; filters: (width, number) of the CNN's; n_highway; d_hidden: memory cells H of each LSTM; d_proj: its
    output P, and the size of a word's encoding; max_chars: bytes of a word C, with its two marks; clip: largest state.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        d_char: int = 16,
        filters: Sequence[tuple[int, int]] = ((1, 16), (2, 16), (3, 32), (4, 64)),
        n_highway: int = 1,
        d_hidden: int = 256,
        d_proj: int = 64,
        n_layers: int = 2,
        max_chars: int = 20,
        clip: float = 3.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        widest = max((width for width, _ in filters), default=0)
        if not 1 <= widest <= max_chars:
            raise ValueError(f"filters need widths from 1 to max_chars ({max_chars}), the widest here has {widest}")
        self.words = [BEGIN, END, UNKNOWN, *words]
        self.index = {word: i for i, word in enumerate(self.words)}
        if len(self.index) < len(self.words):
            raise ValueError(f"words must be different, and none of {BEGIN}, {END}, {UNKNOWN}")
        self.max_chars, self.filters = max_chars, [tuple(f) for f in filters]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = WordEncoder(d_char, filters, n_highway, d_proj)
            self.to_right, self.to_left = (
                nn.ModuleList(LSTMLayer(d_proj, d_hidden, d_proj, clip) for _ in range(n_layers)) for _ in range(2)
            )
            self.softmax = nn.Linear(d_proj, len(self.words))

    @classmethod
    def from_sentences(cls, sentences: Sequence[Sentence], n_words: int = 5000, **options: Any) -> ELMo:
        """An untrained model that predicts the `n_words` most frequent words of tokenized sentences.

        Its softmax begins with their frequencies, so that what is left to learn is what the context adds.
        """
        counts = Counter(word for sentence in sentences for word in sentence)
        listed = counts.most_common(n_words)
        model = cls((word for word, _ in listed), **options)
        # Every word is predicted twice, a begin or an end once.
        rest = counts.total() - sum(count for _, count in listed)
        times = [len(sentences) / 2, len(sentences) / 2, max(rest, 1), *(count for _, count in listed)]
        with torch.no_grad():
            model.softmax.bias.copy_(torch.tensor([time / sum(times) for time in times]).log())
        return model

    def forward(self, ids: Tensor) -> Tensor:
        """From `character_ids` (B, T, C) to all layers, (n_layers + 1, B, T, 2P): left-to-right half, right-to-left half.

        Layer 0 is the word encoding, twice. At a place the first half has read the words up to it, itself included, the second
        half those from the last down to it.
        """
        different, where = torch.unique(ids.flatten(0, 1), dim=0, return_inverse=True)
        x = self.encoder(different)[where].view(*ids.shape[:2], -1)  # (B, T, P)
        lengths = (ids[:, :, 0] > 0).sum(dim=1)  # (B,)
        right, left = x, reverse(x, lengths)
        layers = [torch.cat([x, x], dim=2)]
        for n, (to_right, to_left) in enumerate(zip(self.to_right, self.to_left)):
            right, left = (h + f(h) if n else f(h) for f, h in ((to_right, right), (to_left, left)))
            layers.append(torch.cat([right, reverse(left, lengths)], dim=2))
        return torch.stack(layers)

    def loss(self, sentences: Sequence[Sentence]) -> Tensor:
        """The mean negative log probability (nats) of the next word, in both directions; end marks count, too."""
        top = self(character_ids(sentences, self.max_chars))[-1]  # (B, T, 2P)
        right, left = top.chunk(2, dim=2)
        targets = torch.full(top.shape[:2], -100)  # -100: nothing to predict
        for row, sentence in enumerate(sentences):
            numbers = [self.index.get(word, 2) for word in sentence]
            targets[row, : len(numbers) + 2] = torch.tensor([0, *numbers, 1])
        # The state at a place predicts the place after it, or the place before it.
        inside = targets[:, 1:] >= 0
        states = torch.cat([right[:, :-1][inside], left[:, 1:][inside]])
        wanted = torch.cat([targets[:, 1:][inside], targets[:, :-1][inside]])
        return F.cross_entropy(self.softmax(states), wanted)

    def fit(
        self,
        sentences: Sequence[Sentence],
        *,
        epochs: int = 1,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        seed: int = 0,
    ) -> list[float]:
        """Train with Adam on tokenized sentences; the loss of every batch. The rate falls in a straight line to a tenth.

        Batches hold sentences of about the same length, and come in random order.
        """
        by_length = sorted((s for s in sentences if len(s)), key=len)
        if not by_length:
            raise ValueError("there is no sentence with a word in it to learn from")
        starts = torch.arange(0, len(by_length), batch_size)
        n_steps = epochs * len(starts)
        generator = torch.Generator().manual_seed(seed)
        adam = torch.optim.Adam(self.parameters(), lr=learning_rate)
        fall = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.1, n_steps)
        losses = []
        with tqdm(total=n_steps, desc="ELMo", unit=" batches", leave=False, delay=1, disable=None) as bar:
            for _ in range(epochs):
                for start in starts[torch.randperm(len(starts), generator=generator)].tolist():
                    loss = self.loss(by_length[start : start + batch_size])
                    adam.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    nn.utils.clip_grad_norm_(self.parameters(), 10.0)
                    adam.step()
                    fall.step()
                    losses.append(loss.item())
                    bar.update()
        return losses

    @torch.inference_mode()
    def encode(self, sentences: Sequence[Sentence]) -> list[Tensor]:
        """For each sentence the vectors of its words in every layer, float32 (n_layers + 1, n_words, 2P), marks left out."""
        if any(isinstance(sentence, str) for sentence in sentences):
            raise TypeError("a sentence must be a list of words")
        layers = self(character_ids(sentences, self.max_chars))
        return [layers[:, row, 1 : len(sentence) + 1] for row, sentence in enumerate(sentences)]


class LayerMix(nn.Module):
    """What a task sees: gamma times the weighted sum of the layers, weights by softmax; all learned with the task."""

    def __init__(self, n_layers: int) -> None:
        """n_layers: with the word encoding, so one more than the model's."""
        super().__init__()
        self.scores, self.gamma = nn.Parameter(torch.zeros(n_layers)), nn.Parameter(torch.ones(()))

    def forward(self, layers: Tensor) -> Tensor:
        """(n_layers, …) to (…)."""
        mixed: Tensor = self.gamma * torch.tensordot(self.scores.softmax(0), layers, dims=1)
        return mixed
