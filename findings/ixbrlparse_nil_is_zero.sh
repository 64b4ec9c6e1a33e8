#!/usr/bin/env bash
# ixbrlparse 0.12.0 (PyPI), Inline XBRL
#
# Behaviour: a numeric fact with xsi:nil="true" has the value 0. The unit of an intensity, MWh divided by tonnes, is told as
#            its numerator alone: utr:MWh.
# Guess:     None for what the report says it does not know; both measures, or a text of them, for a unit that divides.
# Matters:   a report that leaves a Scope 3 category open, as it may in its first year, reads as one of zero tonnes, which is
#            another statement; and 0.42 MWh/t is a datapoint of 0.42 MWh, which adds up with the energy of the same report.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ixbrlparse==0.12.0
"$folder/venv/bin/python" - <<'PYTHON'
import io

from ixbrlparse import IXBRL

REPORT = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
  xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12" xmlns:xbrli="http://www.xbrl.org/2003/instance"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:utr="http://www.xbrl.org/2009/utr"
  xmlns:plant="http://example.org/plant"><head><title>2025</title></head><body><div style="display:none"><ix:header>
<ix:resources><xbrli:context id="year"><xbrli:entity><xbrli:identifier scheme="http://standards.iso.org/iso/17442"
  >00000000000000000098</xbrli:identifier></xbrli:entity><xbrli:period><xbrli:startDate>2025-01-01</xbrli:startDate>
  <xbrli:endDate>2025-12-31</xbrli:endDate></xbrli:period></xbrli:context>
<xbrli:unit id="t"><xbrli:measure>utr:t</xbrli:measure></xbrli:unit>
<xbrli:unit id="MWh-t"><xbrli:divide><xbrli:unitNumerator><xbrli:measure>utr:MWh</xbrli:measure></xbrli:unitNumerator>
  <xbrli:unitDenominator><xbrli:measure>utr:t</xbrli:measure></xbrli:unitDenominator></xbrli:divide></xbrli:unit>
</ix:resources></ix:header></div>
<p><ix:nonFraction name="plant:Scope1" contextRef="year" unitRef="t" decimals="0" format="ixt:num-dot-decimal">1,234</ix:nonFraction>
<ix:nonFraction name="plant:Scope3" contextRef="year" unitRef="t" xsi:nil="true"/>
<ix:nonFraction name="plant:Intensity" contextRef="year" unitRef="MWh-t" decimals="2" format="ixt:num-dot-decimal">0.42</ix:nonFraction></p>
</body></html>"""
seen = [(fact.name, fact.value, fact.unit) for fact in IXBRL(io.StringIO(REPORT)).numeric]
print(*seen, sep="\n")
assert seen == [("Scope1", 1234, "utr:t"), ("Scope3", 0, "utr:t"), ("Intensity", 0.42, "utr:MWh")], "this has changed"
PYTHON
