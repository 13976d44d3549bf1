"""The types: the package passes mypy's strict mode, and the stubs say what the native module has."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]


@pytest.mark.parametrize("arguments", [["mypy"], ["mypy.stubtest", "cpm._core"]], ids=["mypy", "stubtest"])
def test_types(arguments: list[str]) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-W", "ignore", "-m", *arguments]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
