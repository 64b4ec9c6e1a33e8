"""Who may do what: the scopes of a key and the organizations it may touch."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """What a key may be used for; `admin` includes every other."""

    INGEST = "ingest"
    AMEND = "amend"
    READ = "read"
    PREPARE = "prepare"
    APPROVE = "approve"
    AUDIT = "audit"
    ADMIN = "admin"


BINDABLE = frozenset({Scope.INGEST})
"""What a key may do that is bound to plants or meters: anything else would not be held to them."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The codes of the plants and of the meters that a key may post readings of; a meter of either is among them."""

    plants: frozenset[str]
    meters: frozenset[str]

    def has(self, meter: str, plant: str) -> bool:
        """Tell whether readings may be posted of a meter of a plant."""
        return plant in self.plants or meter in self.meters


@dataclass(frozen=True, slots=True)
class Grant:
    """Scopes in some organizations, by their codes, or in every one (None)."""

    scopes: frozenset[Scope]
    organizations: frozenset[str] | None

    def allows(self, *scopes: Scope) -> bool:
        """Tell whether it has one of `scopes`, or admin."""
        return Scope.ADMIN in self.scopes or not self.scopes.isdisjoint(scopes)

    def reaches(self, organization: str) -> bool:
        """Tell whether it is for the organization with this code."""
        return self.organizations is None or organization in self.organizations


@dataclass(frozen=True, slots=True)
class Access:
    """What the caller may do. `key_code` is None for an anonymous reader, `organizations` None for every one.

    `key_code` is the code of a key, or of the user whose session it is, and `key_name` what either is called.
    `binding` is None for a key that is not bound to plants or meters. A user may have other scopes in one organization
    than in another: their `grants` say so, of which `scopes` and `organizations` are the union. A key has none.
    """

    key_code: str | None
    scopes: frozenset[Scope]
    organizations: frozenset[str] | None
    binding: Binding | None = None
    key_name: str | None = None
    grants: tuple[Grant, ...] = ()

    def allows(self, *scopes: Scope) -> bool:
        """Tell whether the caller has one of `scopes`, or admin."""
        return Scope.ADMIN in self.scopes or not self.scopes.isdisjoint(scopes)

    def reaches(self, organization: str) -> bool:
        """Tell whether the caller may know of the organization with this code."""
        return self.organizations is None or organization in self.organizations

    def narrowed(self, *scopes: Scope, organization: str | None = None, unlimited: bool = False) -> "Access":
        """Return what is left of a user's grants for one thing that is asked: all there is, for a key.

        In an organization, the scopes there. Elsewhere, `scopes` alone, in the organizations that they are granted in.
        `unlimited` leaves the grants for every organization. An example: admin in acme and read in every one. In acme:
        both. Elsewhere: read. Asked for keys, which takes admin: those of acme. Asked for the jobs of the service,
        which takes admin in every one: nothing.
        """
        if not self.grants:
            return self
        kept = [each for each in self.grants if each.organizations is None or not unlimited]
        if organization is not None:
            kept = [each for each in kept if each.reaches(organization)]
            return replace(self, **_union(kept), grants=())
        kept = [each for each in kept if each.allows(*scopes)]
        return replace(self, **{**_union(kept), "scopes": frozenset(scopes) if kept else frozenset()}, grants=())


def granted(key_code: str, key_name: str, grants: Iterable[Grant]) -> Access:
    """Return the access of a user with these grants; without any, one that allows nothing."""
    grants = tuple(grants)
    return Access(key_code=key_code, key_name=key_name, **_union(grants), grants=grants)


def _union(grants: Iterable[Grant]) -> dict[str, Any]:
    scopes: set[Scope] = set()
    organizations: set[str] | None = set()
    for each in grants:
        scopes |= each.scopes
        organizations = (
            None if organizations is None or each.organizations is None else organizations | each.organizations
        )
    return {"scopes": frozenset(scopes), "organizations": None if organizations is None else frozenset(organizations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAccess(Access):
    """Access to one organization, by its database key and its code."""

    organization_id: int
    organization: str
