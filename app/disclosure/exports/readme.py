"""What an assurance pack tells its auditor: how to check the hash, and how to follow a figure to its readings."""

from app.disclosure.exports.published import Published
from app.disclosure.exports.report import framework_title
from app.disclosure.exports.tables import instruments_table
from app.disclosure.figures.typesetting import written_day

_README = """\
ASSURANCE PACK

Organization   {organization} ({code})
Framework      {framework}
Reporting year {name}, {period}
Publication    {number}{replaces}{interim}
SHA-256        {digest}


1. WHAT IS HERE

publication.json         the publication itself: figures, lineage, basis and checks as one canonical JSON text
publication.json.sha256  its hash
figures.csv              a row for each figure, with the years before it
lineage.csv              a row for each term of each figure, month by month
factors.csv              the emission factors that were used, with their sources{instruments}
checks.csv               what the checks found
report.pdf               the report for reading and printing
workbook.xlsx            the same tables for a spreadsheet{evidence}{proofs}{audit}
SHA256SUMS               the hash of each file of this pack


2. CHECKING THE HASH

The hash is the SHA-256 of the bytes of publication.json, as they are: UTF-8, no line break at the end.

    sha256sum --check publication.json.sha256
    shasum -a 256 publication.json
    certutil -hashfile publication.json SHA256

It must be the hash above, the one in the foot of every page of report.pdf, and the one that the service answers for
    GET /v1/organizations/{code}/disclosures/{framework_code}/{year}/publications/{number}
where it also says who prepared, approved and published it, and when: those steps follow the publication, so they are
not inside it. `sha256sum --check SHA256SUMS` checks the other files.

The JSON is canonical: the members of every object sorted by name, no spaces, and every number an exact decimal literal
without exponent or trailing zeros. Written again by these rules it has the same hash. Do not read the numbers as binary
floating point; in Python: json.load(file, parse_float=decimal.Decimal).


3. COMPUTING THE FIGURES AGAIN

{recompute}


4. FOLLOWING A FIGURE TO ITS READINGS

1. Take a figure in figures.csv. `key` and `dimensions` identify it; `display` is what was printed, `value` is exact.
2. Its rows in lineage.csv are those with the same `key` and `dimensions`, part `term`. `metered` is what the meters
   named in `meters` give from `readings_from` to `readings_to`: by `metered_as` their sum, a level's mean or where it
   closes, or a stack's mass hour by hour. `quantity` is all of it, or the part that an instrument covers. Then
       figure = sum of quantity x conversion_ratio x share x kg_co2e over its terms, x unit_ratio
   where an empty column does not enter. For a quotient that sum is first divided by the same sum over the rows with
   part `divisor`. `value` of a term is its part of the figure, and they add up to it to the last digit.
3. `factor_row` names a row of factors.csv: value, edition, source, derivation, and why this factor was chosen.
4. The service gives the same readings as they were believed on the day, with the batch and the key that brought each:
       GET /v1/organizations/{code}/readings?meter=METER&start=START&end=END&as_of={as_of}
       GET /v1/organizations/{code}/meters/METER/revisions?timestamp=TIMESTAMP
   with &reference=REFERENCE behind it where the reading has one: the number of a delivery's or waste transfer's ticket.
5. Figures without rows in lineage.csv come from no meter: their flags name the evidence, and
       GET /v1/organizations/{code}/datapoints
   has their versions.

`basis` in publication.json states the boundary, each plant's share and control, the pinned factors, the global warming
potentials and the rounding rule that the figures rest on.


5. ABOUT THE CSV FILES

UTF-8, comma, a header line, lines end in CR LF. Numbers are exact and never abbreviated. Several texts in one cell are
separated by " | ". A text that begins with = + - @ or a tab has an apostrophe before it, so that no spreadsheet takes
it for a formula; the apostrophe is not part of the text. Numbers are left as they are.
{audit_section}"""


_EVIDENCE = """
meters.csv               each meter: its unit, its multiplier, the unit its terms are in
readings.csv             the readings as they stood when the publication was prepared
exchanges.csv            registers that were swapped, with what the old and the new one showed
recompute.py             computes every figure again from these files\
"""

_RECOMPUTE = """\
    python3 recompute.py

needs Python 3.9 or later and nothing else. It adds the readings up, multiplies by the factors, prints each figure as
it was published beside what comes out, and ends with 1 if any differs. It is short, meant to be read, and shares no
line with the service.

A row of readings.csv is a reading as it stood at {as_of}: its value in the meter's unit, and `from` and `to`, the
stretch of time it counts for. An interval's value was used over that stretch; it is stamped at its end or its start, as
`timestamp_edge` of meters.csv says, or from its own `start`. A register's counts from `from` to `to` what it shows less
what it, or the instrument exchanged for it, showed at `from`. `how` says where more had to be known: `rolled over` past
the modulus, `from zero` where the counter resets itself, `unknown` where the service believed neither value and counted
nothing, with the reason. A reading without a stretch is the first of a register, or an estimate that proved too high. A
level stands from `from` to `to`, or was counted at an instant. `mark` is `counted`, `accepted` (it had been suspect),
`suspect` (it counts for nothing), or `filled` for what the meter's rule put in the place of missing readings.

A stretch that lies in two months, or two years, is divided between them by seconds."""

_NOT_RECOMPUTED = """\
This publication was prepared by an earlier version of the service, which did not write down all it takes to compute its
figures again outside. `esg verify` computes them from the stored readings."""

_INSTRUMENTS = (
    "\ninstruments.csv          the certificates and contracts that cover energy, with registry and serial numbers"
)


_PROOFS = """
evidence.csv             bills and other files that were attached to months and batches: hash, who and when of each
evidence/                these files, as they were attached by the time of this pack\
"""

_AUDIT = "\naudit.ndjson             the audit log of the organization up to the publication's preparation"
_AUDIT_SECTION = """

6. CHECKING THE AUDIT LOG

audit.ndjson has an entry a line, numbered from 1: who changed what and when, and what it said before and after. The
hash of an entry is the SHA-256 of the JSON list of its
    organization_id, number, at, actor, name, operation, kind, subject, before, after, request_id, address, previous
in that order, without spaces, in UTF-8, and without escapes that JSON does not need. `before` and `after` are texts
and enter as they are; `at` is milliseconds since 1970. `previous` is the hash of the entry before, 64 zeros in the
first. So nobody can change, put in or leave out an entry without all that follow having other hashes. In Python:

    import hashlib, json
    names = "organization_id number at actor name operation kind subject before after request_id address previous"
    last = "0" * 64
    for number, line in enumerate(open("audit.ndjson", encoding="utf-8"), 1):
        entry = json.loads(line)
        text = json.dumps([entry[name] for name in names.split()], ensure_ascii=False, separators=(",", ":"))
        assert entry["number"] == number and entry["previous"] == last
        last = hashlib.sha256(text.encode()).hexdigest()
        assert entry["hash"] == last
"""


def readme_of(of: Published, *, audit: bool = False, evidence: bool = False, proofs: bool = False) -> str:
    """Return the README of a publication's pack, which may have its readings, evidence and the audit log."""
    document = of.document
    first, last = of.first_and_last_day
    replaces = document["replaces"]
    return _README.format(
        organization=document["organization"]["name"],
        code=document["organization"]["code"],
        framework=framework_title(of),
        framework_code=document["framework"]["code"],
        year=document["year"],
        name=of.years[0],
        interim=", interim: the reporting period was not over" if of.is_interim else "",
        period=f"{written_day(first)} to {written_day(last)}",
        number=document["number"],
        replaces="" if replaces is None else f", restates publication {replaces}",
        digest=of.digest,
        instruments=_INSTRUMENTS if instruments_table(of).rows else "",
        as_of=document["as_of"],
        evidence=_EVIDENCE if evidence else "",
        proofs=_PROOFS if proofs else "",
        recompute=_RECOMPUTE.format(as_of=document["as_of"]) if evidence else _NOT_RECOMPUTED,
        audit=_AUDIT if audit else "",
        audit_section=_AUDIT_SECTION if audit else "",
    )
