"""A short run of bench/faults.py: killed, nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

FAULTS = Path(__file__).parents[2] / "bench" / "faults.py"


def test_killed_and_nothing_is_lost() -> None:
    command = [sys.executable, str(FAULTS), "--kills", "5", "--seed", "3", "--documents", "40", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["kills"], found["lost"], found["unopenable"], found["equal"]) == (5, 0, 0, True)
