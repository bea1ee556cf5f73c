"""OpenAI's own client, as it is."""

import numpy as np
import pytest

openai = pytest.importorskip("openai", reason="the client of OpenAI is not installed")

from raglan.generate.sentence import SentenceGenerator  # noqa: E402
from raglan.serve.app import app  # noqa: E402
from raglan.serve.openai_shapes import Chat  # noqa: E402
from tests.serve.running import listening  # noqa: E402


@pytest.fixture
def asking(service):
    with listening(app(service)) as url, openai.OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        yield client


def said(question):
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]


def test_a_completion_names_its_sources(asking):
    told = asking.chat.completions.create(model="raglan", messages=said("How long is the warranty?"))
    message = told.choices[0].message
    assert message.content.startswith("24 months")
    assert "[1] warranty.md" in message.content
    [cited] = message.raglan["citations"]
    assert cited["document"] == "warranty.md"
    assert cited["passage"] in {piece["passage"] for piece in message.raglan["evidence"]}
    assert told.usage.total_tokens > 0


def test_a_stream_says_the_same(asking):
    whole = asking.chat.completions.create(model="raglan", messages=said("How long is the warranty?"))
    options = {"include_usage": True}
    chunks = list(
        asking.chat.completions.create(
            model="raglan", messages=said("How long is the warranty?"), stream=True, stream_options=options
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].raglan["citations"]
    assert chunks[-1].usage.total_tokens > 0


class Speaking(SentenceGenerator):
    hurries = True

    def stream(self, query, evidence):
        draft = self.write(query, evidence)
        for word in draft.text.split():
            yield word + " "
        return draft


def test_a_stream_comes_piece_by_piece(asking, service):
    service.whole.rag.generator = Speaking()
    service.whole.rag.threshold = 0
    chunks = list(
        asking.chat.completions.create(model="raglan", messages=said("How long is the warranty?"), stream=True)
    )
    assert len(chunks) > 5


def test_what_the_documents_do_not_hold_is_not_answered(asking):
    for question, nothing in (("Who won the chess game in 1972?", "do not seem"), ("谁发明了电话机？", "没有答案")):
        told = asking.chat.completions.create(model="raglan", messages=said(question))
        assert nothing in told.choices[0].message.content
        assert told.choices[0].message.raglan["abstained"]


def test_what_is_wrong_reaches_the_client(asking):
    with pytest.raises(openai.UnprocessableEntityError, match="one must be the user's"):
        asking.chat.completions.create(model="raglan", messages=[{"role": "assistant", "content": "Hello"}])
    with pytest.raises(openai.NotFoundError):
        asking.models.retrieve("gpt-0")


def test_what_stands_behind_the_question_changes_nothing(asking):
    question = {"role": "user", "content": [{"type": "text", "text": "How long is the warranty?"}]}
    behind = [
        {"role": "assistant", "content": "The"},
        {"role": "user", "content": " "},
        {"role": "tool", "content": "1"},
    ]
    told = asking.chat.completions.create(model="raglan", messages=[question, *behind])
    assert told.choices[0].message.content.startswith("24 months")


def test_of_a_whole_prompt_the_end_is_the_question():
    turns = [{"role": "user", "content": f"{n} " + "b" * 30_000} for n in range(60)]
    prompt = {"role": "user", "content": "x" * 50_000 + " How long is the warranty?\n"}
    query = Chat.model_validate({"messages": [*turns, prompt]}).query()
    assert query is not None
    assert query.text.endswith("How long is the warranty?")
    assert len(query.text) == 4_000
    assert len(query.history) == 40
    assert max(len(turn.text) for turn in query.history) == 20_000


def test_the_document_says_what_is_refused(client, service):
    told = client.get("/openapi.json").json()
    operation = told["paths"]["/v1/embeddings"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert operation["properties"]["dimensions"]["enum"] == [service.whole.vectors.encoder.dim, None]
    assert "contains" in told["components"]["schemas"]["Chat"]["properties"]["messages"]
    assert "\\p{L}" in str(told["components"]["schemas"]["Access"])


def test_embeddings_are_those_of_the_store(asking, service):
    texts = ["error E-07", "保修期"]
    packed = asking.embeddings.create(model="raglan-embedding", input=texts)
    plain = asking.embeddings.create(model="raglan-embedding", input=texts, encoding_format="float")
    wanted = service.whole.vectors.encoder.encode(texts, role="passage")
    for told in (packed, plain):
        rows = np.array([one.embedding for one in told.data], np.float32)
        assert np.allclose(rows, wanted, atol=1e-6)
    assert asking.embeddings.create(model="raglan-embedding", input="one").data[0].index == 0


def test_models_are_listed(asking):
    assert [model.id for model in asking.models.list()] == ["raglan", "raglan-embedding"]
