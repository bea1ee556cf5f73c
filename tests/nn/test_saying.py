"""A language model's text, token by token: as transformers writes it, in the states that the whole text has at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from raglan.generate.balanced import Balanced, Nearest, Remembered  # noqa: E402
from raglan.generate.decoding import Decoding, decoded, greedy  # noqa: E402
from raglan.nn.language import LanguageModel, Speaking  # noqa: E402
from raglan.nn.saying import Saying, pieces  # noqa: E402
from tests.generate.tiny import KINDS, saved  # noqa: E402

ASKED = "battery warranty 24 months."
OTHER = "kettle?"
FOLLOWS = "descale the boiler."


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return LanguageModel(saved(request.param, tmp_path_factory.mktemp("models") / request.param))


def said(model: LanguageModel, prompt: str = ASKED, *, watched: bool = False) -> Saying:
    return Saying(model, model.tokens(prompt), watched=watched)


def whole(model: LanguageModel, prompt: str, text: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Chances and last states of all of a text read at once, nothing kept."""
    ids = torch.tensor([model.tokens(prompt)])
    with torch.no_grad():
        if model.seq2seq:
            given = torch.tensor([[model.model.generation_config.decoder_start_token_id, *text]])
            found = model.model(input_ids=ids, decoder_input_ids=given, output_hidden_states=True, use_cache=False)
            states = found.decoder_hidden_states[-1][0]
        else:
            given = torch.cat([ids, torch.tensor([text], dtype=torch.long)], dim=1)
            found = model.model(input_ids=given, output_hidden_states=True, use_cache=False)
            states = found.hidden_states[-1][0]
    last = len(text) + 1
    return found.logits[0, -last:].softmax(-1).numpy(), states[-last:].numpy()


@pytest.mark.parametrize("prompt", [ASKED, OTHER])
def test_it_says_what_transformers_says(model: LanguageModel, prompt: str) -> None:
    for longest in (3, 12):
        written = model.write(prompt, Speaking(longest))
        how = Decoding(longest=longest, cuts=True)
        [told] = decoded(said(model, prompt), (), first=0, end=model.ends[0], how=how)
        assert model.tokenizer.decode(told.tokens, skip_special_tokens=True) == written.text
        assert tuple(greedy(said(model, prompt), first=0, end=model.ends[0], longest=longest)) == told.tokens
        assert "".join(pieces(model, told.tokens)) == written.text
        assert told.logprob == pytest.approx(written.logprob, rel=1e-3)
        assert len(told.tokens) + told.ended == written.tokens
        if told.tokens[-1:] != (model.tokenizer.pad_token_id,):  # which transformers takes for an end
            assert told.ended != written.cut


def test_chances_and_states_are_those_of_the_whole_text(model: LanguageModel) -> None:
    text = model.answer(FOLLOWS)
    chances, states = whole(model, ASKED, text)
    under = said(model, watched=True)
    for at, token in enumerate([0, *text]):
        under = under.fork() if at % 2 else under
        found = under.next(token)
        np.testing.assert_allclose(found.chances, chances[at], atol=1e-5)
        np.testing.assert_allclose(under.state, states[at], atol=1e-4)
        assert (len(found.copied), found.own) == (0, 1.0)


def test_a_fork_goes_on_by_itself(model: LanguageModel) -> None:
    one, two = model.answer("boiler")[0], model.answer("kettle")[0]
    text = said(model)
    text.next(0)
    other = text.fork()
    text.next(one)
    np.testing.assert_allclose(other.next(two).chances, whole(model, ASKED, [two])[0][-1], atol=1e-5)
    np.testing.assert_allclose(text.next(two).chances, whole(model, ASKED, [one, two])[0][-1], atol=1e-5)


def test_two_prompts_make_one_text(model: LanguageModel) -> None:
    text = model.answer(FOLLOWS)
    both = Balanced(said(model), said(model, OTHER), 0.3)
    wanted = 0.3 * whole(model, ASKED, text)[0] + 0.7 * whole(model, OTHER, text)[0]
    for at, token in enumerate([0, *text]):
        np.testing.assert_allclose(both.next(token).chances, wanted[at], atol=1e-5)


@pytest.mark.parametrize("prompt", [ASKED, OTHER])
def test_two_sides_that_agree_say_what_transformers_says(model: LanguageModel, prompt: str) -> None:
    written = model.write(prompt, Speaking(8))
    for first, second, weight in ((prompt, prompt, 0.4), (prompt, "pump", 1.0), ("pump", prompt, 0.0)):
        begin = Balanced(said(model, first), said(model, second), weight)
        [told] = decoded(begin, (), first=0, end=model.ends[0], how=Decoding(longest=8))
        assert model.tokenizer.decode(told.tokens, skip_special_tokens=True) == written.text


def test_states_along_a_text(model: LanguageModel) -> None:
    states, tokens = said(model, watched=True).along(FOLLOWS)
    text = model.answer(FOLLOWS)
    assert tokens.tolist()[-1] == model.ends[0]
    if model.seq2seq:  # read as if it were said
        assert tokens.tolist() == [*text, model.ends[0]]
        np.testing.assert_allclose(states, whole(model, ASKED, text)[1], atol=1e-4)
    else:  # read by itself
        ids = model.tokens(FOLLOWS)
        assert tokens.tolist() == [*ids[1:], model.ends[0]]
        with torch.no_grad():
            found = model.model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states[-1][0]
        np.testing.assert_allclose(states, found.numpy(), atol=1e-4)


def test_reading_along_changes_nothing_of_the_text(model: LanguageModel) -> None:
    text = said(model, watched=True)
    text.next(0)
    text.along(FOLLOWS)
    [one] = model.answer("boiler")[:1]
    np.testing.assert_allclose(text.next(one).chances, whole(model, ASKED, [one])[0][-1], atol=1e-5)


def test_what_is_longer_than_the_positions_is_left_out(model: LanguageModel) -> None:
    states, tokens = said(model, watched=True).along("boiler " * 300)
    assert len(states) == len(tokens)
    assert not model.positions or len(tokens) == model.positions
    assert [len(one) for one in said(model, watched=True).along("")] == [int(model.seq2seq)] * 2


def test_a_text_that_stands_there_is_copied(model: LanguageModel) -> None:
    """What a seq2seq model would say is looked up in what it would say: all that is near is the text itself."""
    if not model.seq2seq:
        pytest.skip("a causal model reads the evidence by itself, in other states")
    under = said(model, watched=True)
    known = Remembered.of([under.along("descale boiler with water")])
    text = Nearest(under, known, 1.0, heat=1e-3)
    assert list(greedy(text, first=0, end=model.ends[0], longest=20)) == model.answer("descale boiler with water")


def test_several_ends_are_one(tmp_path: Path) -> None:
    model = LanguageModel(saved("causal", tmp_path / "ends"))
    plain = said(model).next(0).chances
    model.model.generation_config.eos_token_id = [3, 40]
    found = said(model).next(0).chances
    assert found[3] == pytest.approx(plain[3] + plain[40])
    assert found[40] == 0
    model.model.generation_config.eos_token_id = None
    assert model.ends == ()
    np.testing.assert_allclose(said(model).next(0).chances, plain)


def test_a_text_begins_as_it_has_to(tmp_path: Path) -> None:
    model = LanguageModel(saved("bart", tmp_path / "forced"))
    model.model.generation_config.forced_bos_token_id = 2
    text = said(model)
    assert text.next(0).chances.argmax() == 2
    assert text.next(2).chances.max() < 1
    [told] = decoded(said(model), (), first=0, end=3, how=Decoding(longest=6))
    assert model.tokenizer.decode(told.tokens, skip_special_tokens=True) == model.write(ASKED, Speaking(6)).text


def test_a_model_that_keeps_nothing_reads_all_again(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = model.model.forward

    def forgets(*given, use_cache: bool, past_key_values, **named):
        assert past_key_values is None
        return forward(*given, use_cache=False, **named)

    text, wanted = model.answer(FOLLOWS), whole(model, ASKED, model.answer(FOLLOWS))[0]
    monkeypatch.setattr(model.model, "forward", forgets)
    under = said(model)
    for at, token in enumerate([0, *text]):
        np.testing.assert_allclose(under.next(token).chances, wanted[at], atol=1e-5)
