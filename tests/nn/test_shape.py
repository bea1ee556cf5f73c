"""Sizes, from and to a configuration."""

from typing import Any

import pytest
from transformers import BertConfig

from raglan.errors import ModelError
from raglan.nn.shape import Shape
from tests.nn.samples import SHAPE


def test_there_and_back() -> None:
    odd = Shape(vocab=7, width=6, layers=1, heads=3, inner=5, positions=9, types=1, epsilon=1e-5)
    for shape in (SHAPE, odd):
        assert Shape.of(shape.config()) == shape
        assert Shape.of(BertConfig(**shape.config()).to_dict()) == shape


def test_what_a_configuration_may_leave_out_is_bert_s() -> None:
    needed = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
    theirs = BertConfig()
    assert Shape.of({key: getattr(theirs, key) for key in needed}) == Shape.of(theirs.to_dict())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "roberta"}, "model_type is 'roberta'; only 'bert'"),
        ({"hidden_act": "gelu_new"}, "hidden_act is 'gelu_new'"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type is 'relative_key'"),
        ({"is_decoder": True}, "decoder"),
        ({"hidden_size": 30}, "hidden_size 30 cannot be shared out among 4 heads"),
        ({"hidden_size": "32"}, "hidden_size is '32', not a whole number"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"vocab_size": True}, "vocab_size is True"),
        ({"vocab_size": None}, "vocab_size is None"),
        ({"layer_norm_eps": 0}, "layer_norm_eps is 0"),
        ({"layer_norm_eps": "small"}, "layer_norm_eps is 'small'"),
    ],
)
def test_what_cannot_be_computed_is_said(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        Shape.of({**SHAPE.config(), **change})


def test_missing_sizes_are_named() -> None:
    with pytest.raises(ModelError, match="does not say hidden_size, num_attention_heads"):
        Shape.of({"vocab_size": 5, "num_hidden_layers": 1, "intermediate_size": 8})
