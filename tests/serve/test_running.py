import subprocess
import sys

import pytest

from raglan.config import Config
from raglan.errors import ConfigError
from raglan.serve.keys import Keys
from raglan.serve.options import Options, Place
from raglan.serve.running import serve


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "machine.example"])
def test_an_address_that_others_reach_needs_a_key(host, tmp_path, monkeypatch):
    monkeypatch.setattr("uvicorn.Server.run", lambda self: None)
    with pytest.raises(ConfigError, match="raglan keys add"):
        serve(tmp_path, Config(), Options(), Place(host))
    keys = Keys(tmp_path)
    keys.add("first")
    keys.close()
    monkeypatch.setattr("raglan.serve.running.log_to", lambda: None)
    serve(tmp_path, Config(), Options(), Place(host))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_ones_own_address_needs_none(host, tmp_path, monkeypatch):
    monkeypatch.setattr("uvicorn.Server.run", lambda self: None)
    monkeypatch.setattr("raglan.serve.running.log_to", lambda: None)
    serve(tmp_path, Config(), Options(), Place(host))


def test_who_serves_nothing_imports_nothing_of_the_server():
    asked = "import sys, raglan.cli.main; print({'fastapi', 'mcp', 'prometheus_client', 'uvicorn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "set()\n"
