import json

from raglan.errors import StoreError
from raglan.generate.sentence import SentenceGenerator
from raglan.types import Clarify, Draft, Query


def ask(client, question, **more):
    return client.post("/v1/answer", json={"question": question, **more})


def events(text):
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n", 1)
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_has_its_sources(client):
    told = ask(client, "How long is the warranty?").json()
    assert "24 months" in told["answer"]
    assert not told["abstained"]
    [cited, *_] = told["citations"]
    assert cited["document"] == "warranty.md"
    text = client.get("/v1/documents/warranty.md").json()["text"]
    assert text[cited["start"] : cited["end"]] == cited["quote"]
    [piece] = [piece for piece in told["evidence"] if piece["passage"] == cited["passage"]]
    assert cited["quote"] in piece["text"]
    assert told["id"]


def test_a_passage_that_is_cited_can_be_judged_by_its_id(client):
    question = "How many documents mention the warranty?"
    told = ask(client, question).json()
    assert told["coverage"], "read of all passages, so that there is no evidence to look it up in"
    opinions = [{"query": question, "passage": one["passage"], "verdict": 1} for one in told["citations"]]
    assert opinions
    assert [client.post("/v1/feedback", json=one).json() for one in opinions] == [{"kept": True}] * len(opinions)


def test_chinese_is_asked_and_answered_alike(client):
    told = ask(client, "保修期多长？", threshold=0).json()
    assert "二十四个月" in told["answer"]
    assert client.get("/v1/documents/保修.md").json()["id"] == "保修.md"


def test_a_follow_up_is_searched_for_as_it_stands_alone(client):
    history = [{"role": "user", "text": "How long is the warranty?"}, {"role": "assistant", "text": "24 months"}]
    told = ask(client, "Does it cover filters?", history=history, threshold=0).json()
    assert "warranty" in told["searched_for"]
    streamed = events(ask(client, "Does it cover filters?", history=history, threshold=0, stream=True).text)
    assert streamed[-1][1]["searched_for"] == told["searched_for"]
    assert ask(client, "How long is the warranty?").json()["searched_for"] is None
    chat = [*({"role": one["role"], "content": one["text"]} for one in history)]
    chat.append({"role": "user", "content": "Does it cover filters?"})
    reply = client.post("/v1/chat/completions", json={"model": "raglan", "messages": chat})
    assert reply.status_code == 200


def test_a_choice_says_in_full_what_to_ask(client, service):
    whole = Query("How long is the warranty for all machines?", where={"file": ("warranty.md",)})
    service.whole.rag.asker = lambda query, hits: Clarify("Which one?", ("machines",), (whole,))
    back = ask(client, "How long?").json()["clarify"]
    assert back["options"] == ["machines"]
    service.whole.rag.asker = None
    [chosen] = back["queries"]
    told = ask(client, chosen["question"], where=chosen["where"]).json()
    assert told["searched_for"] is None
    assert {one["document"] for one in told["evidence"]} == {"warranty.md"}


def test_a_stream_ends_with_what_is_given_at_once(client):
    whole = ask(client, "How long is the warranty?").json()
    response = ask(client, "How long is the warranty?", stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    steps = events(response.text)
    assert [name for name, _ in steps] == ["evidence", "delta", "answer"]
    last = steps[-1][1]
    for name in ("answer", "citations", "evidence", "confidence"):
        assert last[name] == whole[name]
    assert steps[1][1] == {"text": whole["answer"]}


class Speaking(SentenceGenerator):
    hurries = True

    def stream(self, query, evidence):
        draft = self.write(query, evidence)
        for word in draft.text.split(" "):
            yield word + " "
        return draft


def test_a_generator_that_streams_is_heard_word_by_word(client, service):
    service.whole.rag.generator = Speaking()
    steps = events(ask(client, "How long is the warranty?", stream=True, threshold=0).text)
    said = [data["text"] for name, data in steps if name == "delta"]
    assert len(said) > 3
    assert steps[-1][0] == "answer"
    assert "".join(said).strip() == steps[-1][1]["answer"]


class Failing:
    def write(self, query, evidence) -> Draft:
        from raglan.errors import GeneratorError

        raise GeneratorError("the writer is asleep; wake it")


def test_a_writer_that_fails_is_told_of(client, service):
    service.whole.rag.generator = Failing()
    response = ask(client, "How long is the warranty?")
    assert response.status_code == 502
    assert "wake it" in response.json()["error"]["message"]
    [(name, _), (last, error)] = events(ask(client, "How long is the warranty?", stream=True).text)
    assert (name, last) == ("evidence", "error")
    assert error == response.json()["error"]
    assert error["code"] == "generator"


class Broken:
    def write(self, query, evidence) -> Draft:
        raise StoreError("is damaged", path="/srv/secret/store.sqlite")


def test_a_stream_that_fails_names_no_folder(client, service):
    service.whole.rag.generator = Broken()
    *_, (last, error) = events(ask(client, "How long is the warranty?", stream=True).text)
    assert (last, error["code"]) == ("error", "store")
    assert "secret" not in error["message"]


def test_search_finds_what_the_library_finds(client, service):
    hits = client.post("/v1/search", json={"query": "error E-07", "k": 2}).json()["hits"]
    assert hits[0]["document"] == "descaling.md"
    assert [hit["passage"] for hit in hits] == [hit.passage.id for hit in service.whole.rag.search("error E-07", 2)]


def test_a_filter_limits_what_is_found(client):
    hits = client.post("/v1/search", json={"query": "months", "where": {"file": ["hours.txt"]}}).json()["hits"]
    assert {hit["document"] for hit in hits} == {"hours.txt"}


def test_why_names_the_stages(client):
    stages = client.post("/v1/why", json={"query": "warranty", "text": "The pump stops at error E-07."}).json()[
        "stages"
    ]
    assert [stage["stage"] for stage in stages[:2]] == ["read", "cut"]
    assert stages[0]["kept"]


def test_what_is_wrong_is_told_where(client):
    for given, place in (
        ({"question": " "}, "question"),
        ({"question": "a", "k": 0}, "k"),
        ({"question": "a", "kk": 1}, "kk"),
        ({"question": "a", "history": [{"role": "system", "text": "x"}]}, "history.0.role"),
    ):
        response = client.post("/v1/answer", json=given)
        assert response.status_code == 422
        assert response.json()["error"]["code"] == "invalid"
        assert place in response.json()["error"]["message"]


def test_half_a_character_harms_nobody(client):
    response = client.post(
        "/v1/answer", content=b'{"question": "what \\ud800 is this?"}', headers={"content-type": "application/json"}
    )
    assert response.status_code == 200


def test_a_full_queue_says_when_to_come_again(client, service):
    with service.queue.place():
        service.queue.most = 1
        response = ask(client, "How long is the warranty?")
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["error"]["code"] == "busy"
        search = client.post("/v1/search", json={"query": "a"})
        assert search.status_code == 429
    service.queue.most = 4
    assert ask(client, "How long is the warranty?").status_code == 200


def test_state_is_told(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    about = client.get("/v1/about").json()
    assert about["documents"] == 4
    assert about["guarded"] is False
    assert "read" in about["scopes"]
