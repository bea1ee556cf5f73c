"""A language model that learns to answer from evidence: the likelihood of the answer's tokens, given sources and question.

``L = -(1/T) Σ_t log p(y_t | y_<t, sources, question)``; where the sources do not answer, y says so. With a LoRA of rank r
only matrices of rank r beside those of the model learn (Hu et al. 2022).

Rows: :mod:`raglan.train.lessons`. Near: :mod:`raglan.train.reading`, whose model points at answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from raglan.datasets.dataset import alone
from raglan.errors import ConfigError
from raglan.extras import need
from raglan.generate.hf import fitted, plain
from raglan.models.blocks import Source
from raglan.nn.language import LanguageModel, Speaking
from raglan.train.lessons import Lesson
from raglan.train.step import Report
from raglan.types import Evidence, Query

__all__ = ["SILENCE", "LanguageBatch", "LanguageLearning", "adapted"]

SILENCE = "NOT FOUND"
_BUDGET = 12_000  # characters of evidence at most
_IDLE = -100  # a label that teaches nothing, as transformers has it


class LanguageBatch(NamedTuple):
    """ids int [b, t], mask bool [b, t], and the labels int [b, u] of what is learned, -100 elsewhere."""

    ids: Tensor
    mask: Tensor
    labels: Tensor


class LanguageLearning:
    """The objective over :class:`LanguageBatch`; ``given`` are the sources by name, ``blocks`` of them come with a question.

    Answers of more than ``longest`` tokens are cut there.
    """

    def __init__(
        self, model: LanguageModel, given: Mapping[str, Source], *, blocks: int = 1, longest: int = 64, seed: int = 0
    ) -> None:
        if blocks < 1:
            raise ConfigError(f"blocks is {blocks}, must be at least 1")
        self.model: nn.Module = model.model
        self.how = Speaking(longest)
        self._by, self._given, self._blocks, self._seed = model, given, blocks, seed

    def batch(self, rows: Sequence[tuple[Lesson, Sequence[str]]], number: int = 0) -> LanguageBatch:
        """Lessons, each with names of wrong sources beside its own; what is drawn hangs on the seed and ``number``."""
        chance = np.random.default_rng([self._seed, number])
        ids, labels = [], []
        for lesson, more in rows:
            names = [lesson.right[int(chance.integers(len(lesson.right)))]] if lesson.right else []
            names = list(dict.fromkeys([*names, *lesson.wrong, *more]))[: self._blocks]
            said = lesson.answers[0] if lesson.right else SILENCE
            asked = self.asked(lesson.question, [self._given[names[int(at)]] for at in chance.permutation(len(names))])
            target = self._target(said)
            ids.append(torch.tensor(asked if self._by.seq2seq else asked + target))
            labels.append(torch.tensor(target if self._by.seq2seq else [_IDLE] * len(asked) + target))
        mask = pad_sequence([torch.ones(len(one), dtype=torch.bool) for one in ids], batch_first=True)
        padded = pad_sequence(ids, batch_first=True, padding_value=self._by.tokenizer.pad_token_id)
        return LanguageBatch(padded, mask, pad_sequence(labels, batch_first=True, padding_value=_IDLE))

    def objective(self, model: nn.Module, batch: LanguageBatch) -> tuple[Tensor, Report]:
        """Loss and report."""
        loss: Tensor = model(input_ids=batch.ids, attention_mask=batch.mask.long(), labels=batch.labels).loss
        return loss, {"write": loss.item()}

    def asked(self, question: str, sources: Sequence[Source]) -> list[int]:
        """The prompt, as much of it as the model has room for."""
        evidence = [
            Evidence(alone(str(at), one.text, one.title), 1 / len(sources)) for at, one in enumerate(sources, 1)
        ]
        made, _ = fitted(self._by, plain, Query(question), evidence, _BUDGET, self.how.longest)
        return self._by.tokens(made)

    def answered(self, question: str, sources: Sequence[Source]) -> str:
        """What the model says, greedy; nothing where it says that there is no answer."""
        self.model.eval()
        said = self._by.continued(self.asked(question, sources), self.how).text.strip()
        return "" if said.upper().startswith(SILENCE) else said

    def _target(self, said: str) -> list[int]:
        return [*self._by.answer(said)[: self.how.longest - 1], self._by.tokenizer.eos_token_id]


def adapted(model: LanguageModel, rank: int) -> None:
    """Let only matrices of ``rank`` beside those of ``model`` learn (LoRA)."""
    library: Any = need("peft", "hf")
    settings = library.LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.05,
        target_modules="all-linear",
        fan_in_fan_out=any(type(part).__name__ == "Conv1D" for part in model.model.modules()),  # GPT-2's matrices
        task_type="SEQ_2_SEQ_LM" if model.seq2seq else "CAUSAL_LM",
    )
    model.model = library.get_peft_model(model.model, settings)
