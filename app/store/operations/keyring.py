"""Who a presented secret is, remembered for a few seconds so that a stream of readings does not ask the database."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hmac import compare_digest

from sqlmodel import Session, select

from app.core.access import Access, Binding, OrganizationAccess, Scope
from app.models import ApiKey, Organization, User
from app.store.engine.database import Database
from app.store.operations.key_uses import KeyUses
from app.store.operations.keys import digest_of, key_with_digest
from app.store.operations.users import access_of_user, active_user, user_with_stamp

ENVIRONMENT_KEY = "environment"
"""The code under which the operator's own key acts; it is never stored."""

_OPERATOR = Access(ENVIRONMENT_KEY, frozenset({Scope.ADMIN}), None)
_MOST_ENTRIES = 10_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class UnknownKey(PermissionError):
    """The key is missing, unknown or expired."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    digest: str
    access: Access
    expires_at_ms: int | None
    until: float


class Keyring:
    """Looks up secrets and organizations; what it found holds for `ttl_s` seconds, or until it is forgotten.

    So a key that was deleted, or a secret that was replaced, is good for so long at most in whichever process has seen
    it: what is remembered counts from before the database was asked. With 5 s: A asks at 0.0 and is told at 0.4 of a
    key that B deletes at 0.2; A lets it in until 5.0. An end that is known beforehand, that of a key or of an overlap,
    is kept beside and holds to the millisecond.
    """

    def __init__(
        self,
        database: Database,
        *,
        environment_secret: str | None,
        ttl_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._environment_digest = digest_of(environment_secret) if environment_secret else None
        self._ttl_s = ttl_s
        self._clock = clock
        self._keys: dict[str, _Remembered] = {}
        self._organizations: dict[str, tuple[int, float]] = {}
        self.uses = KeyUses(database)
        """When keys were last used; whoever runs the process has it written."""

    def remembered(self, secret: str, now_ms: int) -> Access | None:
        """Return what is known of the secret without asking the database; None when nothing is."""
        return self.remembered_digest(digest_of(secret), now_ms)

    def remembered_digest(self, digest: str, now_ms: int) -> Access | None:
        """Return what is known of the secret with this digest, as `remembered` does."""
        if self._environment_digest is not None and compare_digest(digest, self._environment_digest):
            return _OPERATOR
        found = self._keys.get(digest)
        if found is None or found.until < self._clock() or not compare_digest(digest, found.digest):
            return None
        return self._admitted(found, now_ms)

    def look_up(self, secret: str, now_ms: int) -> Access:
        """Return what the secret allows, as the database says; raises UnknownKey."""
        return self.look_up_digest(digest_of(secret), now_ms)

    def look_up_digest(self, digest: str, now_ms: int) -> Access:
        """Return what the secret with this digest allows, as `look_up` does, or the user with this stamp."""
        if self._environment_digest is not None and compare_digest(digest, self._environment_digest):
            return _OPERATOR
        until = self._clock() + self._ttl_s
        with self._database.read() as session:
            found = _found(session, digest, until)
        if found is None:
            raise UnknownKey("The API key is not known")
        if len(self._keys) >= _MOST_ENTRIES:
            self._keys.clear()
        self._keys[digest] = found
        return self._admitted(found, now_ms)

    def digest_of_key(self, code: str) -> str | None:
        """Return what is kept of the secret of the key `code`, or that user's stamp; None when there is neither."""
        if code == ENVIRONMENT_KEY:
            return self._environment_digest
        with self._database.read() as session:
            digest = session.exec(select(ApiKey.digest).where(ApiKey.code == code)).one_or_none()
            return digest or session.exec(select(User.stamp).where(User.code == code)).one_or_none()

    def remembered_organization(self, code: str) -> int | None:
        """Return the organization's database key without asking the database; None when it is not known."""
        found = self._organizations.get(code)
        return found[0] if found is not None and found[1] >= self._clock() else None

    def look_up_organization(self, code: str) -> int | None:
        """Return the organization's database key, as the database says; None when there is none."""
        if not _CODE.fullmatch(code):
            return None
        until = self._clock() + self._ttl_s
        with self._database.read() as session:
            organization_id = session.exec(select(Organization.id).where(Organization.code == code)).one_or_none()
        if organization_id is None:
            return None
        if len(self._organizations) >= _MOST_ENTRIES:
            self._organizations.clear()
        self._organizations[code] = (organization_id, until)
        return organization_id

    def forget_key(self, digest: str) -> None:
        """Stop remembering the key whose secret has this digest, or the user with this stamp."""
        self._keys.pop(digest, None)

    def forget_everybody(self) -> None:
        """Stop remembering all keys: one of a user who was disabled is not told from others."""
        self._keys.clear()

    def forget_organization(self, code: str) -> None:
        """Stop remembering an organization."""
        self._organizations.pop(code, None)

    def _admitted(self, found: _Remembered, now_ms: int) -> Access:
        if found.expires_at_ms is not None and found.expires_at_ms <= now_ms:
            raise UnknownKey("The API key has expired")
        if found.access.key_code is not None:
            self.uses.note(found.access.key_code, now_ms)
        return found.access


def _found(session: Session, digest: str, until: float) -> _Remembered | None:
    """Return the key whose secret has this digest, unless its owner is disabled, or the user with this stamp."""
    key = key_with_digest(session, digest)
    if key is None:
        user = user_with_stamp(session, digest)
        return None if user is None else _Remembered(digest, access_of_user(user), None, until)
    owner = None if key.owner is None else active_user(session, key.owner)
    if key.owner is not None and owner is None:
        return None
    access = access_of_key(key)
    named = access if owner is None else replace(access, key_name=owner.name)
    return _Remembered(digest, named, _end_of(key, digest), until)


def access_of_key(key: ApiKey) -> Access:
    """Return what a stored key allows."""
    bound = key.plants is not None or key.meters is not None
    return Access(
        key_code=key.code,
        scopes=frozenset(Scope(scope) for scope in key.scopes),
        organizations=None if key.organizations is None else frozenset(key.organizations),
        binding=Binding(frozenset(key.plants or ()), frozenset(key.meters or ())) if bound else None,
        key_name=key.name,
    )


def _end_of(key: ApiKey, digest: str) -> int | None:
    """Return when the secret with this digest stops working: the key's end, and that of the overlap for an old one."""
    ends = [key.expires_at] if digest == key.digest else [key.expires_at, key.previous_until]
    return min((end for end in ends if end is not None), default=None)


def access_to(access: Access, organization_id: int, organization: str) -> OrganizationAccess:
    """Return the caller's access to one organization."""
    return OrganizationAccess(
        key_code=access.key_code,
        scopes=access.scopes,
        organizations=access.organizations,
        binding=access.binding,
        key_name=access.key_name,
        grants=access.grants,
        organization_id=organization_id,
        organization=organization,
    )
