"""What publications, their documents and their steps look like from outside."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from app.core.calendar.fiscal_years import PeriodKind
from app.core.calendar.periods import instant_from_ms
from app.disclosure.history.standing import DisclosureStatus, status_of
from app.schemas.disclosures.disclosures import Check, ComparativeValue, ExactNumber, FigureValue
from app.schemas.disclosures.lineage import Lineage
from app.schemas.inventory.fiscal_years import FiscalYear
from app.schemas.wire.base import Flag, Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.reporting_periods import Period
from app.schemas.wire.texts import Sentence
from app.store.reporting.publications import Listed


class PublicationCreate(Received):
    """A draft to prepare; a reason is required when a publication of the year is published already.

    `interim` says that the reporting period is not over: it is required of one that is not, and refused of one that is.
    """

    reason: Sentence | None = None
    interim: Flag = False


class PublicationAction(Received):
    """An empty object: the step is all there is to say."""


class PublicationStep(Shape):
    """A step of a publication: prepared, approved or published, by which key, user or job, and when."""

    step: str
    by: str
    name: str | None
    at: Instant


class Publication(Shape):
    """A publication without its document; `hash` is the SHA-256 of the document's canonical bytes.

    `period` is the name of its reporting period, such as 2024, or 2024T of the transition period with that number.
    An `interim` one was prepared before its period was over. `replaces` is the number of the published one that this
    restates. `as_of` is the instant whose readings it holds.
    """

    organization: str
    framework: str
    year: int
    period: str
    number: int
    status: DisclosureStatus
    interim: bool
    hash: str
    reason: str | None
    replaces: int | None
    prepared_by: str
    prepared_at: Instant
    as_of: Instant
    steps: list[PublicationStep]


class PublicationPage(Shape):
    """Some publications, and the cursor of those that follow."""

    items: list[Publication]
    next: str | None


class DocumentOrganization(Shape):
    """The organization as it was when the publication was prepared."""

    code: str
    name: str
    currency: str
    timezone: str


class DocumentFramework(Shape):
    """The framework's edition."""

    code: str
    title: str
    edition: str


class BasisPin(Shape):
    """A factor fixed by decision; null year, method and plant mean any."""

    year: int | None
    resource: str
    method: str | None
    plant: str | None
    factor: str


class BasisOwner(Shape):
    """An entity through which a plant is owned, and the share that the one before holds of it, as digits."""

    entity: str
    share: str


class BasisHolding(Shape):
    """Share and control of a plant from a day on."""

    valid_from: date
    equity_share: ExactNumber
    operational_control: bool
    financial_control: bool
    joint_operation: bool = False
    ownership_chain: list[BasisOwner] | None = None


class BasisPlant(Shape):
    """A plant as it stood: where it is, and what is held of it; `holdings` are later shares, by day."""

    code: str
    name: str
    country: str
    region: str | None
    grid_region: str | None
    timezone: str
    equity_share: ExactNumber
    operational_control: bool
    financial_control: bool
    joint_operation: bool = False
    ownership_chain: list[BasisOwner] | None = None
    holdings: list[BasisHolding]


class BasisSetting(Shape):
    """How one figure is printed otherwise than the framework says."""

    key: str
    rounding: str | None
    unit: str | None
    decimals: int | None


class PublicationBasis(Shape):
    """What the figures rest on beside readings and factors."""

    gwp_set: str
    consolidation: str
    rounding: str
    factor_set: str | None
    fiscal_year_start_month: int
    fiscal_year_label: str
    fiscal_years: list[FiscalYear] = Field(default=[])
    zone_rules: str | None = Field(default=None, description="IANA edition of the zone rules, such as 2026f.")
    pins: list[BasisPin]
    plants: list[BasisPlant]
    figure_settings: list[BasisSetting]


class PublishedPeriod(Period):
    """The reporting period of a document; older ones say neither name nor kind."""

    name: str | None = None
    kind: PeriodKind | None = None


class PublishedComparative(ComparativeValue):
    """The same figure of an earlier period as it was frozen; older documents do not say the period's days."""

    period: PublishedPeriod | None = None


class PublishedFigure(FigureValue):
    """A figure as it was frozen, with its lineage by month."""

    comparatives: list[PublishedComparative]
    lineage: Lineage


class Explanation(Shape):
    """Why a KPI is not disclosed."""

    kpi: str
    text: str


class PublicationDocument(Shape):
    """The document that is hashed, member for member as it was frozen.

    The hash is that of this object written with sorted keys, without spaces, in UTF-8, each number as it is here.
    """

    format: int
    organization: DocumentOrganization
    framework: DocumentFramework
    year: int
    number: int
    period: PublishedPeriod
    interim: bool = False
    as_of: Instant
    reason: str | None
    replaces: int | None
    prepared_by: str
    prepared_by_name: str | None = None
    prepared_at: Instant
    basis: PublicationBasis
    figures: list[PublishedFigure]
    checks: list[Check]
    explanations: list[Explanation]


class PublicationWithDocument(Publication):
    """A publication and its document."""

    document: PublicationDocument


def publication_from(organization: str, found: Listed, names: Mapping[str, str]) -> Publication:
    """Return the outside view of a publication; `names` are those of who took its steps, by their codes."""

    def step(name: str, by: str, at_ms: int) -> PublicationStep:
        return PublicationStep(step=name, by=by, name=names.get(by), at=instant_from_ms(at_ms))

    prepared = step("prepared", found.prepared_by, found.prepared_at)
    steps = [step(each.step, each.key_code, each.at) for each in found.steps]
    return Publication(
        organization=organization,
        framework=found.framework,
        year=found.year,
        period=str(found.period),
        number=found.number,
        status=status_of(found),
        interim=found.interim,
        hash=found.digest,
        reason=found.reason,
        replaces=found.replaces,
        prepared_by=found.prepared_by,
        prepared_at=prepared.at,
        as_of=instant_from_ms(found.as_of),
        steps=[prepared, *steps],
    )
