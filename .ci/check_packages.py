"""What is published does what the README says.

The crate is packaged, unpacked, and used by a scratch crate whose program is the README's Rust program. The wheel
is built, installed in an empty virtual environment, and runs the README's Python program.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: object, **options: object) -> None:
    print("+", *command, flush=True)
    subprocess.run([str(c) for c in command], check=True, **options)


def program(language: str) -> str:
    """The first code block of a language in the README."""
    return re.search(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(1)


def crate(folder: Path) -> None:
    # The files are checked by the scratch crate below, which builds what was packaged.
    run("cargo", "package", "-p", "cpm-core", "--no-verify", "--allow-dirty", "--quiet", cwd=ROOT)
    archive = max((ROOT / "target/package").glob("cpm-core-*.crate"), key=lambda p: p.stat().st_mtime)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    scratch = folder / "scratch"
    (scratch / "src").mkdir(parents=True)
    (scratch / "src/main.rs").write_text(program("rust"))
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n'
        f'[dependencies]\ncpm-core = {{ path = "../{archive.stem}", features = ["datasets", "report"] }}\n'
    )
    run("cargo", "run", "--quiet", cwd=scratch)


def wheel(folder: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT / "cpm-py")
    built = next(folder.glob("*.whl"))
    print(f"{built.name}: {built.stat().st_size / 1e6:.1f} MB")
    assert "abi3" in built.name
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    run(python, "-m", "pip", "install", "--quiet", built)
    (folder / "readme.py").write_text(program("python"))
    run(python, "readme.py", cwd=folder)
    run(folder / "venv/bin/cpm", "--version")


with tempfile.TemporaryDirectory() as name:
    crate(Path(name))
    wheel(Path(name))
print("the packaged crate and the wheel run the README's programs")
