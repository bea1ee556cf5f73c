"""A language model's text from what it says with the evidence, without it, and where the evidence says it in its own words.

Near: :mod:`raglan.generate.balanced`, the means; :mod:`raglan.generate.hf`, which checks and cites what comes of it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from raglan.generate.balanced import Balanced, Nearest, Remembered, share
from raglan.generate.decoding import Decoding, decoded, greedy
from raglan.generate.trusted import Balance, Grounds

if TYPE_CHECKING:
    from raglan.generate.fusing import Underway
    from raglan.nn.language import Continued, LanguageModel, Messages, Speaking

__all__ = ["Mixture", "Sides"]


class Sides(NamedTuple):
    """A prompt that was ``asked`` with evidence and one ``alone``, the ``texts`` of the evidence, and what speaks for it."""

    asked: str | Messages
    alone: str | Messages
    texts: Sequence[str]
    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Mixture:
    """The share of the side with evidence, or what tells it; of that side ``nearest`` is the share of words like its own.

    False where there is nothing but the model with its evidence.
    """

    balance: float | Balance
    nearest: float

    @classmethod
    def of(cls, balance: float | str | Path, nearest: float) -> Mixture:
        """As options say it, a path for a file; raises :class:`ConfigError` for what is no share, and no file."""
        weighs = Balance.open(balance) if isinstance(balance, (str, Path)) else share("balance", balance)
        return cls(weighs, share("nearest", nearest))

    def __bool__(self) -> bool:
        return self.balance != 1 or self.nearest > 0

    def write(self, model: LanguageModel, sides: Sides, how: Speaking) -> Continued:
        """What ``model`` says."""
        from raglan.nn.language import Continued

        # Beams are compared by their chance a token, much as transformers does by default: else the shortest wins.
        decoding = Decoding(how.beams, how.longest, penalty=float(how.beams > 1), cuts=True)
        [said, *_] = decoded(self._begin(model, sides), (), first=0, end=_end(model), how=decoding)
        text = model.tokenizer.decode(said.tokens, skip_special_tokens=True)
        count = len(said.tokens)
        return Continued(text, min(0.0, said.logprob), not said.ended, count + said.ended)

    def stream(self, model: LanguageModel, sides: Sides, how: Speaking) -> Generator[str]:
        """The same piece by piece, greedy."""
        from raglan.nn.saying import pieces

        begin = self._begin(model, sides)
        yield from pieces(model, greedy(begin, first=0, end=_end(model), longest=how.longest))

    def foretold(
        self, model: LanguageModel, sides: Sides, answer: str, longest: int
    ) -> tuple[list[float], list[float]]:
        """The chance of each token of ``answer``, its end included, by either side; of ``longest`` at most."""
        gap = " " if isinstance(sides.asked, str) else ""
        tokens = [*model.answer(answer, gap=gap), *model.ends[:1]][:longest]
        with_, without = self._texts(model, sides)
        return _chances(with_, tokens), _chances(without, tokens)

    def _begin(self, model: LanguageModel, sides: Sides) -> Underway:
        weight = self.balance.share(sides.grounds) if isinstance(self.balance, Balance) else self.balance
        return Balanced(*self._texts(model, sides), weight)

    def _texts(self, model: LanguageModel, sides: Sides) -> tuple[Underway, Underway]:
        """With evidence and without, each about to be written."""
        from raglan.nn.saying import Saying

        with_ = Saying(model, model.tokens(sides.asked), watched=self.nearest > 0)
        without = Saying(model, model.tokens(sides.alone))
        if not self.nearest:
            return with_, without
        return Nearest(with_, Remembered.of([with_.along(text) for text in sides.texts]), self.nearest), without


def _chances(text: Underway, tokens: Sequence[int]) -> list[float]:
    """Of each of ``tokens`` the chance that ``text`` goes on with it."""
    return [float(text.next(before).chances[token]) for before, token in pairwise([0, *tokens])]


def _end(model: LanguageModel) -> int:
    return model.ends[0] if model.ends else -1
