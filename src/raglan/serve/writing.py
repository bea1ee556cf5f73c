"""Routes that change what is there: documents added and dropped, who may see them, and opinions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi import Path as InPath
from pydantic import Field
from starlette.responses import JSONResponse, Response

from raglan.errors import ConfigError
from raglan.objects import reason_object
from raglan.serve import requests, shapes
from raglan.serve.audit import touched
from raglan.serve.callers import Admin, Reads, Writes
from raglan.serve.keys import GROUP_PATTERN, Key, group_names
from raglan.serve.problems import PROBLEMS, Problem
from raglan.serve.reading import Name, absent
from raglan.serve.service import Service
from raglan.serve.uploads import sorted_out
from raglan.store.feedback import Feedback, FeedbackLog

__all__ = ["writing"]

_MOST = 1_000  # files in one request
Files = Annotated[list[UploadFile], File(description="the files to read", min_length=1, max_length=_MOST)]
# One or several in each; said for those who read the document, and checked by the keys.
_LIST: dict[str, Any] = {"pattern": rf"^(?:{GROUP_PATTERN}(?: *, *{GROUP_PATTERN})*)?$"}
_Given = Annotated[str, Field(json_schema_extra=_LIST)]
Groups = Annotated[list[_Given], Form(description="groups that may see them, with commas; everybody if none")]
Number = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="what POST /v1/documents called it")]


def writing(service: Service) -> APIRouter:
    """Routes that write to ``service``."""
    router = APIRouter(prefix="/v1", responses=PROBLEMS)

    @router.post("/documents", response_model=shapes.Accepted, status_code=202, summary="Add documents")
    def add(request: Request, key: Writes, files: Files, access: Groups = []) -> Response:  # noqa: B006  FastAPI copies it
        groups = _for(key, access)
        job, found = uuid4().hex, sorted_out((file.filename or "", file.file) for file in files)
        service.take(job, key, found.taken, groups)
        touched(request.state, (name for name, _ in found.taken))
        told = {
            "job": job,
            "accepted": [name for name, _ in found.taken],
            "refused": [{"name": one.name, **reason_object(one.reason, one.hint)} for one in found.refused],
        }
        return JSONResponse(told, 202)

    @router.delete("/documents/{name:path}", response_model=shapes.Dropped, summary="Forget a document")
    def drop(key: Writes, name: Name) -> Any:
        if service.library(key).store.document(name) is None:
            raise absent(name)
        return {"deleted": service.drop(name)}

    @router.put("/access/{name:path}", response_model=requests.Access, summary="Say who may see a document")
    def access(key: Admin, name: Name, wanted: requests.Access) -> Any:
        if service.library(key).store.document(name) is None:
            raise absent(name)
        groups = _groups(wanted.access)
        service.grant(name, groups)
        return {"access": groups}

    @router.get("/jobs/{job}", response_model=shapes.JobTold, summary="How far a job is")
    def told(key: Writes, job: Number) -> Any:
        return _job(service, key, job)

    @router.delete("/jobs/{job}", response_model=shapes.JobTold, summary="Give a job up")
    def cancel(key: Writes, job: Number) -> Any:
        _job(service, key, job)
        service.jobs.cancel(job)
        service.indexing.wake()
        return _job(service, key, job)

    @router.post("/feedback", response_model=shapes.Kept, summary="Say whether a passage was right")
    def feedback(key: Reads, opinion: requests.Opinion) -> Any:
        if service.library(key).store.find(opinion.passage) is None:
            raise Problem(
                404, "not_found", f"there is no passage {opinion.passage!r}; name one of an answer's evidence"
            )
        FeedbackLog(service.whole.store).add(_opinion(opinion, key))
        service.observer.metrics.feedback(opinion.verdict)
        return {"kept": True}

    return router


def _for(key: Key, given: list[str]) -> list[str]:
    """The groups that files are for: those that were named, or else those of a key that does not see everything."""
    named = [name for one in given for name in one.split(",") if name.strip()]
    groups = _groups(named)
    if not key.sees_all and not set(groups) <= key.groups:
        raise Problem(403, "groups", "files can be given to groups of this key only; name some of these, or none")
    return groups or ([] if key.sees_all else sorted(key.groups))


def _groups(given: list[str]) -> list[str]:
    try:
        return list(group_names(name.strip() for name in given))
    except ConfigError as error:
        raise Problem(422, "groups", str(error)) from error


def _job(service: Service, key: Key, job: str) -> dict[str, Any]:
    found = service.jobs.get(job)
    if found is None or not (key.sees_all or found.owner == key.id):
        raise Problem(404, "not_found", f"there is no job {job}; jobs are forgotten a month after they end")
    ended: dict[str, Any] = {"added": 0, "skipped": [], "documents": [], "message": "", "code": ""} | dict(
        found.outcome
    )
    ended["skipped"] = [{"path": one["path"], **reason_object(one["reason"], one["hint"])} for one in ended["skipped"]]
    return {"id": found.id, "state": found.state, "done": found.done, "total": found.total, **ended}


def _opinion(given: requests.Opinion, key: Key) -> Feedback:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    # The table has no column for it, and a note is for people: the answer stands at its end.
    note = f"{given.note}\n[answer {given.answer_id}]".strip() if given.answer_id else given.note
    return Feedback(at, given.query, given.passage, given.verdict, note, key.name)
