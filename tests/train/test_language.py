"""Language models learn to answer from evidence; only the answer is learned, and LoRA leaves the model as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from raglan.datasets.dataset import Dataset  # noqa: E402
from raglan.errors import ConfigError  # noqa: E402
from raglan.nn.language import LanguageModel  # noqa: E402
from raglan.train.course import Course  # noqa: E402
from raglan.train.course_language import save, train_language  # noqa: E402
from raglan.train.language import SILENCE, LanguageLearning, adapted  # noqa: E402
from raglan.train.lessons import gathered  # noqa: E402
from raglan.types import Example, Query  # noqa: E402
from tests.generate.tiny import KINDS, saved  # noqa: E402
from tests.train.toy import passage  # noqa: E402

PARTS = ("battery", "boiler", "filter", "kettle")


def data() -> Dataset:
    """A part's letter stands beside it; of two parts nothing is said."""
    passages = [passage(f"d{at}", f"{part} {'wxyz'[at]}") for at, part in enumerate(PARTS)]
    rows = [Example(Query(f"{part}?"), ("wxyz"[at],), (f"d{at}",)) for at, part in enumerate(PARTS)]
    rows += [Example(Query(f"{part}?"), (), (), (f"d{at}",)) for part, at in (("pump", 0), ("valve", 1))]
    return Dataset("parts", tuple(rows), tuple(passages))


LESSONS = gathered([data()])


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(request.param, tmp_path_factory.mktemp("models") / request.param)


def test_the_loss_is_that_of_the_answers_tokens(place: Path) -> None:
    model = LanguageModel(place)
    one = LanguageLearning(model, LESSONS.sources)
    one.model.eval()
    row = LESSONS.rows[0]
    loss, report = one.objective(one.model, one.batch([(row, ())]))
    asked = torch.tensor([one.asked(row.question, [LESSONS.sources[row.right[0]]])])
    target = torch.tensor([[*model.tokenizer(row.answers[0], add_special_tokens=False)["input_ids"], 3]])
    begin = torch.tensor([[getattr(model.model.config, "decoder_start_token_id", 0)]])
    if model.seq2seq:
        given = {"input_ids": asked, "decoder_input_ids": torch.cat([begin, target[:, :-1]], dim=1)}
        logits = model.model(**given).logits[0]
    else:
        logits = model.model(input_ids=torch.cat([asked, target], dim=1)).logits[0, asked.shape[1] - 1 : -1]
    wanted = torch.nn.functional.cross_entropy(logits, target[0])
    torch.testing.assert_close(loss, wanted)
    assert report == {"write": pytest.approx(loss.item())}
    # With others in a batch the mean is over their tokens, and padding counts for nothing.
    pair = one.objective(one.model, one.batch([(row, ()), (row, ("parts/d1",))]))[0]
    torch.testing.assert_close(pair, loss)


def test_what_is_not_there_is_said_so(place: Path) -> None:
    model = LanguageModel(place)
    one = LanguageLearning(model, LESSONS.sources, blocks=2)
    batch = one.batch([(LESSONS.rows[-1], ())])
    labels = [int(token) for token in batch.labels[0] if token >= 0]
    assert model.tokenizer.decode(labels, skip_special_tokens=True).upper() == SILENCE


def test_it_learns_and_answers(place: Path, tmp_path: Path) -> None:
    model = LanguageModel(place)
    course = Course([data()], [data()], hard=1, batch=6, steps=200, rate=4e-3)
    done = train_language(course, model, longest=12)
    one = done.verdict.sets["parts"]
    assert one.before["f1"] < 0.5
    assert one.after["f1"] > 0.9
    assert done.verdict.kept
    save(model, tmp_path / "mine")
    again = LanguageLearning(LanguageModel(tmp_path / "mine"), LESSONS.sources, longest=12)
    for row in LESSONS.rows:
        said = again.answered(row.question, [LESSONS.sources[(row.right or row.wrong)[0]]])
        assert said == "".join(row.answers)


def test_a_lora_leaves_the_model_as_it_was(place: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    model = LanguageModel(place)
    before = {name: one.clone() for name, one in model.model.state_dict().items()}
    course = Course([data()], [data()], hard=1, batch=6, steps=3, rate=1e-2)
    train_language(course, model, lora=2, longest=12)
    after = {
        name.replace("base_model.model.", "").replace(".base_layer", ""): one
        for name, one in model.model.state_dict().items()
    }
    assert all(torch.equal(one, after[name]) for name, one in before.items())
    save(model, tmp_path / "adapter")
    names = {file.name for file in (tmp_path / "adapter").iterdir()}
    assert "adapter_model.safetensors" in names
    assert "model.safetensors" not in names
    again = LanguageModel(tmp_path / "adapter")
    one, other = (LanguageLearning(each, LESSONS.sources) for each in (model, again))
    asked = one.asked("battery?", [LESSONS.sources["parts/d0"]])
    found = [each.continued(asked, one.how) for each in (model, again)]
    assert other.answered("battery?", [LESSONS.sources["parts/d0"]]) == one.answered(
        "battery?", [LESSONS.sources["parts/d0"]]
    )
    assert found[0].logprob == pytest.approx(found[1].logprob, rel=1e-3)


def test_lora_counts_few_weights(place: Path) -> None:
    pytest.importorskip("peft")
    model = LanguageModel(place)
    whole = sum(one.numel() for one in model.model.parameters())
    adapted(model, 1)
    assert 0 < sum(one.numel() for one in model.model.parameters() if one.requires_grad) < whole / 4


def test_what_cannot_be_is_refused(place: Path) -> None:
    model = LanguageModel(place)
    with pytest.raises(ConfigError, match="has no vectors to mine negatives with"):
        train_language(Course([data()], [data()], negatives="mined"), model)
    with pytest.raises(ConfigError, match="blocks is 0"):
        LanguageLearning(model, LESSONS.sources, blocks=0)


def test_stopped_and_resumed_with_other_settings(place: Path, tmp_path: Path) -> None:
    course = Course([data()], [data()], tmp_path, hard=1, batch=6, steps=2, rate=1e-3)
    train_language(course, LanguageModel(place), longest=12)
    with pytest.raises(ConfigError, match="holds a run already"):
        train_language(course, LanguageModel(place), longest=12)
    with pytest.raises(ConfigError, match="was begun with rate"):
        train_language(replace(course, resume=True, rate=2e-3), LanguageModel(place), longest=12)
