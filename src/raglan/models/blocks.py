"""A question and its sources as a reader gets them: blocks of word pieces, each of which knows where it stands.

A block is ``[CLS] question [SEP] title. text [SEP]`` (Fusion-in-Decoder, Izacard and Grave 2021). A source that does not
fit into one is cut into several that overlap, each under its title: nothing of it is left out. Needs no torch.

Types of tokens are 0 for the question and 1 for the source. Where a reader has learned from little, it is told by type 2
which words of the source stand in the question (the exact match of DrQA, Chen et al. 2017): what is a matter of course to
a trunk that has read much has to be found out by one that has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from raglan.errors import ConfigError
from raglan.text.surrogates import mended
from raglan.types import Passage

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from raglan.models.folder import Reading

__all__ = ["MATCHED", "Block", "Cutter", "Source"]

MATCHED = 2  # the type of what stands in the question
_MISSING = "[MASK]"


class Source(NamedTuple):
    """What a passage is called, and what it says."""

    title: str
    text: str

    @classmethod
    def of(cls, passage: Passage) -> Source:
        """Title and headings of a passage, and its text as it stands: what is pointed at are its own characters.

        >>> from raglan.types import Span
        >>> Source.of(Passage("a:0", "24 months.", "a.md", Span(0, 10), meta={"title": "Terms", "headings": ("Warranty",)}))
        Source(title='Terms. Warranty', text='24 months.')
        """
        called = [passage.meta.get("title", ""), *passage.meta.get("headings", ())]
        return cls(". ".join(dict.fromkeys(str(one) for one in called if str(one).strip())), passage.text)


class Block(NamedTuple):
    """``ids`` and ``types`` of a block's tokens; from token ``first`` on they are of the text of the source at ``source``.

    ``spans`` has the characters of that text for which each of these tokens stands: from, and to before.
    """

    source: int
    ids: list[int]
    types: list[int]
    first: int
    spans: list[tuple[int, int]]

    def token(self, character: int) -> int | None:
        """The token, of all of the block, that stands for a character of the text, or none does."""
        for at, (start, end) in enumerate(self.spans):
            if start <= character < end:
                return self.first + at
        return None


class Cutter:
    """Cuts a question and sources into blocks of at most ``length`` word pieces, special ones included.

    The question keeps at most ``query_length`` of them (0: a quarter), a title at most as many; blocks of one source share
    ``overlap`` pieces of its text, an eighth of ``length`` unless given. With ``matches``, pieces of title and text that the
    question has as well are of type :data:`MATCHED`, unless they are punctuation. Works on a copy of ``tokenizer``. Raises
    :class:`ConfigError` for lengths that leave a text no room.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        *,
        length: int = 256,
        query_length: int = 0,
        overlap: int | None = None,
        matches: bool = False,
    ) -> None:
        self._tokenizer: Any = type(tokenizer).from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        if self._tokenizer.decoder is None:
            from tokenizers.decoders import WordPiece

            self._tokenizer.decoder = WordPiece()  # else pieces would stand apart
        self._matches = matches
        self._query_length = query_length or max(1, length // 4)
        self._room = length - self._tokenizer.num_special_tokens_to_add(is_pair=True)
        self._overlap = overlap = length // 8 if overlap is None else overlap
        if overlap < 0 or self._room - 2 * self._query_length <= overlap:
            raise ConfigError(
                f"blocks of {length} word pieces have no room for text beside a question and a title of "
                f"{self._query_length} each and an overlap of {overlap}"
            )

    @classmethod
    def of(cls, tokenizer: Tokenizer, reading: Reading) -> Cutter:
        """One that cuts as a model reads."""
        return cls(tokenizer, length=reading.length, query_length=reading.query_length, matches=reading.matches)

    @property
    def begin(self) -> int:
        """The token that stands before a pair: what is written begins with it."""
        return int(self._tokenizer.encode("").ids[0])

    @property
    def telling(self) -> int | None:
        """What a sentence begins with that is written, instead of :attr:`begin`: the token for what is missing, if any."""
        found: int | None = self._tokenizer.token_to_id(_MISSING)
        return found

    @property
    def end(self) -> int:
        """The token that stands behind a pair: what is written ends with it."""
        return int(self._tokenizer.encode("").ids[-1])

    def pieces(self, text: str) -> list[int]:
        """The tokens of a text, without special ones."""
        return list(self._tokenizer.encode(mended(text), add_special_tokens=False).ids)

    def words(self, ids: Sequence[int]) -> str:
        """What these tokens say, without special ones."""
        return str(self._tokenizer.decode(list(ids)))

    def __call__(self, question: str, sources: Sequence[Source]) -> list[Block]:
        """The blocks of each source, in order; a source without text has one without text."""
        [asked], titles, texts = (
            self._tokenizer.encode_batch([mended(text) for text in many], add_special_tokens=False)
            for many in (
                [question],
                [f"{source.title}." if source.title.strip() else "" for source in sources],
                [source.text for source in sources],
            )
        )
        asked.truncate(self._query_length)
        return [
            block
            for at, (title, text) in enumerate(zip(titles, texts, strict=True))
            for block in self._blocks(at, asked, title, text)
        ]

    def _blocks(self, source: int, asked: Encoding, title: Encoding, text: Encoding) -> Iterator[Block]:
        title.truncate(self._query_length)
        text.truncate(self._room - len(asked) - len(title), stride=self._overlap)
        shared = self._telling(asked) if self._matches else frozenset()
        for window in (text, *text.overflowing):
            whole = self._tokenizer.post_process(asked, type(window).merge([title, window], growing_offsets=False))
            closing = next((n for n, special in enumerate(reversed(whole.special_tokens_mask)) if not special), 0)
            first, types = len(whole.ids) - closing - len(window), whole.type_ids
            for place in range(first - len(title), first + len(window)) if shared else ():
                if whole.ids[place] in shared:
                    types[place] = MATCHED
            yield Block(source, whole.ids, types, first, window.offsets)

    def _telling(self, asked: Encoding) -> frozenset[int]:
        """The pieces of a question whose return in a text says something: neither marks nor what is unknown."""
        special = self._tokenizer.get_added_tokens_decoder()
        pairs = zip(asked.ids, asked.tokens, strict=True)
        return frozenset(piece for piece, word in pairs if piece not in special and any(map(str.isalnum, word)))
