"""What a table that was printed before, and what the checks find in it, look like from outside."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.core.calendar.periods import instant_from_ms
from app.core.units.quantities import Rounding
from app.disclosure.checks.statement import Answer, AssertedDirection
from app.disclosure.history.canonical import document_from
from app.models import ImportedPublication as ImportedRowModel
from app.schemas.disclosures.disclosures import Check
from app.schemas.wire.base import Flag, Received, Shape
from app.schemas.wire.instants import Day, Instant
from app.schemas.wire.numbers import NonNegativeNumber, Number, PositiveNumber, WholeNumber
from app.schemas.wire.texts import Code, CountryCode, Name, Sentence, Word
from app.store.reporting.imported import ImportedHead

YearNumber = Annotated[WholeNumber, Field(ge=1973, le=9000)]
Kpi = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._()/-]{0,63}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
MAX_ROWS = 10_000


class HeadCount(Received):
    """How many people worked at a plant in a year."""

    year: YearNumber
    persons: NonNegativeNumber


class ImportedPlant(Received):
    """A plant inside the boundary that the publication declares; it need not be one of the organization's plants."""

    code: Code
    name: Name | None = None
    country: CountryCode
    region: Word | None = None
    grid_region: Word | None = None
    headcounts: Annotated[list[HeadCount], Field(max_length=100)] = Field(default_factory=list)


class CitedFactor(Received):
    """A factor that the publication names: the `code` of a factor known here, or else what is said of it.

    kg_co2e is per one `per`; `year` is the last year the factor describes.
    """

    code: Code | None = None
    title: Name | None = None
    resource: Key | None = None
    region: Word | None = None
    year: YearNumber | None = None
    kg_co2e: NonNegativeNumber | None = None
    per: Word | None = None


class ImportedRow(Received):
    """One printed number of one year; null where its place was left empty, `text` where words stand there.

    `unit` is one of the service's units, money such as `CNY million`, or any other word. A ratio's unit is that of its
    numerator, `per` units of `denominator`; numerator, denominator and per are known of keys the service knows. Without
    `decimals` a number has the most that one of its key and unit was sent with.
    `boundary` lists the plants a number holds, null for all.
    """

    year: YearNumber
    kpi: Kpi | None = None
    key: Key
    title: Name | None = None
    dimensions: Annotated[dict[Word, Word], Field(max_length=10)] = Field(default_factory=dict)
    value: Number | None = None
    text: Sentence | None = None
    unit: Word
    decimals: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    factors: Annotated[list[CitedFactor], Field(max_length=20)] = Field(default_factory=list)
    numerator: Key | None = None
    denominator: Key | None = None
    per: PositiveNumber | None = None
    boundary: Annotated[list[Code], Field(min_length=1, max_length=1_000)] | None = None
    note: Sentence | None = None


class ImportedAssertion(Received):
    """A sentence of the publication that says which way figures went; no keys mean every ratio."""

    text: Sentence
    keys: Annotated[list[Key], Field(max_length=1_000)] = Field(default_factory=list)
    direction: AssertedDirection
    from_year: YearNumber
    year: YearNumber


class IndexItem(Received):
    """What the content index says of a KPI, with the words that explain it."""

    kpi: Kpi
    status: Answer
    text: Sentence | None = None


class ImportedPublicationCreate(Received):
    """A table that was printed before, of `year` and the years beside it; once stored it never changes.

    `rounding` is the rule it states, null where it states none. `supersedes` names an import that this one corrects.
    With `comparatives` its columns stand beside later years, where those years were never published here.
    """

    code: Code
    title: Name
    framework: Code
    year: YearNumber
    source: Sentence | None = None
    published_on: Day | None = None
    rounding: Rounding | None = None
    supersedes: Code | None = None
    comparatives: Flag = False
    plants: Annotated[list[ImportedPlant], Field(max_length=1_000)] = Field(default_factory=list)
    rows: Annotated[list[ImportedRow], Field(min_length=1, max_length=MAX_ROWS)]
    assertions: Annotated[list[ImportedAssertion], Field(max_length=1_000)] = Field(default_factory=list)
    index: Annotated[list[IndexItem], Field(max_length=1_000)] = Field(default_factory=list)


class ImportedPublication(ImportedPublicationCreate):
    """An imported publication as it was stored; `hash` is the SHA-256 of its canonical JSON."""

    hash: str
    stored_at: Instant


class ImportedPublicationHead(Shape):
    """An imported publication without its rows."""

    code: str
    title: str
    framework: str
    year: int
    supersedes: str | None
    hash: str
    stored_at: Instant


class ImportedPublicationPage(Shape):
    """Some imported publications, and the cursor of those that follow."""

    items: list[ImportedPublicationHead]
    next: str | None


class ImportedPublicationChecks(Shape):
    """What the checks find in an imported publication."""

    organization: str
    publication: str
    checks: list[Check]


def document_of(body: ImportedPublicationCreate) -> dict[str, Any]:
    """Return what is stored of an import."""
    return body.model_dump(mode="python")


def imported_from(row: ImportedRowModel) -> ImportedPublication:
    """Return the outside view of a stored import."""
    document: Mapping[str, Any] = document_from(row.document)
    return ImportedPublication.model_validate(
        {**document, "hash": row.digest, "stored_at": instant_from_ms(row.created_at)}
    )


def head_from(row: ImportedHead) -> ImportedPublicationHead:
    """Return the outside view of a stored import without its rows."""
    return ImportedPublicationHead(
        code=row.code,
        title=row.title,
        framework=row.framework,
        year=row.year,
        supersedes=row.supersedes,
        hash=row.digest,
        stored_at=instant_from_ms(row.created_at),
    )
