"""A recurrent language model: one vector, the hidden state, stands for everything that has been read.

Each token changes the state, and the state predicts the next token (Mikolov et al., 2010); the cells are LSTMs (Hochreiter &
Schmidhuber, 1997), whose gates let a state last for many tokens. Training reads rows of a fixed length, each from an empty
state: gradients go back to the beginning of the row (truncated backpropagation through time).

Notable choices: the LSTM is PyTorch's, the embeddings and the output matrix are two tables; a dropout on what goes into the
output and between layers; the forget gates begin by remembering. `start` and `extend` make it a `LanguageModel` of
`llm.generation`: its sequence keeps a state of fixed size where a Transformer keeps a cache that grows.
"""

from __future__ import annotations

from collections import abc

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# B texts, T tokens of each, D d_hidden, L n_layers
State = tuple[Tensor, Tensor]  # h and c, (L, B, D) each


class RecurrentSequence:
    """A text that the model has read: its ids, and the state (L, 1, D) behind them. None before the first token."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.state: State | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def fork(self) -> RecurrentSequence:
        """A second sequence that begins like this one."""
        other = RecurrentSequence()
        other.ids, other.state = list(self.ids), self.state  # states are never written to
        return other

    def truncate(self, length: int) -> None:
        """Forget all tokens, or none: a state cannot be undone. Raises ValueError for any other length."""
        if length == 0:
            self.ids, self.state = [], None
        elif length != len(self):
            raise ValueError(
                f"a recurrent state cannot go back from {len(self)} tokens to {length}: only to 0; read the text again"
            )


class RecurrentLM(nn.Module):
    """Embeddings, LSTM layers, an output matrix.

    vocab_size: how many ids there are; d_embedding: numbers of an embedding; d_hidden: of a state; dropout: share of the numbers
    set to 0 in training.
    """

    context_length: int | None = None  # a state reads on for ever

    def __init__(
        self,
        vocab_size: int,
        d_embedding: int = 128,
        d_hidden: int = 384,
        n_layers: int = 1,
        *,
        dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(vocab_size, d_embedding, d_hidden, n_layers) < 1 or not 0 <= dropout < 1:
            raise ValueError("sizes must be at least 1 and dropout in 0 … 1 (1 itself would leave nothing)")
        self.vocab_size = vocab_size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(vocab_size, d_embedding)
            self.lstm = nn.LSTM(
                d_embedding, d_hidden, n_layers, batch_first=True, dropout=dropout if n_layers > 1 else 0.0
            )
            self.dropout = nn.Dropout(dropout)
            self.output = nn.Linear(d_hidden, vocab_size)
        for name, bias in self.lstm.named_parameters():
            if name.startswith("bias_ih"):  # its second quarter is the forget gate's; the other bias stays near 0
                nn.init.ones_(bias[d_hidden : 2 * d_hidden])

    def output_matrix(self) -> Tensor:
        """What turns states into logits, (vocab_size, D)."""
        return self.output.weight

    def states(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """The state after each of `ids` (B, T): (B, T, D), and what to go on from."""
        if ids.dim() != 2 or ids.shape[1] == 0:
            raise ValueError(f"ids must be of shape (batch, tokens) with at least one token, not {tuple(ids.shape)}")
        h, state = self.lstm(self.embedding(ids), state)
        return h, state

    def forward(self, ids: Tensor, targets: Tensor | None = None) -> Tensor:
        """Logits (B, T, vocab_size) of the token after each of `ids` (B, T); with `targets` (B, T) the mean loss in nats."""
        logits: Tensor = self.output(self.dropout(self.states(ids)[0]))
        if targets is None:
            return logits
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    def start(self, prompt: abc.Sequence[int] | Tensor) -> tuple[RecurrentSequence, abc.Sequence[int] | Tensor]:
        """A new sequence, and the prompt, all of which is still to be read."""
        return RecurrentSequence(), prompt

    @torch.no_grad()
    def extend(
        self, sequences: abc.Sequence[RecurrentSequence], new: abc.Sequence[abc.Sequence[int] | Tensor]
    ) -> Tensor:
        """Read the ids `new[i]` after `sequences[i]`: the logits (n, vocab_size), float32, of what follows each.

        Raises ValueError for nothing to read and for ids that do not exist; nothing is read then.
        """
        rows = [torch.as_tensor(ids) for ids in new]
        for ids in rows:
            if ids.dim() != 1 or len(ids) == 0 or ids.is_floating_point():
                raise ValueError("there must be at least one token id to read, and no embeddings")
            if not 0 <= int(ids.min()) <= int(ids.max()) < self.vocab_size:
                raise ValueError(f"ids must be from 0 to {self.vocab_size - 1}")
        logits = []
        for sequence, ids in zip(sequences, rows, strict=True):
            h, sequence.state = self.states(ids[None], sequence.state)
            sequence.ids += ids.tolist()
            logits.append(self.output(h[0, -1]))
        return torch.stack(logits).float()
