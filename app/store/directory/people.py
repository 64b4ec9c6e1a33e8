"""Who stands behind the codes of keys and users: what they are called, and which of them are one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.models import ApiKey, FormerKey, User


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    owner: str | None
    shown_to: tuple[str, ...]


def names_of(session: Session, codes: Iterable[str | None]) -> dict[str, str]:
    """Return what is behind codes: a user's name, for a key its owner's or else its own, also of a deleted key.

    What is neither, such as a job or the operator's own key, is left out.
    """
    wanted = {code for code in codes if code is not None}
    if not wanted:
        return {}
    keys = _keys(session, wanted)
    owners = {key.owner for key in keys.values() if key.owner is not None}
    users = _users(session, wanted | owners)
    return {**{code: users.get(key.owner or "", key.name) for code, key in keys.items()}, **users}


def is_same(session: Session, one: str, other: str) -> bool:
    """Tell whether two codes, of keys or users, are the same one's: a key and a user, or two keys, of one owner."""
    return _behind(session, one) == _behind(session, other)


def shared_hands(session: Session, one: str, other: str) -> str | None:
    """Return why two codes, of keys or users, may be one person acting twice; None when they are two.

    Behind a key is its owner, or nobody but the key itself. Who was shown a key's secret, because they made or rotated
    it, may be who uses it, and so may who made the key that made it. So a key is in the hands of all of these, and two
    codes are one person's when what is behind the one has the other in its hands, or a user has both. An example: Uma
    made the key `b`, which nobody owns. She cannot approve by it what she prepared, in her session or by another key
    that she made; Ned can, in his session. Two keys that were made by a third key, which nobody owns, are two.
    """
    users: set[str] = set()
    hands = [_hands(session, code, users) for code in (one, other)]
    behind = [_behind(session, code) for code in (one, other)]
    if behind[0] == behind[1]:
        return "both are the same one's"
    both = hands[0] & hands[1] & ({*behind} | users)
    if not both:
        return None
    names = names_of(session, both)
    return f"{' and '.join(sorted(names.get(code, code) for code in both))} may use both"


def _hands(session: Session, code: str, users: set[str]) -> set[str]:
    """Return what is behind a code and behind all who were shown its secret, and note who of them are users."""
    found: set[str] = set()
    seen: set[str] = set()
    wanted = {code}
    while wanted:
        seen |= wanted
        keys = _keys(session, wanted)
        following: set[str] = set()
        for each in wanted:
            key = keys.get(each)
            if key is None:
                found.add(each)
            else:
                found.add(key.owner or each)
                following.update(key.shown_to)
        wanted = following - seen
    found -= _NOBODYS
    users.update(_users(session, found))
    return found


_NOBODYS = {"environment", "command", "program", "anonymous"}
"""Who makes keys as the operator of the service, for everybody."""


def _behind(session: Session, code: str) -> str:
    key = _keys(session, {code}).get(code)
    return code if key is None else key.owner or code


def _keys(session: Session, codes: set[str]) -> dict[str, _Key]:
    former = session.exec(select(FormerKey).where(col(FormerKey.code).in_(codes)))
    found = {row.code: _Key(row.name, row.owner, tuple(row.shown_to or ())) for row in former}
    for row in session.exec(select(ApiKey).where(col(ApiKey.code).in_(codes))):
        found[row.code] = _Key(row.name, row.owner, tuple(row.shown_to or ()))
    return found


def _users(session: Session, codes: set[str]) -> Mapping[str, str]:
    return dict(session.exec(select(User.code, User.name).where(col(User.code).in_(codes))).all())
