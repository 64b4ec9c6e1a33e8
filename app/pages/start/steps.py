"""Which steps there are on the way to the first reading, and what has been done of them."""

from dataclasses import dataclass

import numpy as np
from fastapi import Request

from app.core.access import Scope
from app.models import id_of
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.frame.words import ngettext
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.operations.keys import gateway_keys
from app.store.readings.standing import outermost_instants
from app.store.sql.columns import NEVER


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its address, and what has been done, in words.

    The address is empty while one before it has to be done first, and for who may not do it.
    """

    name: str
    title: str
    address: str
    words: str
    done: bool
    here: bool


def steps_of(request: Request | None, here: str) -> list[Step]:
    """Return the five steps as they stand for the organization of a page; without a request, of none yet."""
    frame = None if request is None else frame_of(request)
    inventory = None if frame is None else frame.inventory
    titles = {
        "organization": _("Organization"),
        "plant": _("Plants"),
        "meter": _("Meters"),
        "key": _("Key for the gateway"),
        "reading": _("First reading"),
    }
    if inventory is None or request is None:
        return [Step(name, title, "", "", done=False, here=name == here) for name, title in titles.items()]
    code, plants, meters = inventory.organization.code, len(inventory.plants), len(inventory.meters)
    database: Database = request.app.state.database
    with entered(database, id_of(inventory.organization)) as session:
        keys = len(gateway_keys(session, code))
        ids = np.array(inventory.meter_ids, dtype=np.int32)
        newest = outermost_instants(session, id_of(inventory.organization), ids)[1] if len(ids) else ids
    words = {
        "organization": inventory.organization.name,
        "plant": ngettext("%(num)d plant", "%(num)d plants", plants) % {"num": plants} if plants else "",
        "meter": ngettext("%(num)d meter", "%(num)d meters", meters) % {"num": meters} if meters else "",
        "key": ngettext("%(num)d key", "%(num)d keys", keys) % {"num": keys} if keys else "",
        "reading": _("has come") if (newest != NEVER).any() else "",
    }
    open_to = {"organization", "plant"} | ({"meter"} if plants else set()) | ({"key", "reading"} if meters else set())
    if frame is None or not frame.may(Scope.ADMIN):
        open_to &= {"reading"}
    return [
        Step(
            name,
            title,
            f"/organizations/{code}/start/{name}" if name in open_to else "",
            words[name],
            done=bool(words[name]),
            here=name == here,
        )
        for name, title in titles.items()
    ]
