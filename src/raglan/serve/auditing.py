"""The route by which an administrator reads who read and changed what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from raglan.serve.audit import Audit
from raglan.serve.callers import Admin
from raglan.serve.problems import PROBLEMS

__all__ = ["auditing"]

Limit = Annotated[int, Query(ge=1, le=1_000)]


class RecordTold(BaseModel):
    """One line of the log."""

    at: str
    key: str
    name: str
    address: str
    did: str
    status: int
    request: str
    documents: list[str]


class RecordsTold(BaseModel):
    """The last lines, newest first."""

    records: list[RecordTold]


def auditing(audit: Audit) -> APIRouter:
    """A route that reads ``audit``."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)

    @router.get("/audit", response_model=RecordsTold, summary="Who read and changed what")
    def records(key: Admin, limit: Limit = 100) -> Any:  # noqa: ARG001  who may ask
        return {"records": [asdict(one) for one in audit.last(limit)]}

    return router
