"""The image without an engine: its Dockerfile as a linter reads it, and what it starts, started here as there."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import yaml

from raglan.config import Config
from tests.deploy.dockerfile import KNOWN, Dockerfile

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy"
FILE = Dockerfile(FOLDER / "Dockerfile")
DEPLOYED = yaml.safe_load((FOLDER / "kubernetes" / "deployment.yaml").read_text(encoding="utf-8"))
POD = DEPLOYED["spec"]["template"]["spec"]


def test_instructions_are_known_and_begin_with_a_stage():
    assert {step.name for step in FILE.steps} <= KNOWN - {"MAINTAINER", "ONBUILD"}
    assert [step.name for step in FILE.steps][:2] == ["ARG", "FROM"]


def test_the_base_is_a_version_that_the_package_supports():
    arguments = dict(step.rest.split("=", 1) for step in FILE.of("ARG"))
    bases = {step.rest.split()[0] for step in FILE.of("FROM")}
    assert bases == {"python:${PYTHON}-slim"}
    version = re.fullmatch(r"3\.(\d+)", arguments["PYTHON"])
    assert version, "a version, not latest"
    least = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert least
    assert int(version[1]) >= int(least[1])


def test_nothing_is_fetched_by_hand_and_no_secret_is_baked_in():
    # ADD fetches and unpacks what it is given.
    assert not FILE.of("ADD")
    text = "\n".join(step.rest for step in FILE.steps)
    assert not re.search(r"curl|wget|git\+|--trusted-host|--extra-index-url|sudo|chmod\s+777", text)
    said = " ".join(step.rest for name in ("ENV", "ARG", "LABEL") for step in FILE.of(name))
    assert not re.search(r"(?i)key|token|secret|password", said)


def test_what_is_copied_from_another_stage_is_of_one_that_is_there():
    stages = [match[1] for step in FILE.of("FROM") if (match := re.search(r" AS (\w+)$", step.rest))]
    for step in FILE.of("COPY"):
        source = step.flags.get("from")
        assert source is None or source in stages[: step.stage]
        if source is None:
            *sources, target = step.rest.split()
            assert all((ROOT / one).exists() for one in sources)
            assert len(sources) == 1 or target.endswith("/")


def test_shells_can_read_what_is_run():
    shell = shutil.which("sh")
    if shell is None:
        pytest.skip("there is no shell")
    for step in FILE.of("RUN"):
        done = subprocess.run([shell, "-n"], input=step.rest, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        # Where one of several fails, the image must not be made.
        assert ";" not in step.rest


def test_it_runs_as_a_user_by_number_who_is_that_of_the_pod():
    user, group = map(int, FILE.last("USER").rest.split(":"))
    assert FILE.last("USER").stage == FILE.steps[-1].stage
    assert (user, group) == (POD["securityContext"]["runAsUser"], POD["securityContext"]["runAsGroup"])
    # What comes behind it is done by that user; files are made before.
    behind = FILE.steps[FILE.steps.index(FILE.last("USER")) :]
    assert not {"RUN", "COPY"} & {step.name for step in behind}
    assert str(user) in FILE.of("RUN", stage=1)[0].rest


def test_what_it_starts_hears_signals():
    # In the form of the shell a process of its own stood in between, and would not pass them on.
    for name in ("ENTRYPOINT", "CMD"):
        assert FILE.last(name).words
    assert FILE.last("STOPSIGNAL").rest == "SIGTERM"


def test_probes_ask_for_routes_that_there_are(tmp_path):
    pytest.importorskip("fastapi", reason="the extra serve is not installed")
    pytest.importorskip("httpx", reason="the application is asked through httpx")
    from fastapi.testclient import TestClient

    from raglan.serve.app import app
    from raglan.serve.service import Service

    with TestClient(app(Service(tmp_path, Config.of({"encoder": "hashing"}))), base_url="http://127.0.0.1") as client:
        check_probes(client)


def check_probes(client):
    known = {getattr(route, "path", "") for route in client.app.routes} | set(
        client.get("/openapi.json").json()["paths"]
    )
    [asked] = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", FILE.last("HEALTHCHECK").rest)
    assert asked[0] == FILE.last("EXPOSE").rest
    [container] = POD["containers"]
    probes = {container[f"{when}Probe"]["httpGet"]["path"] for when in ("startup", "readiness", "liveness")}
    metrics = DEPLOYED["spec"]["template"]["metadata"]["annotations"]["prometheus.io/path"]
    for path in {asked[1], metrics, *probes}:
        assert path in known
        assert client.get(path).status_code == 200


def health_check():
    """The command of the image's health check."""
    return json.loads(FILE.last("HEALTHCHECK").rest.partition("CMD ")[2])


@pytest.fixture
def place():
    """Folders as the image has them, in one that its user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="raglan-image-"))
    folder.chmod(0o755)
    for name in ("store", "home", "documents", "nowhere"):
        (folder / name).mkdir()
    (folder / "documents" / "lift.txt").write_text("The lift holds six people.\n", encoding="utf-8")
    for name in ("store", "home"):
        os.chown(folder / name, *identity())
    for name in ("documents", "nowhere"):
        (folder / name).chmod(0o555)
    yield folder
    for name in ("documents", "nowhere"):
        (folder / name).chmod(0o755)
    shutil.rmtree(folder)


def identity():
    """The image's user, if this process may become somebody else who can read what it runs; else who it is."""
    mine = (os.getuid(), os.getgid())
    if mine[0] != 0:
        return mine
    user, group = map(int, FILE.last("USER").rest.split(":"))
    tried = [sys.executable, "-c", "import raglan.serve.running"]
    try:
        subprocess.run(tried, user=user, group=group, extra_groups=[], env=environment(Path("/tmp")), check=True)
    except (OSError, subprocess.CalledProcessError):
        return mine
    return user, group


def environment(home):
    """The image's variables and no others, but for where Python finds what it runs."""
    found = {**FILE.environment, "HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(home)}
    source = [str(Path(one).resolve()) for one in sys.path if one]
    return {**found, "PYTHONPATH": os.pathsep.join(source)}


class Image:
    """Starts what the image starts, with folders of this machine in place of its own."""

    def __init__(self, place):
        self._place, (self._user, self._group) = place, identity()
        self._change = {"user": self._user, "group": self._group, "extra_groups": []} if os.getuid() == 0 else {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def start(self, arguments, **how):
        assert FILE.last("ENTRYPOINT").words == ["raglan"]
        here = {"/store": self._place / "store", "/documents": self._place / "documents", "8080": self.port}
        command = [sys.executable, "-m", "raglan", *(str(here.get(one, one)) for one in arguments)]
        return self._popen(command, how)

    def check(self):
        """The health check; its exit code."""
        _, *rest = (one.replace("8080", self.port) for one in health_check())
        return self._popen([sys.executable, *rest], {"stderr": subprocess.DEVNULL}).wait(30)

    def _popen(self, command, how):
        where = {"cwd": self._place / "nowhere", "env": environment(self._place / "home")}
        return subprocess.Popen(command, text=True, **where, **self._change, **how)

    def get(self, path, key=""):
        asked = Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {key}"} if key else {}
        )
        try:
            with urlopen(asked, timeout=10) as reply:
                return reply.status
        except HTTPError as error:
            return error.code
        except (URLError, OSError):
            return 0


def done(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="a system of another kind than the image's")
def test_what_the_image_starts_starts_answers_and_stops(place):
    pytest.importorskip("uvicorn", reason="the extra serve is not installed")
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    image = Image(place)
    server = FILE.last("CMD").words
    refused = image.start(server, **piped)
    _, said = refused.communicate(timeout=120)
    assert refused.returncode == 2, "others reach it, so it needs a key"
    assert "raglan keys add" in said
    # As compose.yaml says.
    done(image.start(["index", "/documents", "--store", "/store"], **piped))
    key = done(image.start(["keys", "add", "/store", "admin", "--scope", "admin"], **piped)).strip()
    assert image.check() != 0
    running = image.start(server, stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 120
        while image.get("/readyz") != 200 and time.monotonic() < until and running.poll() is None:
            time.sleep(0.1)
        assert image.check() == 0
        assert image.get("/healthz") == 200
        assert (image.get("/v1/about"), image.get("/v1/about", key)) == (401, 200)
    finally:
        running.send_signal(getattr(signal, FILE.last("STOPSIGNAL").rest))
        _, logged = running.communicate(timeout=60)
    assert running.returncode == 0, logged
    assert "Traceback" not in logged
    assert not list((place / "nowhere").iterdir())
    assert [file.name for file in (place / "documents").iterdir()] == ["lift.txt"]
    assert (place / "store" / "store.sqlite").exists()
