"""Requests made from our own OpenAPI document, sent to a server: `python -m faults.fuzz --cases 1000000`."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from faults.hooks import KNOWN
from tests.support.processes import ADMIN_KEY, serving

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
_DEMO = ("-c", "from app.cli import main; main()", "demo")
_ENDLESS = "get_stream"
_LISTS = {
    "plant": "/plants",
    "meter": "/meters",
    "target": "/targets",
    "limit": "/limits",
    "instrument": "/instruments",
    "factor": "/factors",
}


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """How many cases were sent, what the program said of them, and whether every answer was as declared."""

    cases: int
    conforms: bool
    told: str


def fuzz(
    address: str,
    *,
    examples: int,
    phases: Sequence[str],
    seed: int,
    key: str = ADMIN_KEY,
    operations: str | None = None,
    longest_s: int | None = None,
) -> Fuzzed:
    """Send up to so many cases of each operation whose path matches, and hold every answer to the document.

    The stream is left out, whose answer has no end.
    """
    program = Path(sys.executable).with_name("schemathesis")
    selected = [] if operations is None else ["--include-path-regex", operations]
    ending = [] if longest_s is None else ["--max-time", str(longest_s)]
    command: list[str | Path] = [
        *(program, "run", f"{address}/openapi.json", "--header", f"X-API-Key: {key}", "--checks", ",".join(CHECKS)),
        *("--phases", ",".join(phases), "--max-examples", str(examples), "--seed", str(seed), "--no-shrink"),
        *("--exclude-operation-id", _ENDLESS, "--request-timeout", "60", "--continue-on-failure", "--warnings", "off"),
        *selected,
        *ending,
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "faults.hooks", KNOWN: json.dumps(names_there(address, key))}
    with tempfile.TemporaryDirectory(prefix="esg-fuzz-") as folder:
        environment |= {"PYTHONPATH": str(Path(__file__).parents[1]), "NO_COLOR": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"^\s*([\d,]+) generated", done.stdout, re.MULTILINE)
    cases = 0 if found is None else int(found[1].replace(",", ""))
    return Fuzzed(cases, done.returncode == 0, done.stdout + done.stderr)


def names_there(address: str, key: str) -> Mapping[str, list[str]]:
    """Return names that exist on a server, by path parameter; of what lies in an organization, those of the first."""
    with httpx.Client(base_url=f"{address}/v1", headers={"X-API-Key": key}, timeout=60) as client:
        organizations = _codes(client, "/organizations")[:1]
        inside = {
            name: [code for each in organizations for code in _codes(client, f"/organizations/{each}{path}")]
            for name, path in _LISTS.items()
        }
        frameworks = _codes(client, "/frameworks")
        jobs = [str(job["name"]) for job in client.get("/jobs").raise_for_status().json()["items"]]
    return {"organization": organizations, "framework": frameworks, "job": jobs, "year": ["2020"], **inside}


def _codes(client: httpx.Client, path: str) -> list[str]:
    items = client.get(path).raise_for_status().json()["items"]
    return [str(each.get("code") or each["id"]) for each in items[:5]]


def main() -> int:
    """Fuzz the demo on a SQLite file, say what was found, and return 1 when an answer was not as declared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000, help="about how many cases, of all operations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="operations whose path matches this")
    parser.add_argument("--longest-s", type=int, help="end after so many seconds")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="esg-fuzzed-") as folder,
        serving(f"sqlite:///{folder}/esg.db", arguments=_DEMO) as (server,),
    ):
        document = httpx.get(f"{server.address}/openapi.json", timeout=60).json()
        operations = sum(len(methods) for methods in document["paths"].values())
        fuzzed = fuzz(
            server.address,
            examples=max(1, options.cases // operations),
            phases=("examples", "coverage", "fuzzing", "stateful"),
            seed=options.seed,
            operations=options.only,
            longest_s=options.longest_s,
        )
    sys.stdout.write(f"{fuzzed.told}\n{fuzzed.cases:,} cases, seed {options.seed}\n")
    return 0 if fuzzed.conforms else 1


if __name__ == "__main__":
    sys.exit(main())
