"""Image, compose file and unit: what they start is known to Raglan, and each gives the process as little as it needs."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from raglan.cli.arguments import parser
from tests.deploy.schemas import COMPOSE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy"
COMPOSED = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
UNIT = (FOLDER / "systemd" / "raglan.service").read_text(encoding="utf-8")


def steps() -> list[tuple[str, str]]:
    """The instructions of the image with what stands behind them."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].strip()) for line in map(str.strip, lines)]


def last(instruction: str) -> str:
    return [rest for name, rest in steps() if name == instruction][-1]


def test_the_image_is_made_in_two_stages_of_versions_that_are_named() -> None:
    stages = [rest for name, rest in steps() if name == "FROM"]
    assert len(stages) == 2
    assert all(stage.startswith("python:${PYTHON}-slim") for stage in stages)
    assert "latest" not in str(steps())


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    assert int(last("USER").split(":")[0]) >= 1000
    names = [name for name, _ in steps()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "/readyz" in last("HEALTHCHECK")


def test_the_image_starts_a_command_that_is_known() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["raglan"]
    args = parser().parse_args(json.loads(last("CMD")))
    assert (args.host, args.port) == ("0.0.0.0", int(last("EXPOSE")))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [rest for name, rest in steps() if name == "COPY" and not rest.startswith("--from")]
    for sources in copied:
        for source in sources.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in kept


def test_extras_of_the_image_are_known() -> None:
    import tomllib

    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [extras] = re.findall(
        r"'\.\[([a-z,]+)\]'", str([rest for name, rest in steps() if name == "RUN"]).replace("\\'", "'")
    )
    assert set(extras.split(",")) <= set(table["project"]["optional-dependencies"])


def test_the_compose_file_is_valid() -> None:
    jsonschema.validate(COMPOSED, COMPOSE)


def test_images_of_others_have_versions() -> None:
    others = [service["image"] for service in COMPOSED["services"].values() if "build" not in service]
    assert all(re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", image) for image in others), others


def test_what_is_mounted_is_there() -> None:
    for service in COMPOSED["services"].values():
        for volume in service["volumes"]:
            source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in COMPOSED["volumes"]


def test_the_server_writes_to_its_store_and_nothing_else() -> None:
    server = COMPOSED["services"]["raglan"]
    assert server["read_only"]
    assert [volume for volume in server["volumes"] if not volume.endswith(":ro")] == ["store:/store"]


def settings() -> list[tuple[str, str]]:
    return [tuple(line.split("=", 1)) for line in UNIT.splitlines() if re.match(r"[A-Z]\w+=", line)]  # type: ignore[misc]


def test_the_unit_starts_a_command_that_is_known() -> None:
    [command] = [value for name, value in settings() if name == "ExecStart"]
    program, *arguments = shlex.split(command)
    assert program.endswith("/raglan")
    args = parser().parse_args(arguments)
    assert args.host == "127.0.0.1"
    folders = dict(settings())["StateDirectory"].split()
    assert f"/var/lib/{folders[1]}" == str(args.path)
    assert f"/var/lib/{folders[2]}" == str(args.store)


def test_the_unit_is_hardened() -> None:
    known = settings()
    for name, value in {
        "DynamicUser": "yes",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "IPAddressDeny": "any",
        "PrivateTmp": "yes",
    }.items():
        assert (name, value) in known


@pytest.mark.parametrize(("change", "well"), [(("", ""), True), (("ProtectClock=", "ProtectClok="), False)])
def test_systemd_understands_the_unit(tmp_path: Path, change: tuple[str, str], *, well: bool) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "raglan.service"
    # What it starts is not installed here.
    unit.write_text(UNIT.replace("/opt/raglan/bin/raglan serve", "/bin/true serve").replace(*change), encoding="utf-8")
    command = [analyze, "verify", "--man=no", "--recursive-errors=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "raglan.service" not in done.stderr and done.returncode:
        pytest.skip(f"this systemd cannot verify a unit here: {done.stderr[:200]}")
    assert ("raglan.service" not in done.stderr) is well, done.stderr


def test_systemd_finds_little_to_object_to() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    command = [analyze, "security", "--offline=true", str(FOLDER / "systemd" / "raglan.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for raglan\.service: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip("this systemd does not look at units offline")
    assert float(found[1]) <= 2.0
