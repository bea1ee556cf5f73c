import pytest

from raglan.talk.conversation import Conversation
from raglan.talk.exchange import Exchange
from raglan.talk.intents import Intent, Intents
from raglan.talk.service import HandOver, Service, wants_person
from raglan.types import Answer, Clarify
from tests.talk.samples import Once, rag

KNOWN = Intents(
    [Intent("hours", ("When are you open?", "你们几点开门？"), (("en", "Nine to five."), ("zh", "九点到五点。")))]
)


def service(*, logprob=-0.1, asker=None, misses=1):
    return Service(Conversation(rag(logprob=logprob, asker=asker)), KNOWN, misses=misses)


@pytest.mark.parametrize(("said", "answer"), [("when are you open", "Nine to five."), ("几点开门？", "九点到五点。")])
def test_a_template_answers(said, answer):
    made = service().say(said)
    assert isinstance(made, Exchange)
    assert isinstance(made.reply, Answer)
    assert (made.reply.text, made.by) == (answer, "template")


def test_documents_answer_the_rest():
    made = service().say("How long is the warranty of the FX-200 steam station?")
    assert isinstance(made, Exchange)
    assert made.by == "documents"


@pytest.mark.parametrize(
    "said",
    ["Can I talk to a real person?", "agent please", "I want to speak with someone", "Put me through to a human",
     "转人工", "我要找客服", "请帮我转接真人", "換個人跟我說"],
)  # fmt: skip
def test_who_wants_a_person_gets_one(said):
    assert wants_person(said)
    talk = service()
    talk.say("When are you open?")
    made = talk.say(said)
    assert isinstance(made, HandOver)
    assert made.reason == "asked"
    assert [turn.text for turn in made.transcript] == ["When are you open?", "Nine to five.", said]


@pytest.mark.parametrize(
    "said",
    ["What does a real estate agent cost?", "How does your human resources work?", "人工智能是什么？", "人工费多少？",
     "How long does a person have to wait?", "Does the warranty cover the agent?"],
)  # fmt: skip
def test_who_asks_about_people_does_not(said):
    assert not wants_person(said)


def test_an_unsure_answer_is_handed_over_and_not_shown():
    made = service(logprob=-3.0).say("How long is the warranty of the FX-200 steam station?")
    assert isinstance(made, HandOver)
    assert (made.reason, made.message.startswith("I am not sure")) == ("unsure", True)
    assert made.attempt is not None
    assert [turn.role for turn in made.transcript] == ["user"]


def test_nothing_found_is_handed_over_in_the_language_of_the_question():
    made = service().say("珠穆朗玛峰有多高？")
    assert isinstance(made, HandOver)
    assert "人工" in made.message


def test_patience():
    talk = service(logprob=-3.0, misses=2)
    first = talk.say("How long is the warranty of the FX-200 steam station?")
    assert isinstance(first, Exchange)
    second = talk.say("How long is the warranty of the FX-200 steam station?")
    assert isinstance(second, HandOver)
    assert second.reason == "again"


def test_a_question_back_is_no_miss_and_a_choice_no_intent():
    back = Clarify("Which?", ("When are you open?", "the battery"))
    talk = service(asker=Once("warranty", back))
    first = talk.say("How long is the warranty?")
    assert isinstance(first, Exchange)
    assert first.reply == back
    second = talk.say("When are you open?")
    assert isinstance(second, Exchange)
    assert second.by == "documents"


def test_no_patience_at_all():
    with pytest.raises(ValueError, match="misses is 0"):
        service(misses=0)
