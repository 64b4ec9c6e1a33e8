"""Asks for advisories about every pinned package by pip-audit, and fails on any that was not judged below.

    .venv/bin/python .ci/advisories.py                               asks PyPI, and where that tells nothing OSV
    .venv/bin/python .ci/advisories.py -s osv --osv-url ADDRESS      asks there

pip-audit reports "no known vulnerabilities" and ends well where a source does not know a package, as mirrors of PyPI
may not. So a package with a well-known advisory is asked about first. A source that does not tell of it is not reached,
which is printed and no failure: a checkout without network can still be checked.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-dev.txt"
"""It has what runs and what builds as well: a test holds that."""

KNOWN_BAD = "jinja2==2.10"
SOURCES = (("-s", "pypi"), ("-s", "osv"))
PATIENCE_S = 300
JUDGED: dict[str, str] = {}
"""Advisories that do not concern the program, by id, each with why."""


def asked(source: Sequence[str], lock: Path) -> list[dict[str, Any]] | None:
    """Return what a source tells of each package of a lock; None when it could not be asked."""
    command = [sys.executable, "-m", "pip_audit", *source, "--disable-pip", "--no-deps", "--progress-spinner", "off"]
    ignored = [word for each in JUDGED for word in ("--ignore-vuln", each)]
    try:
        done = subprocess.run(
            [*command, *ignored, "--format", "json", "--desc", "off", "--requirement", str(lock)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return told


def tells(source: Sequence[str]) -> bool:
    """Tell whether a source can be asked and tells what is known of a package with a well-known advisory."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "requirements.txt"
        lock.write_text(KNOWN_BAD + "\n")
        return any(each.get("vulns") for each in asked(source, lock) or ())


def main(arguments: list[str]) -> int:
    """Print what was found, or that no source was reached; 1 when there is an advisory."""
    source = next(filter(tells, [arguments] if arguments else SOURCES), None)
    told = None if source is None else asked(source, LOCK)
    if told is None:
        print("advisories not reached: no source could be asked about the pinned packages, and none was looked at")
        return 0
    unseen = sorted(f"{each['name']} ({each['skip_reason']})" for each in told if "skip_reason" in each)
    if unseen:
        print(f"advisories not reached for {len(unseen)} packages: {'; '.join(unseen)}")
    found = [
        f"{each['name']} {each['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'no version'}"
        for each in told
        for known in each.get("vulns", ())
    ]
    print("\n".join(found) if found else f"no advisory for {len(told) - len(unseen)} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
