"""What the base install weighs, and how long it takes to start: packages, megabytes, imports, the first answer.

    python bench/install.py [--json]

Builds a wheel of this tree, installs it with its dependencies into a fresh environment in a temporary folder, and starts
everything there. Imports are timed in fresh interpreters, raglan and numpy in turns. ``raglan ask`` is timed in processor
time, of all its processes together, on a copy of examples/handbook that one call before has indexed: over the folder,
which looks for changed files first, and over the store in it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES, MEGABYTES, IMPORT, ASK_S = 40, 370.0, 1.5, 2.0  # what is to be reached; imports in times numpy's
ASKED = 5
QUESTION = "How long is the warranty?"
OWN = {"pip", "setuptools"}  # come with every environment

Json = dict[str, Any]


def called(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command; its output."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def clean() -> dict[str, str]:
    """This environment without what would change how Python starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def installed(folder: Path) -> Path:
    """The Python of a fresh environment with a wheel of this tree in it."""
    called(sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", folder / "wheel", ROOT)
    called(sys.executable, "-m", "venv", folder / "env")
    python = folder / "env" / "bin" / "python"
    [wheel] = (folder / "wheel").glob("raglan-*.whl")
    called(python, "-m", "pip", "install", "--quiet", wheel)
    return python


def weighed(python: Path) -> Json:
    """Packages and megabytes, without pip and setuptools."""
    told = json.loads(called(python, "-m", "pip", "list", "--format", "json"))
    names = sorted(one["name"] for one in told if one["name"].lower() not in OWN)
    site = Path(called(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    sizes: dict[str, int] = {}
    compiled = 0
    for entry in site.iterdir():
        if entry.name.partition("-")[0].lower() not in {*OWN, "_distutils_hack", "pkg_resources"}:
            files = [file for file in ([entry] if entry.is_file() else entry.rglob("*")) if file.is_file()]
            sizes[entry.name] = sum(file.stat().st_size for file in files)
            compiled += sum(file.stat().st_size for file in files if file.suffix == ".pyc")
    largest = sorted(sizes, key=lambda name: -sizes[name])[:8]
    return {
        "packages": len(names),
        "names": names,
        "mb": sum(sizes.values()) / 1e6,
        "mb_compiled_by_pip": compiled / 1e6,
        "largest_mb": {name: sizes[name] / 1e6 for name in largest},
        "torch": "torch" in {name.lower() for name in names},
    }


def imports(python: Path, times: int) -> Json:
    """Milliseconds of a bare start, and of imports on top of it, in fresh interpreters."""
    codes = {
        "nothing": "pass",
        "numpy": "import numpy",
        "raglan": "import raglan",
        "raglan.over": "import raglan; raglan.over",
    }
    spent: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(times + 1):
        for name, code in list(codes.items())[:: -1 if turn % 2 else 1]:
            started = time.perf_counter()
            called(python, "-c", code)
            spent[name].append(1000 * (time.perf_counter() - started))
    # The first turn fills the disk's cache.
    median = {name: statistics.median(ms[1:]) for name, ms in spent.items()}
    alone = {name: ms - median["nothing"] for name, ms in median.items()}
    return {"start_ms": median, "raglan_to_numpy": alone["raglan"] / alone["numpy"]}


def asks(python: Path, folder: Path, times: int) -> Json:
    """Processor and wall seconds of ``raglan ask``, by what it is asked of."""
    documents = folder / "handbook"
    shutil.copytree(ROOT / "examples" / "handbook", documents, ignore=shutil.ignore_patterns(".raglan"))
    command = python.with_name("raglan")
    first = _spent(command, documents)
    told = {"indexing and answering": first}
    for name, place in (("folder", documents), ("store", documents / ".raglan")):
        runs = [_spent(command, place) for _ in range(times)]
        told[name] = {what: statistics.median(run[what] for run in runs) for what in first}
    return {"ask": told, "answer": json.loads(called(command, "ask", "--json", documents, QUESTION))["answer"]}


def _spent(command: Path, place: Path) -> dict[str, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    called(command, "ask", place, QUESTION)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "wall_s": wall}


def checked(found: Json) -> dict[str, bool]:
    """Whether what was to be reached was."""
    return {
        f"at most {PACKAGES} packages": found["packages"] <= PACKAGES,
        f"at most {MEGABYTES:g} MB": found["mb"] <= MEGABYTES,
        "no torch": not found["torch"],
        f"import raglan at most {IMPORT} times import numpy": found["raglan_to_numpy"] <= IMPORT,
        f"ask of a store in at most {ASK_S:g} s": found["ask"]["store"]["cpu_s"] <= ASK_S,
    }


def table(found: Json) -> None:
    """The findings for people."""
    print(f"{found['packages']} packages: {', '.join(found['names'])}")
    print(f"{found['mb']:.0f} MB, {found['mb_compiled_by_pip']:.0f} of them what pip compiled (.pyc); the largest:")
    print("  " + ", ".join(f"{name} {mb:.0f}" for name, mb in found["largest_mb"].items()))
    print("from start to end, ms: " + ", ".join(f"{name} {ms:.0f}" for name, ms in found["start_ms"].items()))
    print(f"import raglan takes {found['raglan_to_numpy']:.2f} times import numpy, the bare start of Python taken off")
    for name, told in found["ask"].items():
        print(f"raglan ask, {name}: {told['cpu_s']:.2f} s of processor time, {told['wall_s']:.2f} s")
    for name, met in found["met"].items():
        print(f"{'met' if met else 'MISSED'}: {name}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=15, help="fresh interpreters an import")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        python = installed(folder)
        found = {**weighed(python), **imports(python, options.times), **asks(python, folder, ASKED)}
    found["met"] = checked(found)
    print(json.dumps(found, indent=1, ensure_ascii=False)) if options.json else table(found)


if __name__ == "__main__":
    main()
