"""Tokens turned back into what they stand for, for keys with the scope ``unmask``, where the store has a vault."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from raglan.build.privacy import privacy_of
from raglan.errors import ConfigError
from raglan.privacy.documents import VAULT
from raglan.privacy.finding import TOKEN
from raglan.privacy.vault import Vault, key_of
from raglan.serve.callers import Unmasks
from raglan.serve.keys import Key
from raglan.serve.logs import note
from raglan.serve.problems import PROBLEMS, Problem
from raglan.serve.requests import Text
from raglan.serve.service import Service

__all__ = ["unmasking"]

_MOST = 100  # tokens of one request: whoever reads a whole store back shall be seen doing so


class Tokens(BaseModel):
    """A text with tokens in it, such as ``[EMAIL-3fa2c1d09b]``."""

    text: Annotated[Text, Field(max_length=100_000)]


class Original(BaseModel):
    """The text with what its tokens stand for."""

    text: str


def unmasking(service: Service) -> APIRouter:
    """The route that turns tokens back."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)

    @router.post("/unmask", response_model=Original, summary="Turn tokens back into personal data")
    def unmask(key: Unmasks, asked: Tokens) -> Any:
        tokens = dict.fromkeys(match.group() for match in TOKEN.finditer(asked.text))
        if len(tokens) > _MOST:
            raise Problem(422, "invalid", f"text: it has {len(tokens)} tokens; send at most {_MOST} at a time")
        known = _opened(service, [token for token in tokens if _sees(service, key, token)])
        note("unmasked", {"key": key.name, "total": len(known)})
        return {"text": TOKEN.sub(lambda match: known.get(match.group(), match.group()), asked.text)}

    return router


def _sees(service: Service, key: Key, token: str) -> bool:
    """Whether the token stands in a document that the key may see."""
    return key.sees_all or bool(service.library(key).store.holding(token, 1))


def _opened(service: Service, tokens: list[str]) -> dict[str, str]:
    name = privacy_of(service.config, service.whole.store).options.get("vault")
    if not name:
        raise Problem(404, "no_vault", "nothing was kept of what was masked: the store was not filled with a vault")
    try:
        vault = Vault(service.folder / VAULT, key_of(name))
    except ConfigError as error:
        raise Problem(503, "no_vault", f"the server has not been given the vault's key: {error}") from error
    try:
        return vault.open(tokens)
    finally:
        vault.close()
