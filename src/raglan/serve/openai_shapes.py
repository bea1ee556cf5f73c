"""What OpenAI's API holds, as far as it has a meaning here; what else a client sends is not looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from raglan.serve.requests import LONG, LONGEST, TURNS, Text
from raglan.serve.shapes import Answered
from raglan.types import Query, Turn

__all__ = ["Chat", "Completion", "Embed", "Embeddings", "Model", "Models"]

_LONG = 100_000  # characters of a message
_Given = Annotated[Text, Field(max_length=_LONG)]


class _Part(BaseModel):
    type: str
    text: _Given = ""


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Given | list[_Part] | None = None

    def said(self) -> str:
        """The text of it."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class _Streaming(BaseModel):
    include_usage: bool = False


# A user's message with a text, which there must be.
_WORD = {"type": "string", "pattern": r"\S"}
_PARTS = {
    "type": "array",
    "contains": {
        "type": "object",
        "required": ["type", "text"],
        "properties": {"type": {"const": "text"}, "text": _WORD},
    },
}
_ASKS: dict[str, Any] = {
    "contains": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"const": "user"}, "content": {"anyOf": [_WORD, _PARTS]}},
    }
}


class Chat(BaseModel):
    """A conversation: its last message of a user that has a text is the question, what stands before it is the history."""

    messages: Annotated[list[_Message], Field(min_length=1, max_length=200, json_schema_extra=_ASKS)]
    model: Annotated[str, Field(max_length=200)] = "raglan"
    stream: bool | None = False
    stream_options: _Streaming | None = None

    def query(self) -> Query | None:
        """The question with what was said before; ``None`` where no user says anything."""
        said = [Turn(one.role, one.said()) for one in self.messages if one.role in ("user", "assistant")]
        while said and not (said[-1].role == "user" and said[-1].text.strip()):
            said.pop()
        if not said:
            return None
        # Who sends a whole prompt asks at its end; no more is searched for than /v1/answer takes.
        before = [replace(turn, text=turn.text[-LONG:]) for turn in said[-1 - TURNS : -1]]
        return Query(said[-1].text.rstrip()[-LONGEST:], tuple(before))


class Embed(BaseModel):
    """Texts to be encoded; ``input_type`` says whether they are searched for or searched in."""

    input: (
        Annotated[_Given, Field(min_length=1)]
        | Annotated[list[Annotated[_Given, Field(min_length=1)]], Field(min_length=1, max_length=256)]
    )
    model: Annotated[str, Field(max_length=200)] = "raglan-embedding"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "passage"] = "passage"

    def texts(self) -> list[str]:
        """All of them."""
        return [self.input] if isinstance(self.input, str) else self.input


class _Said(BaseModel):
    role: str
    content: str
    raglan: Answered


class _Choice(BaseModel):
    index: int
    message: _Said
    finish_reason: str


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """An answer."""

    id: str
    object: str
    created: int
    model: str
    choices: list[_Choice]
    usage: _Usage


class _Embedding(BaseModel):
    object: str
    index: int
    embedding: list[float] | str


class Embeddings(BaseModel):
    """Vectors of length 1, as numbers or as base64 of little-endian float32."""

    object: str
    data: list[_Embedding]
    model: str
    usage: _Usage


class Model(BaseModel):
    """Something that may be named as model."""

    id: str
    object: str
    created: int
    owned_by: str


class Models(BaseModel):
    """All of them."""

    object: str
    data: list[Model]
