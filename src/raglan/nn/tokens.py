"""Texts to the numbers that a trunk reads: ids, which of them are tokens, and which side of a pair each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from raglan.text.surrogates import mended

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["Batch", "Tokens"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``ids`` int64, ``mask`` bool (``True`` = token) and ``types`` int64 (0, and 1 for the second of a pair), all [b, t].

    Padding stands behind the tokens; its type is 0.
    """

    ids: Tensor
    mask: Tensor
    types: Tensor

    def __len__(self) -> int:
        return self.ids.shape[0]

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        return Batch(self.ids.to(device), self.mask.to(device), self.types.to(device))


class Tokens:
    """Cuts texts into at most ``length`` word pieces, special ones included.

    A pair's query keeps at most ``query_length`` of them, a quarter unless given, and leaves the rest to its passage.
    Works on a copy of ``tokenizer``, whose own truncation and padding are left out. Rows are padded to a multiple of
    ``multiple`` (8 suits matrix units of GPUs), but not beyond ``length``. Raises ValueError for lengths that fit no pair.
    """

    def __init__(
        self, tokenizer: Tokenizer, *, length: int = 256, query_length: int | None = None, multiple: int = 1
    ) -> None:
        query_length = max(1, length // 4) if query_length is None else query_length
        self._tokenizer = type(tokenizer).from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._pad = next((at for name in ("[PAD]", "<pad>") if (at := tokenizer.token_to_id(name)) is not None), 0)
        self._room = length - tokenizer.num_special_tokens_to_add(is_pair=True)
        if not 0 < query_length < self._room or multiple < 1:
            raise ValueError(
                f"a query of {query_length} word pieces leaves no room for a passage in {length}, special ones included"
            )
        self._tokenizer.enable_truncation(length)
        self._length, self._query_length, self._multiple = length, query_length, multiple

    def texts(self, texts: Sequence[str]) -> Batch:
        """Each text by itself, its end cut off where it is too long."""
        return self._batch(self._encoded(texts, whole=True))

    def pairs(self, queries: Sequence[str], passages: Sequence[str]) -> Batch:
        """Query and passage in one row; what is too long is cut off the passage.

        A query loses only what exceeds ``query_length``, however long its passage. Raises ValueError where there are not
        as many queries as passages.
        """
        firsts, seconds = self._encoded(queries, whole=False), self._encoded(passages, whole=False)
        rows = []
        for first, second in zip(firsts, seconds, strict=True):
            first.truncate(self._query_length)
            second.truncate(self._room - len(first))
            rows.append(self._tokenizer.post_process(first, second))
        return self._batch(rows)

    def _encoded(self, texts: Sequence[str], *, whole: bool) -> list[Encoding]:
        return self._tokenizer.encode_batch([mended(text) for text in texts], add_special_tokens=whole)

    def _batch(self, rows: Sequence[Encoding]) -> Batch:
        longest = max((len(row) for row in rows), default=0)
        width = min(-(-longest // self._multiple) * self._multiple, self._length)
        ids = torch.full((len(rows), width), self._pad)
        mask, types = torch.zeros(len(rows), width, dtype=torch.bool), torch.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row.ids)
            types[at, : len(row)] = torch.tensor(row.type_ids)
            mask[at, : len(row)] = True
        return Batch(ids, mask, types)
