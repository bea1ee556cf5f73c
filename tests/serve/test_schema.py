"""Requests made from the server's own OpenAPI document: none fails, and every reply is as the document says."""

import shutil

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="makes requests from the OpenAPI document")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402

from raglan.serve.app import app  # noqa: E402
from raglan.serve.service import Service  # noqa: E402
from tests.serve.conftest import HASHING  # noqa: E402
from tests.serve.running import listening  # noqa: E402


@pytest.fixture(scope="module")
def document(tmp_path_factory, read_once):
    store = shutil.copytree(read_once, tmp_path_factory.mktemp("schema") / "papers") / ".raglan"
    service = Service(store, HASHING)
    _, secret = service.keys.add("tester", ["admin"])
    with listening(app(service)) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json"), {"Authorization": f"Bearer {secret}"}


HOW = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_replies_are_as_documented(document):
    asked, (made, headers) = 0, document
    for found in made.get_all_operations():
        operation = found.ok()

        @HOW
        @given(case=operation.as_strategy())
        def check(case):
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers)

        check()
    assert asked > 100
