"""What is left of a user's grants for one thing that is asked."""

from typing import Any

import pytest

from app.core.access import Access, Grant, Scope, granted

ACME, EVERY = frozenset({"acme"}), None
USER = granted(
    "user-1",
    "Uma",
    [
        Grant(frozenset({Scope.ADMIN}), ACME),
        Grant(frozenset({Scope.PREPARE}), frozenset({"acme", "bolt"})),
        Grant(frozenset({Scope.READ}), EVERY),
    ],
)


@pytest.mark.parametrize(
    ("asked", "scopes", "organizations"),
    [
        ({"organization": "acme"}, {"admin", "prepare", "read"}, EVERY),
        ({"organization": "bolt"}, {"prepare", "read"}, EVERY),
        ({"organization": "cork"}, {"read"}, EVERY),
        ({"organization": "acme", "unlimited": True}, {"read"}, EVERY),
        ({"wanted": [Scope.READ]}, {"read"}, EVERY),
        ({"wanted": [Scope.ADMIN]}, {"admin"}, {"acme"}),
        ({"wanted": [Scope.PREPARE]}, {"prepare"}, {"acme", "bolt"}),
        ({"wanted": [Scope.ADMIN], "unlimited": True}, set(), set()),
        ({"wanted": [Scope.APPROVE]}, {"approve"}, {"acme"}),
    ],
    ids=["acme", "bolt", "cork", "deleting", "catalogues", "keys", "preparing", "jobs", "by-admin"],
)
def test_scopes_of_one_organization_do_not_count_in_another(
    asked: dict[str, Any], scopes: set[str], organizations: set[str] | None
) -> None:
    left = USER.narrowed(*asked.pop("wanted", ()), **asked)

    assert set(left.scopes) == scopes
    assert left.organizations == organizations
    assert (left.key_code, left.key_name, left.grants) == ("user-1", "Uma", ())


def test_a_user_without_grants_may_nothing_and_a_key_keeps_what_it_has() -> None:
    nobody = granted("user-2", "Ned", [])
    key = Access("key-1", frozenset({Scope.READ}), ACME)

    assert (nobody.scopes, nobody.organizations, nobody.reaches("acme")) == (frozenset(), frozenset(), False)
    assert key.narrowed(Scope.ADMIN, organization="acme", unlimited=True) == key
