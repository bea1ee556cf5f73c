import pytest

from raglan.talk.conversation import Conversation, Habits
from raglan.talk.exchange import Exchange
from raglan.types import Answer, Clarify, Query
from tests.talk.samples import Once, Shelf, rag


def test_a_follow_up_is_searched_for_as_it_stands_alone():
    shelf = Shelf()
    talk = Conversation(rag(shelf))
    first = talk.say("How long is the warranty of the FX-200 steam station?")
    second = talk.say("How much does its tank hold?")
    assert (first.rewritten, first.fresh) == (False, False)
    assert second.rewritten
    assert "FX-200" in second.query.text
    assert shelf.asked[-1].text == second.query.text
    assert shelf.asked[-1].history[0].text == first.query.text


def test_a_chinese_follow_up_is_searched_for_as_it_stands_alone():
    talk = Conversation(rag())
    talk.say("烤箱的保修期是多久？")
    assert talk.say("它的门封条呢？").query.text == "烤箱的门封条的保修期是多久？"


def test_the_last_evidence_is_a_candidate_again():
    with_it = Conversation(rag(), habits=Habits(discount=1.0))
    without = Conversation(rag(), habits=Habits(discount=0.0))
    for talk in (with_it, without):
        talk.say("How long is the warranty of the FX-200 steam station?")
        talk.say("Does it cover the battery of the hand steamer?")
    assert any("before" in hit.by for hit in with_it.exchanges[1].hits)
    assert all("before" not in hit.by for hit in without.exchanges[1].hits)


def test_another_topic_drops_history_and_evidence():
    shelf = Shelf()
    talk = Conversation(rag(shelf))
    talk.say("How long is the warranty of the FX-200 steam station?")
    talk.say("Does it cover the battery?")
    third = talk.say("Which children must not take Ibufen tablets?")
    assert (third.fresh, third.query.history, third.rewritten) == (True, (), False)
    assert all("before" not in hit.by for hit in third.hits)
    assert talk.topic == [third]
    fourth = talk.say("How often can adults take it?")
    assert "FX-200" not in fourth.query.text


def test_the_user_can_begin_another_topic():
    talk = Conversation(rag())
    talk.say("How long is the warranty of the FX-200 steam station?")
    talk.restart()
    second = talk.say("Does it cover the battery?")
    assert (second.fresh, second.rewritten, second.query.history) == (True, False, ())


STATION = Query("How long is the warranty of the steam station?")
BATTERY = Query("How long is the warranty of the battery?", where={"kind": "note"})
BACK = Clarify("Which warranty?", ("the steam station", "the battery"), (STATION, BATTERY))


def test_a_choice_becomes_filter_and_part_of_the_query():
    shelf = Shelf()
    talk = Conversation(rag(shelf, asker=Once("warranty", BACK)))
    asked = talk.say("How long is the warranty?")
    assert asked.reply == BACK
    chosen = talk.say("2")
    assert isinstance(chosen.reply, Answer)
    assert (chosen.query.text, dict(chosen.query.where)) == (BACK.queries[1].text, {"kind": "note"})
    assert [turn.text for turn in shelf.asked[-1].history] == ["How long is the warranty?", "Which warranty?"]
    # What hangs on the choice keeps its filter, what stands alone does not.
    assert dict(talk.say("Does it cover the tank?").query.where) == {"kind": "note"}
    assert dict(talk.say("Which children must not take Ibufen tablets?").query.where) == {}


def test_the_same_is_never_asked_back_twice():
    def always(query, hits):
        return BACK

    made = rag()
    made.asker = always
    talk = Conversation(made)
    assert talk.say("How long is the warranty?").reply == BACK
    assert isinstance(talk.say("the battery").reply, Answer)
    assert made.asker is always


def test_what_is_no_choice_is_a_question():
    talk = Conversation(rag(asker=Once("warranty", BACK)))
    talk.say("How long is the warranty?")
    assert talk.say("Which children must not take Ibufen tablets?").query.text.startswith("Which children")


def test_the_history_is_bounded():
    talk = Conversation(rag(), habits=Habits(window=2, lines=1))
    for _ in range(6):
        talk.say("How long is the warranty of the FX-200 steam station?")
    assert len(talk.history) == 5
    assert talk.history[0].role == "assistant"


def test_what_could_not_be_kept_was_not_said():
    def full(exchange):
        raise OSError(28, "disk full")

    talk = Conversation(rag(), keep=full)
    with pytest.raises(OSError, match="disk full"):
        talk.say("How long is the warranty?")
    assert talk.exchanges == []


def test_a_conversation_goes_on():
    kept: list[Exchange] = []
    before = Conversation(rag(), keep=kept.append)
    before.say("How long is the warranty of the FX-200 steam station?")
    after = Conversation(rag(), exchanges=kept)
    assert "FX-200" in after.say("How much does its tank hold?").query.text


def test_nothing_said_and_bad_habits():
    with pytest.raises(ValueError, match="nothing was said"):
        Conversation(rag()).say("  ")
    with pytest.raises(ValueError, match="window is 0"):
        Habits(window=0)
    with pytest.raises(ValueError, match="discount is 2"):
        Habits(discount=2)
