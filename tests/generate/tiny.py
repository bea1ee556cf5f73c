"""Tiny language models in Hugging Face's layout, with random weights; nothing is fetched."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers.decoders import WordPiece
from tokenizers.processors import TemplateProcessing

from tests.models.samples import VOCABULARY, tokenizer

KINDS = ("causal", "seq2seq", "bart")
_TALK = (
    "{% for one in messages %}{{ one.role }} : {{ one.content }} {% endfor %}"
    "{% if add_generation_prompt %}answer :{% endif %}"
)


def saved(kind: str, folder: Path, *, talks: bool = False) -> Path:
    """A model of a kind: causal as GPT-2, seq2seq as T5, or as BART."""
    torch.manual_seed(7)
    ends: dict[str, Any] = {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    size: dict[str, Any] = {"vocab_size": len(VOCABULARY)}
    model: Any
    if kind == "causal":
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(**size, **ends, n_embd=32, n_layer=2, n_head=2, n_positions=1200 if talks else 200)
        )
    elif kind == "seq2seq":
        sizes: dict[str, Any] = {"d_model": 32, "d_ff": 64, "d_kv": 16, "num_layers": 2, "num_heads": 2}
        begins: dict[str, Any] = {"eos_token_id": 3, "pad_token_id": 0, "decoder_start_token_id": 0}
        model = transformers.T5ForConditionalGeneration(transformers.T5Config(**size, **sizes, **begins))
    else:
        model = transformers.BartForConditionalGeneration(
            transformers.BartConfig(
                **size,
                **ends,
                d_model=32,
                encoder_layers=2,
                decoder_layers=2,
                encoder_attention_heads=2,
                decoder_attention_heads=2,
                encoder_ffn_dim=64,
                decoder_ffn_dim=64,
                max_position_embeddings=200,
                decoder_start_token_id=3,
                forced_eos_token_id=None,
                init_std=0.2,
                dropout=0.0,
            )
        )
    model.save_pretrained(folder)
    made = tokenizer()
    made.no_padding()
    made.no_truncation()
    made.decoder = WordPiece()
    made.post_processor = TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", eos_token="[SEP]", bos_token="[CLS]", unk_token="[UNK]"
    )
    if talks:
        fast.chat_template = _TALK
    fast.save_pretrained(folder)
    return folder
