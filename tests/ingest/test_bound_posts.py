"""Posts that are committed together are each held to what their own key is bound to."""

from app.core.access import Binding
from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.intake import ingest_together
from tests.support.bodies import body
from tests.support.site import Site, later_ms, row, stored


def test_posts_that_are_committed_together_are_each_held_to_their_own_key(site: Site) -> None:
    one, two = site.meter(code="one"), site.meter(code="two")
    bindings = [
        Binding(frozenset(), frozenset({"one"})),
        None,
        Binding(frozenset(), frozenset({"two"})),
    ]
    rows = [[row(meter, f"2021-03-01T0{hour}:00:00Z", hour) for meter in (one, two)] for hour in (1, 2, 3)]
    posts = [Post(site.organization_id, "k", PLAIN, later_ms(), binding, 2) for binding in bindings]

    outcomes = ingest_together(site.database, posts, [decode(body(each, "csv"), MediaType.CSV) for each in rows])

    assert [[(each.index, each.code) for each in outcome.problems] for outcome in outcomes] == [
        [(1, "unknown_meter")],
        [],
        [(0, "unknown_meter")],
    ]
    assert [outcome.inserted for outcome in outcomes] == [1, 2, 1]
    assert (len(stored(site.database, one)), len(stored(site.database, two))) == (2, 2)
