"""Routes for documents: listed, read, and their files."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import FileResponse, Response

from raglan.objects import reason_object
from raglan.serve import shapes
from raglan.serve.access import file_of, shows_file
from raglan.serve.callers import Reads
from raglan.serve.documents import content_type, document_object, listed, original
from raglan.serve.keys import Key
from raglan.serve.pages import boxes_on, drawn
from raglan.serve.problems import PROBLEMS, Problem
from raglan.serve.service import Service
from raglan.store.ledger import Ledger
from raglan.types import Span

__all__ = ["Name", "absent", "reading"]

Name = Annotated[str, Path(description="a document's id, which may hold slashes")]
After = Annotated[str, Query(max_length=4_000, description="the id behind which to go on")]
Number = Annotated[int, Path(ge=1, le=100_000, description="the page, counted from 1")]
Place = Annotated[int, Query(ge=0, le=1 << 40, description="a character of the document; what stands there is marked")]
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "a picture"}}
_SHOWN = 200  # characters of a name that is told of
Limit = Annotated[int, Query(ge=1, le=500)]


def reading(service: Service) -> APIRouter:
    """Routes that read the documents of ``service``."""
    router = APIRouter(prefix="/v1", responses={**PROBLEMS})

    @router.get("/documents", response_model=shapes.DocumentPage, summary="List documents")
    def documents(key: Reads, after: After = "", limit: Limit = 50) -> Any:
        page = listed(service.library(key).store, after, limit)
        veil = service.veil(key)
        return {**page, "documents": [{**line, "title": veil.text(line["title"])} for line in page["documents"]]}

    @router.get("/documents/{name:path}", response_model=shapes.DocumentText, summary="Read a document")
    def document(key: Reads, name: Name) -> Any:
        found = service.library(key).store.document(name)
        if found is None:
            raise absent(name)
        return document_object(service.veil(key).document(found))

    @router.get("/files/{name:path}", response_class=FileResponse, summary="The file that a document was read from")
    def file(key: Reads, name: Name) -> FileResponse:
        found = _original(service, key, name)
        return FileResponse(found, media_type=content_type(found), filename=found.name)

    @router.get("/pages/{number}/{name:path}", response_class=Response, responses=_PICTURE, summary="A page of a PDF")
    def page(key: Reads, number: Number, name: Name, start: Place = 0, end: Place = 0) -> Response:
        document = service.library(key).store.document(name)
        file = _original(service, key, name)
        marked = boxes_on(document, number, Span(start, end)) if document and start < end else []
        picture = drawn(file, number, marked) if file.suffix.lower() == ".pdf" else None
        if picture is None:
            raise Problem(
                404, "not_found", f"{name!r} has no page {number} that can be drawn; GET /v1/files has the file"
            )
        return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    @router.get("/skipped", response_model=shapes.SkippedFiles, summary="Files that could not be read")
    def skipped(key: Reads) -> Any:
        states = Ledger(service.library(key).store).states().values()
        return {"skipped": [{"path": s.path, **reason_object(s.reason, s.hint)} for s in states if s.reason]}

    return router


def _original(service: Service, key: Key, name: str) -> FilePath:
    """The file of a document, if everything that was read from it is for whoever asks, as it is."""
    service.veil(key).original()
    seen, whole = service.library(key).store, service.whole.store
    # Of a file of many documents all must be for the key.
    there = seen.document(name) is not None and shows_file(whole, seen, file_of(whole, name))
    found = original(whole, name) if there else None
    if found is None:
        raise absent(name)
    return found


def absent(name: str) -> Problem:
    """What is told of a document that is not there, or not for whoever asks."""
    return Problem(
        404, "not_found", f"there is no document {name[:_SHOWN]!r}; GET /v1/documents lists those that there are"
    )
