"""A language model of Hugging Face's layout, seq2seq or causal, that runs on this machine: text in, text out.

Nothing is fetched: a name that is no folder is looked for among what was fetched before, unless one says otherwise. No code
that comes with a model is run.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from raglan.errors import ConfigError, ModelError
from raglan.extras import need

__all__ = ["Continued", "LanguageModel", "Messages", "Speaking"]

Messages = Sequence[dict[str, str]]  # role and content


@dataclass(frozen=True, slots=True)
class Speaking:
    """How a text is written: at most ``longest`` tokens, ``beams`` texts at a time; drawn by chance above temperature 0."""

    longest: int = 256
    beams: int = 1
    temperature: float = 0.0

    def __post_init__(self) -> None:
        if self.longest < 1 or self.beams < 1 or not 0 <= self.temperature < 100:
            raise ConfigError(f"{self} cannot be: longest and beams are at least 1, temperature is at least 0")


class Continued(NamedTuple):
    """What a model wrote in so many ``tokens``, the log of its chance, and whether it was ``cut``: longer than asked for."""

    text: str
    logprob: float
    cut: bool
    tokens: int = 1


class LanguageModel:
    """The model and the tokenizer in ``folder``; an adapter's folder (LoRA) brings the model that it was made for.

    ``fetch`` allows a name of the model hub, and its download. ``device`` is the first GPU, or else the CPU, unless given.
    Raises :class:`ModelError` for what is no such model, :class:`raglan.errors.MissingExtra` without transformers.
    """

    def __init__(self, folder: str | Path, *, fetch: bool = False, device: str = "") -> None:
        hub = need("transformers", "hf")
        name, own = str(folder), {"local_files_only": not fetch, "trust_remote_code": False}
        shown = hub.utils.logging.is_progress_bar_enabled()
        hub.utils.logging.disable_progress_bar()
        try:
            adapter = Path(name, "adapter_config.json").is_file()
            base = need("peft", "hf").PeftConfig.from_pretrained(name).base_model_name_or_path if adapter else name
            config = hub.AutoConfig.from_pretrained(base, **own)
            self.seq2seq = bool(config.is_encoder_decoder)
            kind = hub.AutoModelForSeq2SeqLM if self.seq2seq else hub.AutoModelForCausalLM
            self.model: Any = kind.from_pretrained(base, **own)
            if adapter:
                self.model = need("peft", "hf").PeftModel.from_pretrained(self.model, name)
            self.tokenizer: Any = hub.AutoTokenizer.from_pretrained(name, **own)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                f"{name} holds no language model that transformers can run ({_first(error)}); name a folder that has its "
                "config, weights and tokenizer, or allow a download with fetch"
            ) from error
        finally:
            if shown:
                hub.utils.logging.enable_progress_bar()
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.model.to(self.device).eval()
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        positions = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
        self.positions = int(positions) if positions else 0  # 0: as many as memory holds

    def room(self, longest: int) -> int:
        """How many tokens of a prompt it reads where ``longest`` are to be written; 0 for any number.

        Raises :class:`ConfigError` where none are left.
        """
        if not self.positions or self.seq2seq:
            return self.positions
        if longest >= self.positions:
            raise ConfigError(f"{longest} tokens to write leave none of the model's {self.positions} positions to read")
        return self.positions - longest

    @property
    def talks(self) -> bool:
        """Whether it was trained on messages."""
        return bool(getattr(self.tokenizer, "chat_template", None))

    def tokens(self, prompt: str | Messages) -> list[int]:
        """A prompt as the model reads it: a text, or messages if it :attr:`talks`."""
        if isinstance(prompt, str):
            return list(self.tokenizer(prompt)["input_ids"])
        text = self.tokenizer.apply_chat_template(list(prompt), tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def answer(self, text: str, *, gap: str = " ") -> list[int]:
        """The tokens with which it says ``text``, without its end; a causal one ``gap`` after a prompt."""
        found = self.tokenizer(text if self.seq2seq else gap + text, add_special_tokens=self.seq2seq)["input_ids"]
        return [one for one in found if one != self.tokenizer.eos_token_id]

    @property
    def ends(self) -> tuple[int, ...]:
        """The tokens that end what it writes; none where nothing but the number of tokens does."""
        told = self.model.generation_config.eos_token_id
        return tuple(told) if isinstance(told, list) else () if told is None else (int(told),)

    def write(self, prompt: str | Messages, how: Speaking) -> Continued:
        """What follows ``prompt``."""
        return self.continued(self.tokens(prompt), how)

    def continued(self, ids: Sequence[int], how: Speaking) -> Continued:
        """What follows these tokens."""
        with torch.no_grad():
            found = self.model.generate(
                **self._given(ids), **self._options(how), return_dict_in_generate=True, output_scores=True
            )
            beams = getattr(found, "beam_indices", None)
            logs = self.model.compute_transition_scores(found.sequences, found.scores, beams, normalize_logits=True)
        written = found.sequences[0][0 if self.seq2seq else len(ids) :]
        text = self.tokenizer.decode(written, skip_special_tokens=True)
        finite = logs[0][torch.isfinite(logs[0])]
        ended = int(written[-1]) in (*self.ends, self.tokenizer.pad_token_id) if len(written) else True
        return Continued(
            text, min(0.0, float(finite.sum())), not ended and len(found.scores) >= how.longest, len(finite)
        )

    def stream(self, prompt: str | Messages, how: Speaking) -> Generator[str]:
        """The same piece by piece, greedy or drawn; who stops listening stops the model."""
        hub = need("transformers", "hf")
        stopped = threading.Event()
        pieces = hub.TextIteratorStreamer(self.tokenizer, skip_prompt=not self.seq2seq, skip_special_tokens=True)
        failed: list[BaseException] = []

        def run() -> None:
            try:
                with torch.no_grad():
                    self.model.generate(
                        **self._given(self.tokens(prompt)),
                        **self._options(Speaking(how.longest, 1, how.temperature)),
                        streamer=pieces,
                        stopping_criteria=[lambda ids, _: torch.full((len(ids),), stopped.is_set(), device=ids.device)],
                    )
            except BaseException as error:  # noqa: BLE001 (told to who listens)
                failed.append(error)
                pieces.end()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield from filter(None, pieces)
        finally:
            stopped.set()
            thread.join()
        if failed:
            raise failed[0]

    def _given(self, ids: Sequence[int]) -> dict[str, Any]:
        given = torch.tensor([list(ids)], device=self.device)
        return {"input_ids": given, "attention_mask": torch.ones_like(given)}

    def _options(self, how: Speaking) -> dict[str, Any]:
        drawn = {"do_sample": True, "temperature": how.temperature} if how.temperature else {"do_sample": False}
        return {
            "max_new_tokens": how.longest,
            "num_beams": how.beams,
            "pad_token_id": self.tokenizer.pad_token_id,
            **drawn,
        }


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
