"""What requests hold, as pydantic models: what is not as it should be is refused before anything looks at it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from raglan.serve.keys import GROUP_PATTERN
from raglan.text.surrogates import mended
from raglan.types import Query, Turn

__all__ = ["LONG", "LONGEST", "TURNS", "Access", "Ask", "Find", "Opinion", "Question", "Text", "Why"]


def _whole(given: object) -> object:
    return int(given) if isinstance(given, float) and given.is_integer() else given


LONGEST, LONG = 4_000, 20_000  # characters of a question, and of what was said before
TURNS = 40
# Half of a pair of surrogates is no character: no store and no reply could hold it.
Text = Annotated[str, AfterValidator(mended)]
Asked = Annotated[Text, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]
Value = Annotated[Text, Field(max_length=LONGEST)] | bool | int | float
Where = dict[Annotated[Text, Field(max_length=100)], Value | Annotated[list[Value], Field(max_length=100)]]
Share = Annotated[float, Field(ge=0, le=1)]
# In JSON, 8.0 is a whole number too.
Count = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)]


# Said for those who read the document; the keys check it, in their own words.
_GROUP: dict[str, Any] = {"pattern": f"^{GROUP_PATTERN}$"}


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TurnGiven(_Request):
    """One thing said before."""

    role: Literal["user", "assistant"]
    text: Annotated[Text, Field(max_length=LONG)]


class Question(_Request):
    """A question to be answered."""

    question: Asked
    history: Annotated[list[TurnGiven], Field(max_length=TURNS)] = []
    where: Annotated[Where, Field(max_length=20)] = {}
    k: Count | None = None
    threshold: Share | None = None

    def query(self) -> Query:
        """As the library takes it."""
        return Query(self.question, tuple(Turn(one.role, one.text) for one in self.history), _where(self.where))


class Ask(Question):
    """A question to be answered; with ``stream`` as server-sent events."""

    stream: bool = False


class Find(_Request):
    """Words to find passages for."""

    query: Asked
    k: Count = 10
    where: Annotated[Where, Field(max_length=20)] = {}

    def asked(self) -> Query:
        """As the library takes it."""
        return Query(self.query, where=_where(self.where))


class Why(_Request):
    """A passage that was expected, by a text in it, and the query that should have found it."""

    query: Asked
    text: Annotated[Text, Field(min_length=1, max_length=LONG)]
    where: Annotated[Where, Field(max_length=20)] = {}

    def asked(self) -> Query:
        """As the library takes it."""
        return Query(self.query, where=_where(self.where))


class Opinion(_Request):
    """What somebody thinks of a passage (id) as an answer, from -1, wrong, to 1, right."""

    query: Asked
    passage: Annotated[Text, Field(min_length=1, max_length=LONGEST)]
    verdict: Annotated[float, Field(ge=-1, le=1)]
    note: Annotated[Text, Field(max_length=LONG)] = ""
    answer_id: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")] | None = None


class Access(_Request):
    """The groups that may see a document; everybody if there are none."""

    access: Annotated[list[Annotated[Text, Field(max_length=64, json_schema_extra=_GROUP)]], Field(max_length=100)]


def _where(given: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
