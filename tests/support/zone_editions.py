"""An earlier edition of the zone rules: one in which Istanbul still changes its clocks as Athens does."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest

from app.core.calendar import periods

EARLIER = "2016a"
ZONES = ("Asia/Shanghai", "Europe/Athens", "Europe/Istanbul")


def write_earlier_edition(folder: Path) -> Path:
    """Write the edition as a machine keeps its zone files, and return the folder of the zones."""
    packaged = files("tzdata").joinpath("zoneinfo")
    for name in ZONES:
        kept = folder / "zoneinfo" / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        source = "Europe/Athens" if name == "Europe/Istanbul" else name
        kept.write_bytes(packaged.joinpath(*source.split("/")).read_bytes())
    (folder / "zones").write_text("\n".join(ZONES))
    return folder / "zoneinfo"


@contextmanager
def program_of_the_earlier_edition(folder: Path) -> Iterator[None]:
    """Have this program carry the earlier edition while the block runs, as a release of then did."""
    write_earlier_edition(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(periods, "files", lambda package: folder)
        patch.setattr("app.store.upkeep.zone_rules.EDITION", EARLIER)
        patch.setattr("app.routers.operations.health.EDITION", EARLIER)
        patch.setattr("app.disclosure.publications.basis.EDITION", EARLIER)
        _forget()
        yield
    _forget()
    shutil.rmtree(folder)


def _forget() -> None:
    periods.zone_named.cache_clear()
    periods._zone_names.cache_clear()
