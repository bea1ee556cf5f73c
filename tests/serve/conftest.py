"""A small store, and the application over it without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from raglan.config import Config

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("httpx", reason="the application is asked through httpx")

from fastapi.testclient import TestClient

from raglan.build.parts import library
from raglan.serve.app import app
from raglan.serve.service import Options, Service

TEXTS = {
    "warranty.md": "# Warranty\n\nThe warranty for all machines is 24 months from the date of purchase.\n\n"
    "A repair does not make it longer. Filters and seals are not covered.\n",
    "descaling.md": "# Descaling\n\nDescale the FX-200 every three months. The pump stops at error E-07.\n",
    "保修.md": "# 保修\n\n所有机器的保修期为二十四个月。维修不会延长保修期。\n",
    "hours.txt": "The service desk is open from 8 to 17 on weekdays. At weekends nobody answers.\n",
}
HASHING = Config.of({"encoder": "hashing"})


def filled(folder: Path, texts: dict[str, str]) -> Path:
    """The store of a folder with these files, in it."""
    for name, text in texts.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    made = library(folder / ".raglan", HASHING)
    made.sync(folder)
    made.encode()
    made.close()
    return folder / ".raglan"


@pytest.fixture(scope="session")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("papers"), TEXTS).parent


@pytest.fixture
def store(tmp_path: Path, read_once: Path) -> Path:
    """One that a test may change."""
    return shutil.copytree(read_once, tmp_path / "papers") / ".raglan"


@pytest.fixture
def service(store: Path) -> Service:
    return Service(store, HASHING, Options(queue=16, threads=4))


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(app(service), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made
