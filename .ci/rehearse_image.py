"""Builds what the image holds without Docker: the build stage of the Dockerfile, step by step, in a folder of its own.

    .venv/bin/python .ci/rehearse_image.py

Its WORKDIR, COPY and RUN lines are carried out with /src and /opt moved into a temporary folder; then what the last
stage copies is looked at: it starts, can install nothing, and tells of its parts and their licences. What only a
container shows is not tried: the base image, its user, and what the last stage takes out of it.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOVED = re.compile(r"(?<![\w./])/(?=(?:src|opt)\b)")
SHARED = Path("share/esg-metrics")
_INSTALLED = "import importlib.metadata as m, json; print(json.dumps(sorted({d.name for d in m.distributions()})))"
_FINDERS = "import importlib.util as u; print([n for n in ('pip', 'setuptools', 'wheel') if u.find_spec(n)])"


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of the first stage after its FROM, each with what follows it, in their order.

    An example: "FROM a AS build", "RUN x \\", "  y", "FROM b" is [("RUN", "x y")].
    """
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE)).splitlines()
    stage: list[tuple[str, str]] = []
    for line in filter(None, lines[1:]):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            break
        stage.append((word, rest))
    return stage


def build(folder: Path) -> Path:
    """Carry out the build stage below a folder, and return the environment of the image; raises where a step fails."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    here = folder
    for word, rest in steps((ROOT / "Dockerfile").read_text()):
        print(word, rest[:90])
        moved = MOVED.sub(f"{folder}/", rest)
        if word == "WORKDIR":
            here = Path(moved)
            here.mkdir(parents=True)
        elif word == "COPY":
            *sources, target = shlex.split(moved)
            for source in sources:
                to = here / source if target == "./" else here / target
                to.parent.mkdir(parents=True, exist_ok=True)
                ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, to, ignore=ignored)
                else:
                    shutil.copy(ROOT / source, to)
        elif word == "RUN":
            subprocess.run(["bash", "-euc", moved], cwd=here, env=environment, check=True)
        else:
            raise ValueError(f"{word} is not known here")
    return folder / "opt" / "esg"


def told(program: Path, *arguments: str) -> str:
    """Return what a program of the environment prints, with nothing of ours around it."""
    return subprocess.run([program, *arguments], cwd="/", env={}, check=True, capture_output=True, text=True).stdout


def faults(runtime: Path) -> list[str]:
    """Return what is wrong with the environment of the image."""
    found = []
    if not told(runtime / "bin" / "esg", "--version").startswith("esg-metrics "):
        found.append("esg --version does not name the program")
    if (can := told(runtime / "bin" / "python", "-c", _FINDERS).strip()) != "[]":
        found.append(f"there is what installs: {can}")
    names = set(json.loads(told(runtime / "bin" / "python", "-c", _INSTALLED)))
    bill = json.loads((runtime / SHARED / "sbom.cdx.json").read_text())
    listed = {each["name"] for each in bill["components"]} | {bill["metadata"]["component"]["name"]}
    if listed != names:
        found.append(f"the list of parts differs from what is installed: {sorted(listed ^ names)}")
    notices = (runtime / SHARED / "THIRD-PARTY.txt").read_text()
    headed = set(re.findall(r"^={100}\n(\S+) ", notices, re.MULTILINE))
    unnoticed = {re.sub(r"[-_.]+", "-", name).lower() for name in names} - headed - {"esg-metrics"}
    if unnoticed:
        found.append(f"without a notice: {sorted(unnoticed)}")
    return found


def main() -> int:
    """Build and look; 1 when something is wrong."""
    with tempfile.TemporaryDirectory(prefix="esg-image-") as folder:
        found = faults(build(Path(folder)))
    print("\n".join(found) if found else "what the image holds starts, installs nothing and tells of its parts")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
