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
workbook.xlsx            the same tables for a spreadsheet{audit}
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


3. FOLLOWING A FIGURE TO ITS READINGS

1. Take a figure in figures.csv. `key` and `dimensions` identify it; `display` is what was printed, `value` is exact.
2. Its rows in lineage.csv are those with the same `key` and `dimensions`. For most figures
       value of a term = quantity x conversion x share x kg_co2e, in the figure's unit
   where a column that is empty does not enter, kg become the unit in `figure_unit`, and `formula` says it in words.
3. The terms' `value` with part `term` add up to the figure's `value` to the last digit (compute with decimals).
   For a quotient, each term's value is its part of the quotient, and the rows with part `divisor` add up to what it
   was divided by.
4. `factor` names a row of factors.csv: value, edition, source, derivation, and why this factor was chosen.
5. `meters` names the meters, `readings` how many readings they gave between `start` and `end` (UTC; the end is not
   included; a month is the plant's local month). The service gives those readings as they were believed on the day:
       GET /v1/organizations/{code}/readings?meter=METER&start=START&end=END&as_of={as_of}
   and each version of one reading, with the batch and the key that brought it:
       GET /v1/organizations/{code}/meters/METER/revisions?timestamp=TIMESTAMP
   with &reference=REFERENCE behind it where the reading has one: the number of a delivery's or waste transfer's ticket.
6. Figures without rows in lineage.csv come from no meter: their flags name the evidence, and
       GET /v1/organizations/{code}/datapoints
   has their versions.

`basis` in publication.json states the boundary, each plant's share and control, the pinned factors, the global warming
potentials and the rounding rule that the figures rest on.


4. ABOUT THE CSV FILES

UTF-8, comma, a header line, lines end in CR LF. Numbers are exact and never abbreviated. Several texts in one cell are
separated by " | ". A text that begins with = + - @ or a tab has an apostrophe before it, so that no spreadsheet takes
it for a formula; the apostrophe is not part of the text. Numbers are left as they are.
{audit_section}"""


_INSTRUMENTS = (
    "\ninstruments.csv          the certificates and contracts that cover energy, with registry and serial numbers"
)


_AUDIT = "\naudit.ndjson             the audit log of the organization up to the publication's preparation"
_AUDIT_SECTION = """

5. CHECKING THE AUDIT LOG

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


def readme_of(of: Published, *, audit: bool = False) -> str:
    """Return the README of a publication's pack, which may have the audit log with it."""
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
        audit=_AUDIT if audit else "",
        audit_section=_AUDIT_SECTION if audit else "",
    )
