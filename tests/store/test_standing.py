"""The accessor, and all who ask it, say of any log what a row-by-row model says, wherever its readings lie."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from app.core.readings.batches import end_of_ms, stored_at_ms
from app.core.readings.beliefs import AmendmentAction, Supposition
from app.core.readings.columns import NO_START
from app.core.readings.runs import Runs
from app.core.readings.versions import Identity, StoredColumns, Version, identities_of
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.operations.bulk_amendments import Stretch, affected_by, affected_span, readings_behind
from app.store.readings import standing_where as parts
from app.store.readings.changes import ChangedReadings, changed_stretches, changes_since
from app.store.readings.moving import move_some
from app.store.readings.readback import ReadbackQuery, read_back
from app.store.readings.revisions import revisions_of
from app.store.readings.standing import (
    EVER,
    spans_told,
    standing_of,
    standing_onwards,
    standing_within,
    stretches_backwards,
)
from app.store.readings.standing_where import brought_by, brought_since, standing_where, suspect, with_own_start
from app.store.readings.superseded import superseded_within
from app.store.sql.columns import NEVER
from tests.store.row_by_row import FIRST_AT, STEP_MS, RowByRow, rows_of
from tests.support.site import Site, new_site

Said: TypeAlias = tuple[int, int, int]
"""Value, stored quality, and how many steps before its stamp a reading begins; 0 for no start of its own."""
Rows: TypeAlias = Mapping[tuple[int, int, str], Said]
Step: TypeAlias = tuple[str, Any, Any]

DAY_MS = 86_400_000
STEPS = 20
rows = st.dictionaries(
    st.tuples(st.integers(0, 1), st.integers(0, STEPS), st.sampled_from(["", "", "", "T-1", "T-2"])),
    said := st.tuples(st.integers(0, 2), st.sampled_from([1, 1, 2, 9, 17, 25]), st.sampled_from([0, 0, 0, 1, 30])),
    min_size=2,
    max_size=12,
)
arriving = st.tuples(st.just("arrive"), rows, st.lists(st.tuples(st.integers(0, 99), said), min_size=1, max_size=6))
folding = st.tuples(st.just("fold"), st.sampled_from([0, 0, 4]), st.none())
moving = st.tuples(st.just("move"), st.none(), st.none())


def test_a_row_that_is_not_moved_yet_is_told_of_as_its_page_has_it(site: Site) -> None:
    own = new_site(site.database)
    model = RowByRow(own, [own.meter(), own.meter("event")])
    model.keep_rows(_new(model, {(0, 0, ""): (1, 17, 0), (0, 1, ""): (2, 17, 0)}))
    kept_by = model.batch
    _take(model, ("arrive", {}, [(0, (1, 9, 0))]))
    _take(model, ("fold", 0, None))
    with entered(own.database, own.organization_id) as session:
        for condition in (suspect(), brought_by(kept_by)):
            found = standing_where(session, own.organization_id, [model.meters[0].id], condition)
            assert [each.value for _, each in _joined(found)] == [2]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, st.lists(arriving | arriving | folding | moving, min_size=2, max_size=8), st.integers(0, 999))
def test_whoever_asks_is_told_what_the_model_tells(site: Site, kept: Rows, steps: list[Step], seed: int) -> None:
    own, dice = new_site(site.database), Random(seed)  # noqa: S311 - no secret
    model = RowByRow(own, [own.meter(), own.meter("event")])
    model.keep_rows(_new(model, kept))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_PAGES_A_PART", 2)
        for step in steps:
            _take(model, step)
            for compare in (_what_stands, _what_meets_conditions, _what_stood, _what_changed, _what_amendments_touch):
                with entered(own.database, own.organization_id) as session:
                    compare(session, model, dice)


def _take(model: RowByRow, step: Step) -> None:
    kind, what, changes = step
    if kind == "move":
        move_some(model.site.database)
    elif kind == "fold":
        model.fold(what)
    else:
        new = _new(model, what)
        known = sorted({*model.stands, *new})
        changed = [(known[which % len(known)], each) for which, each in changes] if known else []
        model.arrive(new, [(identity, _version(identity[1], each)) for identity, each in changed])


def _new(model: RowByRow, said: Rows) -> dict[Identity, Version]:
    named = {
        (model.meters[which].id, FIRST_AT + STEP_MS * place, reference): each
        for (which, place, reference), each in said.items()
    }
    return {key: _version(key[1], each) for key, each in named.items() if key not in model.stands}


def _version(at: int, said: Said) -> Version:
    value, quality, back = said
    return Version(value, quality, at - back * STEP_MS if back else NO_START, 1, 0)


def _stretch(dice: Random) -> tuple[int, int]:
    """Return some first and last instant, at readings or between them; now and then all there is."""
    first, last = sorted(dice.randint(-2, 2 * STEPS + 2) for _ in range(2))
    ever = dice.random() < 0.2
    return EVER if ever else (FIRST_AT + first * STEP_MS // 2, FIRST_AT + last * STEP_MS // 2)


def _batch(model: RowByRow, dice: Random) -> int:
    """Return a batch's number, or one beside it."""
    return dice.choice([each.batch for each in model.stands.values()] or [model.batch]) + dice.randint(-1, 1)


def _joined(found: Iterable[StoredColumns]) -> list[tuple[Identity, Version]]:
    return [row for part in found for row in rows_of(part)]


def _what_stands(session: Session, model: RowByRow, dice: Random) -> None:
    organization_id, (first, last) = model.site.organization_id, _stretch(dice)
    inside = model.where(lambda key, _: first <= key[1] <= last)
    runs = Runs(np.array([each.id for each in model.meters], dtype=np.int32), np.full(2, first), np.full(2, last))
    assert rows_of(standing_within(session, organization_id, runs)) == inside
    spans = {}
    for meter in model.meters:
        own = [row for row in inside if row[0][0] == meter.id]
        assert rows_of(standing_of(session, organization_id, meter.id, first, last)) == own
        assert _joined(standing_onwards(session, organization_id, meter.id, first, last)) == own
        whole = model.where(lambda key, _, meter=meter: key[0] == meter.id)  # type: ignore[misc]
        backwards = list(stretches_backwards(session, organization_id, meter.id, last))
        assert [each[1] for each in backwards] == [last, *(each[0] - 1 for each in backwards[:-1])]
        assert backwards[-1][0] == NEVER
        if whole:
            begins = [key[1] if each.start == NO_START else min(key[1], each.start) for key, each in whole]
            spans[meter.id] = min(begins), whole[-1][0][1]
    assert {key: (min(span), span[1]) for key, span in spans.items()} == spans_told(
        session, organization_id, [each.id for each in model.meters]
    )


def _what_meets_conditions(session: Session, model: RowByRow, dice: Random) -> None:
    meters, (first, last), batch = [each.id for each in model.meters], _stretch(dice), _batch(model, dice)

    def found(condition: parts.Condition) -> list[tuple[Identity, Version]]:
        return _joined(standing_where(session, model.site.organization_id, meters, condition))

    def inside(wanted: Callable[[Identity, Version], bool]) -> list[tuple[Identity, Version]]:
        return model.where(lambda key, each: first <= key[1] < last and wanted(key, each))

    assert found(suspect(first_at=first, end_at=last)) == inside(lambda _, each: each.stored == 17)
    starts = inside(lambda _, each: each.start != NO_START)
    assert found(with_own_start(first_at=first, last_at=last - 1)) == starts
    assert found(brought_by(batch, first_at=first, end_at=last)) == inside(lambda _, each: each.batch == batch)
    assert found(brought_since(batch, first_at=first, end_at=last)) == _brought(model, batch, first, last)


def _brought(model: RowByRow, batch: int, first: int, end: int) -> list[tuple[Identity, Version]]:
    return model.where(
        lambda key, each: (
            each.batch >= batch and key[1] >= first and (key[1] < end or (each.start != NO_START and each.start < end))
        )
    )


def _what_stood(session: Session, model: RowByRow, dice: Random) -> None:
    (first, last), batch = _stretch(dice), _batch(model, dice)
    meter, own = dice.choice(model.meters).id, model.site.organization_id
    stood = model.stood_before(batch)
    run = Runs(np.array([meter], dtype=np.int32), np.array([first]), np.array([last]))
    wanted = [(key, stood[key]) for key in sorted(stood) if key[0] == meter and first <= key[1] <= last]
    assert rows_of(superseded_within(session, own, run, batch=batch)) == wanted
    for key in dice.sample(sorted(model.stands), min(3, len(model.stands))):
        versions = [each.version for each in model.superseded if each.identity == key] + [model.stands[key]]
        listed = revisions_of(session, own, key, after=0, limit=99)
        assert [(each.revision, each.value, each.quality, each.batch_id) for each in listed] == [
            (each.revision, each.value, each.stored, each.batch) for each in versions
        ]
    _reads_back(session, model, dice, model.stands, None)
    as_of_ms = stored_at_ms(batch) - dice.randint(0, 1)
    end = end_of_ms(as_of_ms)
    then = {**model.stood_before(end), **dict(model.where(lambda _, each: each.batch < end))}
    _reads_back(session, model, dice, then, as_of_ms)


def _reads_back(
    session: Session, model: RowByRow, dice: Random, believed: Mapping[Identity, Version], as_of_ms: int | None
) -> None:
    """Read a page after another; all of them are what is believed and not withdrawn."""
    first, last = _stretch(dice)
    query = ReadbackQuery(start_ms=first, end_ms=last, as_of_ms=as_of_ms)
    meters, limit = metered(session, model.site.organization_id), dice.randint(1, 9)
    found: list[tuple[Identity, Version]] = []
    while len(page := read_back(session, meters, query, after=found[-1][0] if found else None, limit=limit)):
        assert len(page) <= limit
        assert len(found) < len(believed), "a page comes again"
        places = np.arange(len(page))
        found += zip(identities_of(page, places), page.versions(places), strict=True)
    assert [(key, each.value, each.stored, each.start, each.revision) for key, each in found] == [
        (key, each.value, each.stored, each.start, each.revision)
        for key, each in ((key, believed[key]) for key in sorted(believed))
        if first <= key[1] < last and each.stored < 24
    ]


def _what_changed(session: Session, model: RowByRow, dice: Random) -> None:
    meters, (first, end), batch = [each.id for each in model.meters], _stretch(dice), _batch(model, dice)
    stood, brought = model.stood_before(batch), _brought(model, batch, first, end)
    counts: Counter[tuple[int, int | None, int]] = Counter()
    last: dict[tuple[int, int | None, int], int] = {}
    spans: dict[int, dict[int, tuple[int, int]]] = {}
    for key, now in brought:
        then = stood.get(key)
        if then is None or _said(key[1], then) != _said(key[1], now):
            alike = key[0], None if then is None else then.stored, now.stored
            counts[alike] += 1
            last[alike] = max(now.batch, last.get(alike, 0))
        if key[1] < end:
            begins = min(_said(key[1], each)[2] for each in (now, then or now))
            known = spans.setdefault(key[0], {}).get(key[1] // (5 * DAY_MS), (key[1], key[1]))
            spans[key[0]][key[1] // (5 * DAY_MS)] = min(known[0], begins, key[1]), key[1]
    bounds = {"first_ms": first, "end_ms": end, "batch": batch}
    changes = changes_since(session, model.site.organization_id, meters, **bounds)
    assert {(each.meter_id, each.quality_then, each.quality_now): each for each in changes} == {
        alike: ChangedReadings(*alike, count, last[alike]) for alike, count in counts.items()
    }
    stretches = changed_stretches(session, model.site.organization_id, meters, **bounds)
    assert stretches == {meter: list(found.values()) for meter, found in spans.items()}


def _said(at: int, version: Version) -> tuple[int, int, int]:
    return version.value, version.stored, at if version.start == NO_START else version.start


def _what_amendments_touch(session: Session, model: RowByRow, dice: Random) -> None:
    own, (first, end), batch = model.site.organization_id, _stretch(dice), _batch(model, dice)
    meters = [each.id for each in model.meters]
    touching: dict[AmendmentAction, Callable[[Version], bool]] = {
        AmendmentAction.WITHDRAW: lambda each: each.stored < 24,
        AmendmentAction.ACCEPT: lambda each: each.stored == 17,
        AmendmentAction.UNDO: lambda each: each.batch == batch,
    }
    for action, touched in touching.items():
        supposed = Supposition(action, frozenset(meters), first, end, batch)
        for meter in model.meters:
            rows = model.where(lambda key, each: key[0] == meter.id and first <= key[1] < end and touched(each))  # noqa: B023 - called at once
            span = (rows[0][0][1], rows[-1][0][1]) if rows else None
            assert affected_span(session, meter, supposed) == span
            found = affected_by(session, meter, supposed, first_ms=EVER[0], end_ms=EVER[1])
            assert sum(each.count for each in found) == len(rows)
            if span is not None:
                begins = min(min(key[1], _said(key[1], each)[2]) for key, each in rows)
                assert (min(each.first_ms for each in found), max(each.last_ms for each in found)) == (begins, span[1])
    for suspects_only in (False, True):
        wanted = model.where(
            lambda key, each: first <= key[1] < end and (each.stored == 17 or not suspects_only)  # noqa: B023
        )
        limit = dice.randint(1, 9)
        listed: list[tuple[Identity, Version]] = []
        while page := readings_behind(
            session,
            own,
            Stretch(meters, first, end),
            after=listed[-1][0] if listed else None,
            limit=limit,
            suspects_only=suspects_only,
        ):
            assert len(page) <= limit
            assert len(listed) < len(wanted), "a page comes again"
            listed += page
        assert listed == wanted
