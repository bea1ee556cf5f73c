"""A language model's text under way: what may follow it, token by token, and the state that the model is in.

Where transformers decodes one model after one prompt (:mod:`raglan.nn.language`), several such texts can be decoded as one:
:mod:`raglan.generate.balanced`. Of a model's own rules for writing (``generation_config``) its ends hold and the token that
it has to begin with; others, such as no run of tokens twice, do not.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from raglan.extras import need
from raglan.models.reader import Said
from raglan.nn.language import LanguageModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

__all__ = ["Saying", "pieces"]


class Saying:
    """What ``model`` is about to write after the tokens ``ids`` of a prompt.

    The first token that it is told stands for the prompt, whatever it is. ``watched`` keeps the last layer's state, which
    :mod:`raglan.generate.balanced` compares. Keys and values of what was read are kept where the model has such.
    """

    def __init__(self, model: LanguageModel, ids: Sequence[int], *, watched: bool = False) -> None:
        self._model, self._watched = model, watched
        self._text, self._known = list(ids), dict[str, Any]()
        if model.seq2seq:
            given = self._given(self._text)
            with torch.no_grad():
                known = model.model.get_encoder()(input_ids=given, attention_mask=torch.ones_like(given))
            self._text, self._known = (
                [self._start],
                {"encoder_outputs": known, "attention_mask": torch.ones_like(given)},
            )
        self._begun, self._past = False, None
        self._states = torch.zeros(0, 0)

    @property
    def state(self) -> Array:
        """The last layer's state [d] after the last token, if it is watched."""
        return _array(self._states[-1])

    def next(self, token: int) -> Said:
        """Go on with ``token``; what may follow it."""
        if self._begun:
            self._text.append(token)
        logits, self._states, self._past = self._read(self._text if self._past is None else [token], self._past)
        chances = self._ended(logits.softmax(0))
        forced = self._model.model.generation_config.forced_bos_token_id if self._model.seq2seq else None
        if forced is not None and not self._begun:
            chances = torch.zeros_like(chances).index_fill_(0, torch.tensor([forced], device=chances.device), 1.0)
        self._begun = True
        return Said(_array(chances), np.zeros(0, np.float32), 1.0)

    def fork(self) -> Saying:
        """The same text so far, that goes on by itself; what a prompt was read to is shared."""
        return copy.deepcopy(self, {id(one): one for one in (self._model, self._known)})

    def along(self, text: str) -> tuple[Array, NDArray[np.int64]]:
        """States [n, d] after each beginning of ``text``, and the tokens [n] that followed; the last is the end.

        A causal model reads the text by itself, a seq2seq one as if it said it after the prompt. What is longer than the
        model's positions is left out.
        """
        model = self._model
        ids = [self._start, *model.answer(text)] if model.seq2seq else [*model.tokens(text)]
        if not model.seq2seq and ids and ids[-1] in model.ends:
            ids.pop()
        followed = [*ids[1:], *model.ends[:1]] if ids else []
        count = min(len(followed), model.positions or len(followed))
        if not count:
            return np.zeros((0, 0), np.float32), np.zeros(0, np.int64)
        _, states, _ = self._read(ids[:count], None)
        return _array(states), np.array(followed[:count], np.int64)

    @property
    def _start(self) -> int:
        rules = self._model.model.generation_config
        return int(rules.bos_token_id if rules.decoder_start_token_id is None else rules.decoder_start_token_id)

    def _read(self, ids: Sequence[int], past: Any) -> tuple[Tensor, Tensor, Any]:
        """Logits [v] of what follows ``ids``, states [t, d] of all of them if they are watched, and what was kept."""
        model, seq2seq = self._model.model, self._model.seq2seq
        given: dict[str, Any] = {"decoder_input_ids" if seq2seq else "input_ids": self._given(ids), **self._known}
        if not seq2seq:  # else some models warn of padding where there is none
            given["attention_mask"] = self._given([1] * (len(ids) if past is None else len(self._text)))
        if "logits_to_keep" in _takes(model):
            given["logits_to_keep"] = 1  # else a long prompt has a row of the whole vocabulary for each token
        with torch.no_grad():
            found = model(**given, past_key_values=past, use_cache=True, output_hidden_states=self._watched)
        kept = (found.decoder_hidden_states if seq2seq else found.hidden_states) if self._watched else None
        states = kept[-1][0].float() if kept else self._states
        return found.logits[0, -1].float(), states, getattr(found, "past_key_values", None)

    def _given(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor([list(ids)], device=self._model.device)

    def _ended(self, chances: Tensor) -> Tensor:
        """All ends as one, the first."""
        first, *others = self._model.ends or (0,)
        for other in others:
            chances[first] += chances[other]
            chances[other] = 0
        return chances


def pieces(model: LanguageModel, tokens: Iterable[int]) -> Iterator[str]:
    """What ``model`` says by ``tokens``, as soon as whole words are there."""
    shown = need("transformers", "hf").TextIteratorStreamer(model.tokenizer, skip_special_tokens=True)
    for token in tokens:
        shown.put(torch.tensor([token]))
        while not shown.text_queue.empty():
            yield shown.text_queue.get()
    shown.end()
    yield from filter(None, shown)


def _takes(model: Any) -> Iterable[str]:
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inspect.signature(base.forward).parameters


def _array(tensor: Tensor) -> Array:
    found: Array = tensor.cpu().numpy()
    return found
