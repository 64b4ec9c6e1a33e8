"""Who may do what: the scopes of a key and the organizations it may touch."""

from dataclasses import dataclass
from enum import StrEnum


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
class Access:
    """What the caller may do. `key_code` is None for an anonymous reader, `organizations` None for every one.

    `binding` is None for a key that is not bound to plants or meters; `key_name` is what its maker called it.
    """

    key_code: str | None
    scopes: frozenset[Scope]
    organizations: frozenset[str] | None
    binding: Binding | None = None
    key_name: str | None = None

    def allows(self, *scopes: Scope) -> bool:
        """Tell whether the caller has one of `scopes`, or admin."""
        return Scope.ADMIN in self.scopes or not self.scopes.isdisjoint(scopes)

    def reaches(self, organization: str) -> bool:
        """Tell whether the caller may know of the organization with this code."""
        return self.organizations is None or organization in self.organizations


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAccess(Access):
    """Access to one organization, by its database key and its code."""

    organization_id: int
    organization: str
