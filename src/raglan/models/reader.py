"""A reader without torch: blocks are read once, and what is written looks at them token by token.

The graph is that of :mod:`raglan.nn.reader_graph`. Blocks are sorted by length and read in batches side by side, as
:mod:`raglan.models.graph` does; of what was read only tokens are kept, no padding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ModelError
from raglan.models.blocks import Block
from raglan.models.folder import AGAIN
from raglan.models.graph import batched, cores, opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Fed = dict[str, NDArray[Any]]

__all__ = ["Known", "ReaderGraph", "Said", "Writing"]

_FAR = -1e9  # added to the logits of what nobody looks at


@dataclass(frozen=True, slots=True)
class Known:
    """What reading left of n blocks: ``ends`` float [n, longest, 2] are logits of start and end, ``support`` [n] log-odds.

    ``fed`` is what writing looks at: keys, values, states and names of the s tokens of all blocks in a row, and ``place``
    int [s] the block of each; both empty unless it was asked for.
    """

    ends: Array
    support: Array
    place: NDArray[np.int64]
    fed: Fed

    def part(self, block: int) -> Known:
        """What is known of one block alone."""
        own = self.place == block
        turned = {
            name: one[..., own] if name.startswith("sources.keys") or name == "names" else one[..., own, :]
            for name, one in self.fed.items()
        }
        return Known(self.ends[block : block + 1], self.support[block : block + 1], self.place[own] * 0, turned)


class Said(NamedTuple):
    """The next token's ``chances`` [v], ``copied`` [s] that say from which token of the sources, and the ``own`` share."""

    chances: Array
    copied: Array
    own: float


class Writing:
    """A text under way: :meth:`ReaderGraph.next` goes on with it; a :meth:`fork` goes on by itself."""

    def __init__(self, known: Known, looks: Array, past: Fed, soft: Array, length: int = 0) -> None:
        self.known, self.looks, self.past, self.soft, self.length = known, looks, past, soft, length

    def fork(self) -> Writing:
        """The same text so far; arrays are shared, never changed."""
        return Writing(self.known, self.looks, dict(self.past), self.soft, self.length)


class ReaderGraph:
    """The graph in ``model``; raises :class:`ModelError`, which names ``source``, for bytes that are no such graph.

    ``writing`` gives a graph of its own to write with (:mod:`raglan.nn.writing_graph`); it is asked for when first something
    is written. Texts that are there already are weighed by ``model``, as :meth:`logs` says.
    """

    def __init__(
        self, model: bytes, source: object, *, threads: int = 0, writing: Callable[[], Any] | None = None
    ) -> None:
        self._session = opened(model, source)
        self._writing = writing
        told = self._session.get_modelmeta().custom_metadata_map
        if not {"strength", "offset"} <= told.keys():
            raise ModelError(f"{source} is a graph, and no reader's; {AGAIN}")
        self._strength, self._offset = float(told["strength"]), int(told["offset"])
        self.longest = (
            self._offset - 1
        )  # tokens that can be written, beside the first: blocks and text share the positions
        self._source, self._threads = source, threads or cores()
        sizes = {one.name: one.shape for one in self._session.get_inputs()}
        self._layers = sum(name.startswith("past.keys.") for name in sizes)
        self._heads, self._head = int(sizes["past.keys.0"][1]), int(sizes["past.keys.0"][3])
        self._pairs = [f"{what}.{at}" for at in range(self._layers) for what in ("keys", "values")]

    def read(self, blocks: Sequence[Block], *, writes: bool = False) -> Known:
        """Every block by itself; with ``writes`` all is kept that writing looks at, 18 kB a token in the shipped reader.

        Raises :class:`ModelError` for numbers that are not finite.
        """
        import numpy as np

        longest = max((len(block.ids) for block in blocks), default=0)
        ends, support = np.zeros((len(blocks), longest, 2), np.float32), np.zeros(len(blocks), np.float32)
        kept: list[Fed] = [{} for _ in blocks]
        wanted = ["ends", "support", *(["read", *self._pairs] if writes else [])]

        def run(rows: list[int]) -> None:
            found = self._run(wanted, self._block_rows([blocks[at] for at in rows]))
            for row, at in enumerate(rows):
                length = len(blocks[at].ids)
                ends[at, :length], support[at] = found["ends"][row, :length], found["support"][row, 0]
                if writes:
                    kept[at] = {name: found[name][row, :, :length].copy() for name in self._pairs}
                    kept[at]["states"] = found["read"][row, :length].copy()

        batches = list(batched([len(block.ids) for block in blocks], self._threads))
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(run, batches))
        if not (np.isfinite(ends).all() and np.isfinite(support).all()):
            raise ModelError(f"{self._source} gives numbers that are not finite: its weights are damaged; use another")
        place = np.repeat(np.arange(len(blocks)), [len(block.ids) for block in blocks] if writes else 0)
        return Known(ends, support, place, self._joined(blocks, kept) if writes else {})

    def begin(self, known: Known, weights: Sequence[float] | None = None, soft: Array | None = None) -> Writing:
        """A text that rests on ``known``, which was read for writing; ``weights`` of its blocks sum to 1.

        ``soft`` [d] is added to the first token: a mean of passages' vectors. Raises :class:`ModelError` for one of another
        size.
        """
        import numpy as np

        looks = np.zeros(len(known.place), np.float32)
        if weights is not None:
            looks = self.looks(weights)[known.place]
        added = self._plain(1) if soft is None else np.asarray(soft, np.float32).reshape(1, 1, -1)
        if added.shape[2] != self._heads * self._head:
            raise ModelError(
                f"{self._source} has states of {self._heads * self._head} numbers, and is given a vector of "
                f"{added.shape[2]}: take the encoder that it learned with"
            )
        empty = np.zeros((1, self._heads, 0, self._head), np.float32)
        return Writing(known, looks, {f"past.{name}": empty for name in self._pairs}, added)

    def looks(self, weights: Sequence[float]) -> Array:
        """What ``weights`` [n] of blocks add to the logits by which their tokens are looked at: [n]."""
        import numpy as np

        logs = np.log(np.maximum(np.asarray(weights, np.float32), 1e-9))
        return (self._strength * logs).astype(np.float32)

    def next(self, writing: Writing, token: int) -> Said:
        """Go on with ``token``; what may follow it."""
        import numpy as np

        own = np.zeros((1, writing.length + 1), np.float32)
        given: Fed = {
            **writing.known.fed,
            **writing.past,
            "ids": np.array([[token]], np.int64),
            "types": np.ones((1, 1), np.int64),
            "positions": np.array([[self._offset + writing.length]], np.int64),
            "bias": np.concatenate([writing.looks[None], own], axis=1)[:, None, None],
            "looks": writing.looks[None],
            "soft": self._plain(1) if writing.length else writing.soft,
        }
        wanted = ["chances", "copied", "own", *self._pairs]
        if self._writer:
            found = dict(zip(wanted, self._writer.run(wanted, given), strict=True))
        else:
            found = self._run(wanted, {**given, "written": np.zeros(1, np.int64)})
        writing.past = {f"past.{name}": found[name] for name in self._pairs}
        writing.length += 1
        return Said(found["chances"][0, 0], found["copied"][0, 0], float(found["own"][0, 0, 0]))

    def logs(
        self,
        known: Known,
        texts: Sequence[Sequence[int]],
        ends: tuple[int, int],
        weights: Sequence[float] | None = None,
    ) -> list[float]:
        """The log of the chance of each text, a token, its end included: as :meth:`next` would give it token by token.

        ``ends`` are the tokens that begin and that end a text. The graph that reads weighs them, also where another one
        writes: what elects among answers was fitted to it.
        """
        import numpy as np

        if not texts:
            return []
        # In one row, each text blind to the others: side by side, short ones would be padded to the longest.
        begun, lengths = self.begin(known, weights), [len(text) + 1 for text in texts]
        ids = np.array([token for text in texts for token in (ends[0], *text)], np.int64)[None]
        said = np.array([token for text in texts for token in (*text, ends[1])], np.int64)
        of, at = np.repeat(np.arange(len(texts)), lengths), np.concatenate([np.arange(length) for length in lengths])
        seen = (of[:, None] == of) & (at[:, None] >= at)
        own = np.where(seen, 0, _FAR).astype(np.float32)
        given: Fed = {
            **known.fed,
            "ids": ids,
            "types": np.ones_like(ids),
            "positions": self._offset + at[None],
            "bias": np.concatenate([np.broadcast_to(begun.looks, (len(of), len(begun.looks))), own], axis=1)[
                None, None
            ],
            "looks": begun.looks[None],
            "soft": self._plain(1),
            "written": np.zeros(1, np.int64),
        }
        given |= begun.past
        chances = self._run(["chances"], given)["chances"][0]
        logs = np.log(np.maximum(chances[np.arange(len(said)), said], 1e-9))
        return [float(row.mean()) for row in np.split(logs, np.cumsum(lengths)[:-1])]

    @cached_property
    def _writer(self) -> Any:
        """A session of what writes, if that is a graph of its own."""
        return self._writing() if self._writing else None

    def _run(self, wanted: list[str], given: Fed) -> Fed:
        return dict(zip(wanted, self._session.run(wanted, given), strict=True))

    def _block_rows(self, blocks: Sequence[Block]) -> Fed:
        """Blocks as the graph reads them: one token that nobody looks at stands for the sources that there are not yet."""
        import numpy as np

        rows, t = len(blocks), max(len(block.ids) for block in blocks)
        given: Fed = {"ids": np.zeros((rows, t), np.int64), "types": np.zeros((rows, t), np.int64)}
        given["bias"] = np.full((rows, 1, 1, 1 + t), _FAR, np.float32)
        for row, block in enumerate(blocks):
            given["ids"][row, : len(block.ids)] = block.ids
            given["types"][row, : len(block.ids)] = block.types
            given["bias"][row, 0, 0, 1 : 1 + len(block.ids)] = 0
        given["positions"] = np.broadcast_to(np.arange(t), (rows, t))
        nothing = np.zeros((rows, self._heads, 0, self._head), np.float32)
        for at in range(self._layers):
            given[f"sources.keys.{at}"] = np.zeros((rows, self._heads, self._head, 1), np.float32)
            given[f"sources.values.{at}"] = np.zeros((rows, self._heads, 1, self._head), np.float32)
        given |= {f"past.{name}": nothing for name in self._pairs}
        width = self._heads * self._head
        given |= {"states": np.zeros((rows, 1, width), np.float32), "names": np.zeros((rows, 1), np.int64)}
        given["written"] = np.array([t], np.int64)  # nothing
        return {**given, "looks": np.zeros((rows, 1), np.float32), "soft": self._plain(rows)}

    def _plain(self, rows: int) -> Array:
        import numpy as np

        return np.zeros((rows, 1, self._heads * self._head), np.float32)

    def _joined(self, blocks: Sequence[Block], kept: Sequence[Fed]) -> Fed:
        """Keys, values and states of all blocks in a row, in the layout in which they are multiplied."""
        import numpy as np

        fed: Fed = {}
        for name in self._pairs:
            whole = np.concatenate([one[name] for one in kept], axis=1)[None]  # [1, h, s, e]
            turned = whole.transpose(0, 1, 3, 2) if name.startswith("keys") else whole
            fed[f"sources.{name}"] = np.ascontiguousarray(turned)
        fed["states"] = np.concatenate([one["states"] for one in kept])[None]
        fed["names"] = np.array([[name for block in blocks for name in block.ids]], np.int64)
        return fed
