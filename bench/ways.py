"""How many files of the program take part in each of the five ways of a figure: `python -m bench.ways`.

From a post to a stored reading, from readings to their day and year, from these to the annual table, to the lineage of
a figure, and to the report of a publication as a PDF. A file counts when one of its functions runs. The number says how
much a newcomer has to open at most; `docs/architecture.md` says which few of them to open first.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import app
from tests.support.client import running

_APP = str(Path(app.__file__).parent) + os.sep
_KEY = "a-key-for-counting-files-only"  # pragma: allowlist secret
_YEAR = "/v1/organizations/magnets/disclosures/hkex/2021"


class _Files:
    """The files whose functions have run since `count` was entered, in any thread."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def note(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Be a profile function of `sys.setprofile`."""
        if event == "call" and frame.f_code.co_name != "<module>" and frame.f_code.co_filename.startswith(_APP):
            self._seen.add(frame.f_code.co_filename[len(_APP) :])

    @contextmanager
    def count(self, way: str) -> Iterator[None]:
        """Print how many files ran meanwhile, and their names when the program was asked for them."""
        self._seen.clear()
        yield
        names = sorted(self._seen)
        print(f"{len(names):4} {way}")
        if "--names" in sys.argv:
            print("".join(f"       {name}\n" for name in names), end="")


def main() -> None:
    """Load the example companies into a new SQLite file and walk the five ways once each."""
    files = _Files()
    threading.setprofile(files.note)
    sys.setprofile(files.note)
    from app.demo.load import load_demo
    from app.main import create_app
    from app.rollup.rolling.roller import roll_pending
    from app.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        os.environ["ESG_ROLE"] = "serve"
        url = f"sqlite:///{folder}/ways.db"
        application = create_app(Settings(database_url=url, admin_key=_KEY))
        with running(application, key=_KEY) as client:
            database = application.state.database
            load_demo(database)
            meters = client.get("/v1/organizations/magnets/meters").json()["items"]
            meter = next(each for each in meters if each["interval"] == "PT1H" or each["interval"] == "P1M")
            reading = {"meter": meter["code"], "timestamp": "2026-01-01T00:00:00+08:00", "value": 12.5}
            with files.count("from a post to a stored reading"):
                _ok(client.post("/v1/organizations/magnets/readings", json={"readings": [reading]}))
            with files.count("from a reading to its day, month and year"):
                roll_pending(database)
            _ok(client.get(_YEAR))
            with files.count("from years to the annual table"):
                _ok(client.get(_YEAR))
            with files.count("from a figure to its lineage"):
                _ok(client.get(f"{_YEAR}/figures/ghg.scope2/lineage"))
            prepared = _ok(client.post(f"{_YEAR}/publications", json={}))
            with files.count("from a publication to its PDF"):
                _ok(client.get(f"{_YEAR}/publications/{prepared.json()['number']}/exports/pdf"))


def _ok(answer: Any) -> Any:
    if answer.status_code >= 300:
        sys.exit(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")
    return answer


if __name__ == "__main__":
    main()
