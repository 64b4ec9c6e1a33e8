#!/usr/bin/env bash
# py-xbrl 3.0.3 (PyPI), XBRL and Inline XBRL
#
# Behaviour: a fact of an inline report that is larger than a million is rounded to a whole number, 1,234,567.89 to 1234568,
#            whatever its `decimals` says; 999,999.75 stays. The same facts in a plain XBRL file keep all digits.
# Guess:     the value that the report prints, from both kinds of file.
# Matters:   reports are inline. Of three plants' figures of 0.9, 1.1 and 1.2 million MWh two are rounded, their sum is no
#            longer the printed total, and a tie-out against the same company's plain file finds differences in large figures only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check py-xbrl==3.0.3
cat > plant.xsd <<'XSD'
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xbrli="http://www.xbrl.org/2003/instance"
  targetNamespace="http://example.org/plant" elementFormDefault="qualified">
<xs:element name="Energy" id="plant_Energy" type="xbrli:decimalItemType" substitutionGroup="xbrli:item" nillable="true"
  xbrli:periodType="duration"/>
</xs:schema>
XSD
venv/bin/python - <<'PYTHON'
from pathlib import Path

from xbrl.cache import HttpCache
from xbrl.instance import parse_ixbrl, parse_xbrl

NAMES = """xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:link="http://www.xbrl.org/2003/linkbase"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:utr="http://www.xbrl.org/2009/utr" xmlns:plant="http://example.org/plant" """
SCHEMA = '<link:schemaRef xlink:type="simple" xlink:href="plant.xsd"/>'
YEAR = """<xbrli:context id="year"><xbrli:entity><xbrli:identifier scheme="http://standards.iso.org/iso/17442"
  >00000000000000000098</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:startDate>2025-01-01</xbrli:startDate>
  <xbrli:endDate>2025-12-31</xbrli:endDate></xbrli:period></xbrli:context>
<xbrli:unit id="MWh"><xbrli:measure>utr:MWh</xbrli:measure></xbrli:unit>"""
FACT = 'contextRef="year" unitRef="MWh" decimals="2"'
values = ["999,999.75", "1,000,000.75", "1,234,567.89"]
plain = "".join(f'<plant:Energy {FACT}>{value.replace(",", "")}</plant:Energy>' for value in values)
inline = "".join(
    f'<p><ix:nonFraction name="plant:Energy" {FACT} format="ixt:num-dot-decimal">{value}</ix:nonFraction></p>' for value in values
)
Path("plain.xml").write_text(f"<xbrli:xbrl {NAMES}>{SCHEMA}{YEAR}{plain}</xbrli:xbrl>")
Path("inline.xhtml").write_text(
    f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" {NAMES}'
    ' xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12"><head><title>2025</title></head><body>'
    f'<div style="display:none"><ix:header><ix:references>{SCHEMA}</ix:references><ix:resources>{YEAR}</ix:resources>'
    f"</ix:header></div>{inline}</body></html>"
)
cache = HttpCache("cache")
seen = {
    "plain": [fact.value for fact in parse_xbrl("./plain.xml", cache).facts],
    "inline": [fact.value for fact in parse_ixbrl("./inline.xhtml", cache).facts],
}
print(seen)
assert seen == {"plain": [999999.75, 1000000.75, 1234567.89], "inline": [999999.75, 1000001, 1234568]}, "this has changed"
PYTHON
