"""The official client of the protocol, as it is."""

import asyncio
import os
import sys

import pytest

pytest.importorskip("mcp", reason="needs the extra serve")

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from raglan.serve.app import app
from tests.serve.running import listening


async def used(server):
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        answer = await client.call_tool("answer", {"question": "How long is the warranty?"})
        search = await client.call_tool("search", {"query": "error E-07", "k": 1})
        wrong = await client.call_tool("search", {"query": ""})
    return tools, answer, search, wrong


def check(tools, answer, search, wrong):
    assert [tool.name for tool in tools] == ["search", "answer"]
    assert "24 months" in answer.content[0].text
    assert "[1] warranty.md" in answer.content[0].text
    [cited] = answer.structured_content["citations"]
    assert cited["document"] == "warranty.md"
    assert cited["passage"] in {piece["passage"] for piece in answer.structured_content["evidence"]}
    assert search.structured_content["hits"][0]["document"] == "descaling.md"
    assert wrong.is_error
    assert "query" in wrong.content[0].text


def test_tools_over_http(service):
    with listening(app(service)) as url:
        check(*asyncio.run(used(f"{url}/mcp")))


def test_tools_over_standard_input_and_output(store):
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "raglan", "mcp", str(store), "--encoder", "hashing"], env=dict(os.environ)
    )
    check(*asyncio.run(used(stdio_client(server))))


def test_pages_of_other_sites_are_turned_away(client):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"accept": "application/json, text/event-stream", "origin": "http://elsewhere.example"}
    assert client.post("/mcp", json=call, headers=headers).status_code == 403


def test_a_guarded_server_wants_a_key(client, service):
    _, secret = service.keys.add("reader")
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"accept": "application/json, text/event-stream"}
    assert client.post("/mcp", json=call, headers=headers).status_code == 401
    assert client.post("/mcp", json=call, headers=headers | {"authorization": f"Bearer {secret}"}).status_code == 200
