"""Open XML packages (.docx, .pptx): parts by name, and how they lead to each other.

The parts are read directly. Libraries that also write such files load every picture and follow every relation, and fail
as a whole on one that is broken; the text is not touched by that.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from raglan.errors import ReadError
from raglan.ingest.containers import ENCRYPTED, OLE, unzipped
from raglan.ingest.titles import sensible

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["RELATION", "Package", "damaged"]

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
# The strict variant of the format differs in the names of its namespaces only.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(main|relationships|math|chart|diagram)")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError)


class Package:
    """An opened package; its methods raise :class:`raglan.errors.ReadError` with the file's name."""

    def __init__(self, data: bytes, source: str) -> None:
        if not data:
            raise ReadError("empty", source=source, hint="the file has no bytes; copy it again if it should have")
        if data.startswith(OLE):
            raise ReadError("encrypted, or of the old kind", source=source, hint=ENCRYPTED)
        self.source = source
        self._archive = unzipped(data, source)
        # Names differ in case and slashes between what is listed and what is asked for.
        self._names = {_key(name): name for name in self._archive.namelist()}

    def main(self) -> str:
        """The name of the part that everything else hangs on."""
        found = self.related("", "officeDocument")
        if not found:
            raise damaged(self.source, "it does not say where its text is")
        return found[0]

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of a kind that ``part`` leads to, in the order in which it names them."""
        return [target for type_, target in self.relations(part).values() if type_ == kind]

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What ``part`` leads to inside the package: for each identifier the kind of relation and the part's name."""
        folder, name = posixpath.split(part)
        where = posixpath.join(folder, "_rels", name + ".rels")
        if _key(where) not in self._names:
            return {}
        return {
            entry.get("Id", ""): (entry.get("Type", "").rpartition("/")[2], _target(folder, entry.get("Target", "")))
            for entry in self.xml(where)
            if entry.get("TargetMode") != "External"
        }

    def xml(self, part: str) -> _Element:
        """The root of a part."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(_STRICT.sub(_TRANSITIONAL, self._bytes(part)), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise damaged(self.source, f"{part} is not well formed") from error
        # The format forbids entities; whoever declares them means harm.
        if root.getroottree().docinfo.internalDTD is not None:
            raise damaged(self.source, f"{part} declares a document type")
        return root

    def optional(self, part: str, kind: str) -> _Element | None:
        """The root of the part of a kind that ``part`` leads to; None where that is missing or damaged."""
        for name in self.related(part, kind):
            if _key(name) in self._names:
                try:
                    return self.xml(name)
                except ReadError:
                    # Styles, notes and properties add to a text; without them it is still the text.
                    return None
        return None

    def title(self) -> str:
        """The title among the package's properties, if a person wrote it."""
        properties = self.optional("", "core-properties")
        return sensible(properties.findtext(_TITLE) or "") if properties is not None else ""

    def _bytes(self, part: str) -> bytes:
        name = self._names.get(_key(part))
        if name is None:
            raise damaged(self.source, f"{part} is missing")
        try:
            return self._archive.read(name)
        except _UNREADABLE as error:
            raise damaged(self.source, f"{part} cannot be unpacked") from error


def damaged(source: str, why: str) -> ReadError:
    """The error for a package that is not whole."""
    return ReadError(f"damaged: {why}", source=source, hint="open it in its program and save it anew")


def _target(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
