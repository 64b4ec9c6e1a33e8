#!/usr/bin/env python3
"""Compute the figures of this publication again, from the readings and factors that lie beside this file.

    python3 recompute.py [folder]

It needs Python 3.9 or later and nothing else. It prints of each figure what was published, what comes out here, and
whether that is the same; what cannot be computed from readings, such as a number that somebody typed, is listed with
its document. It ends with 1 if anything differs. Nothing is rounded on the way: readings are integers of millionths,
and all above them are fractions.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

MICRO, HOUR, WIDE = 1_000_000, 3_600, Context(prec=80)
Row = Dict[str, str]


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Yield the rows of a CSV file; an apostrophe before what a spreadsheet would take for a formula is taken off."""
    with open(folder / name, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {key: cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@\t\r" else cell for key, cell in row.items()}


@lru_cache(maxsize=256)
def seconds(instant: str) -> int:
    """Return the whole seconds from 1970 to an instant such as 2021-06-01T00:15:00Z."""
    return int(datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp() // 1)


def micro(value: str) -> int:
    """Return a value, which has at most six decimals, in millionths."""
    return int(Decimal(value).scaleb(6))


class Slice:
    """What a meter gives between two neighbouring bounds."""

    readings = quantity = covered = area = weight = 0
    known = False
    last: Optional[int] = None


class Slices:
    """What a meter gives, cut at ascending bounds in seconds."""

    def __init__(self, bounds: List[int]) -> None:
        self.bounds = bounds
        self.cells = [Slice() for _ in bounds[1:]]
        self._covered_to = bounds[0]

    def at(self, moment: int) -> Slice:
        """Return the slice that a moment lies in; one that nobody asks for where it lies outside."""
        place = bisect_right(self.bounds, moment) - 1
        return self.cells[place] if 0 <= place < len(self.cells) else Slice()

    def parts(self, start: int, end: int) -> Iterator[Tuple[Slice, int, int]]:
        """Yield each slice that [start, end) touches, and from when to when."""
        for place in range(max(bisect_right(self.bounds, start) - 1, 0), len(self.cells)):
            if self.bounds[place] >= end:
                return
            first, last = max(self.bounds[place], start), min(self.bounds[place + 1], end)
            if first < last:
                yield self.cells[place], first, last

    def between(self, start: int, end: int) -> List[Slice]:
        """Return the slices from one bound to another."""
        return self.cells[self.bounds.index(start) : self.bounds.index(end)]

    def use(self, quantity: int, start: int, end: int, is_reading: bool = True) -> None:
        """Add a quantity that was used over [start, end), evenly. What has no length falls where it starts.

        Each part is what was used up to its end less what was used up to its start, in whole millionths: of a bill over
        New Year, what is cut off in one year is in the other.
        """
        self.at(start).readings += is_reading
        if end <= start:
            self.at(start).quantity += quantity
            self.at(start).known = True
        for cell, first, last in self.parts(start, end):
            before, after = (abs(quantity) * (moment - start) // (end - start) for moment in (first, last))
            cell.quantity += after - before if quantity >= 0 else before - after
            cell.known = True
            cell.covered += max(last - max(first, self._covered_to), 0) if is_reading else 0
        if is_reading:
            self._covered_to = max(self._covered_to, end)

    def stand(self, value: int, start: int, end: int, stamp: int) -> None:
        """Let a level stand over [start, end); one that is counted at an instant weighs one."""
        self.at(stamp).readings += 1
        for cell, first, last in self.parts(start, end) if end > start else [(self.at(start), 0, 1)]:
            cell.area += value * (last - first)
            cell.weight += last - first
            cell.covered += last - first
            cell.last = value


class Register:
    """A counter: what it counted is what it shows less what it, or the one it was exchanged for, showed before."""

    def __init__(self, meter: Row, exchanges: List[Row], slices: Slices) -> None:
        self.sign = -1 if meter["direction"] == "down" else 1
        self.modulus = micro(meter["modulus"]) if meter["modulus"] else 0
        self.exchanges, self.slices, self.shown = exchanges, slices, dict[str, int]()

    def exchange(self, before: float) -> None:
        """Take the exchanges before a moment: the old instrument ends, the new one begins."""
        while self.exchanges and seconds(self.exchanges[0]["at"]) < before:
            row = self.exchanges.pop(0)
            self.count(row["from"], row["at"], micro(row["final_value"]), row["how"])
            self.shown = {row["at"]: micro(row["first_value"])}

    def count(self, start: str, end: str, value: int, how: str) -> None:
        """Add what was counted since `start`; without that, the value is only what later ones may be counted from."""
        base = 0 if how == "from zero" else self.shown.get(start)
        if start:
            self.shown = {}
        self.shown[end] = value
        if base is None or how.startswith("unknown"):
            return
        counted = self.sign * (value - base)
        if how == "rolled over":
            counted += self.modulus if counted < 0 else -self.modulus
        self.slices.use(counted, seconds(start), seconds(end))


class Meters:
    """All meters with their readings added up, cut where a term begins or ends."""

    def __init__(self, folder: Path, lineage: List[Row]) -> None:
        self.meters = {row["meter"]: row for row in rows(folder, "meters.csv")}
        # What turns millionths of a meter's unit into the unit of its terms.
        self.ratios = {
            code: Fraction(meter["multiplier"]) * Fraction(meter["unit_ratio"]) / MICRO
            for code, meter in self.meters.items()
        }
        bounds, exchanges = defaultdict(set), defaultdict(list)
        for row in lineage:
            for code in row["meters"].split(" | ") if row["metered_as"] else ():
                start, end = seconds(row["readings_from"]), seconds(row["readings_to"])
                step = HOUR if row["metered_as"] == "hourly_mass" else end - start
                bounds[code].update([*range(start, end, step), end])
        self.slices = {code: Slices(sorted(found)) for code, found in bounds.items()}
        for row in rows(folder, "exchanges.csv"):
            exchanges[row["meter"]].append(row)
        registers = {code: Register(meter, exchanges[code], self.slices[code]) for code, meter in self.meters.items()}
        for row in rows(folder, "readings.csv"):
            code, kind, value = row["meter"], self.meters[row["meter"]]["kind"], micro(row["value"])
            if row["mark"] == "suspect":
                continue  # it counts for nothing
            if kind == "register":
                registers[code].exchange(seconds(row["timestamp"]))
                registers[code].count(row["from"], row["to"] or row["timestamp"], value, row["how"])
            elif kind in ("stock", "gauge"):
                self.slices[code].stand(value, seconds(row["from"]), seconds(row["to"]), seconds(row["timestamp"]))
            else:
                self.slices[code].use(value, seconds(row["from"]), seconds(row["to"]), row["mark"] != "filled")
        for register in registers.values():
            register.exchange(float("inf"))

    def of(self, term: Row) -> Tuple[Optional[Fraction], int]:
        """Return what the meters of a term give together in its span, in its unit, and by how many readings."""
        span = seconds(term["readings_from"]), seconds(term["readings_to"])
        found = [(self.slices[code].between(*span), self.ratios[code]) for code in term["meters"].split(" | ")]
        readings = sum(cell.readings for cells, _ in found for cell in cells)
        values = [value * ratio for cells, ratio in found for value in self.values(cells, term["metered_as"])]
        if term["metered_as"] == "hourly_mass":
            values = list(self.masses(*found))
        return (sum(values, Fraction(0)) if values else None), readings

    @staticmethod
    def values(cells: List[Slice], metered_as: str) -> Iterator[Fraction]:
        """Yield what a meter gives: its sum, its mean or where it closes; nothing where nobody knows."""
        if metered_as == "sum" and any(cell.known for cell in cells):
            yield Fraction(sum(cell.quantity for cell in cells))
        if metered_as == "mean" and any(cell.weight for cell in cells):
            yield Fraction(sum(cell.area for cell in cells), sum(cell.weight for cell in cells))
        if metered_as == "period_end":
            yield from [Fraction(cell.last) for cell in cells if cell.last is not None][-1:]

    @staticmethod
    def masses(gauge: Tuple[List[Slice], Fraction], flow: Tuple[List[Slice], Fraction]) -> Iterator[Fraction]:
        """Yield the kg of each hour, its mean mg/m3 times its m3, where readings cover three quarters of both."""
        for level, volume in zip(gauge[0], flow[0]):
            if volume.known and min(level.covered, volume.covered) * 4 >= HOUR * 3:
                mean = Fraction(level.area, level.weight) * gauge[1]
                yield mean * volume.quantity * flow[1] / MICRO


class Check:
    """The figures computed again, and what was found to differ."""

    def __init__(self, folder: Path) -> None:
        signed = (folder / "publication.json").read_bytes()
        self.different: Dict[str, None] = {}
        if hashlib.sha256(signed).hexdigest() not in (folder / "publication.json.sha256").read_text():
            self.different["publication.json is not what was signed: it has another SHA-256"] = None
        self.document: Dict[str, Any] = json.loads(signed, parse_float=Decimal)
        self.factors = {row["row"]: row for row in rows(folder, "factors.csv")}
        lineage = list(rows(folder, "lineage.csv"))
        self.meters = Meters(folder, lineage)
        self.terms: Dict[Tuple[str, str], List[Row]] = defaultdict(list)
        for row in lineage:
            self.terms[row["key"], row["dimensions"]].append(row)

    def term(self, row: Row) -> Fraction:
        """Return metered x part x conversion x share x factor, and compare what is metered with what was published."""
        quantity = Fraction(row["quantity"])
        if row["metered_as"]:
            metered, readings = self.meters.of(row)
            span = f"{row['meters']} from {row['readings_from']} to {row['readings_to']}"
            if metered is None or not same(metered, Fraction(row["metered"])):
                words = f"{span}: readings give {shown(metered)} {row['unit']}, published is {row['metered']}"
                self.different[words] = None
            if row["metered_as"] == "sum" and str(readings) != row["readings"]:
                self.different[f"{span}: there are {readings} readings, published are {row['readings']}"] = None
            # Where an instrument covers a part, the quantity is that part of what is metered.
            quantity = (metered or 0) * quantity / Fraction(row["metered"]) if quantity else quantity
        value = quantity * Fraction(row["conversion_ratio"]) * Fraction(row["share"])
        return value * Fraction(self.factors[row["factor_row"]]["kg_co2e"]) if row["factor_row"] else value

    def figure(self, figure: Dict[str, Any]) -> Tuple[Optional[Fraction], str]:
        """Return a figure's value computed again, and what is to be said of it."""
        lineage, published = figure["lineage"], figure["value"]
        if published is None:
            return None, "words" if figure.get("text") else "no value"
        if lineage["formula"] == "stated":
            by = lineage["stated"] or {}
            return None, f"stated by {by.get('key') or 'the service'}: {by.get('evidence') or 'no document'}"
        terms = self.terms[figure["key"], "; ".join(f"{name}={of}" for name, of in figure["dimensions"].items())]
        value = sum((self.term(row) for row in terms if row["part"] == "term"), Fraction(0))
        if lineage["divisor"]:
            value /= sum(self.term(row) for row in terms if row["part"] == "divisor") or 1
        value *= Fraction(lineage["unit_ratio"])
        if not same(value, Fraction(published)) or self.printed(figure) != figure["display"]:
            return value, "DIFFERENT"
        typed = [row["notes"] for row in terms if not row["metered_as"] and row["notes"]]
        return value, f"same, with what is stated: {'; '.join(dict.fromkeys(typed))}" if typed else "same"

    def printed(self, figure: Dict[str, Any]) -> str:
        """Return a value as it is printed: by the figure's own rounding rule, or else by the organization's."""
        basis = self.document["basis"]
        own = [row["rounding"] for row in basis["figure_settings"] if row["key"] == figure["key"] and row["rounding"]]
        mode = ROUND_DOWN if (own or [basis["rounding"]])[0] == "down" else ROUND_HALF_UP
        step = Decimal(1).scaleb(-len(figure["display"].partition(".")[2]))
        rounded = Decimal(figure["value"]).quantize(step, rounding=mode, context=WIDE)
        return f"{abs(rounded) if rounded.is_zero() else rounded:f}"


def same(one: Fraction, other: Fraction) -> bool:
    """Tell whether two numbers are the same: what does not end was published to twenty places."""
    return abs(one - other) * 10**12 <= max(abs(one), abs(other))


def shown(value: Optional[Fraction]) -> str:
    """Return a number in decimals, at most twelve behind the point."""
    if value is None:
        return "nothing"
    number = WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{number.quantize(Decimal(1).scaleb(-12), context=WIDE):f}".rstrip("0").rstrip(".")


def main(folder: Path) -> int:
    """Print a row for each figure, then what differs; return 1 if anything does."""
    check = Check(folder)
    table = [("figure", "unit", "printed", "published", "from the readings", "")]
    for figure in check.document["figures"]:
        value, words = check.figure(figure)
        name = " ".join([figure["key"], *(f"{of}={each}" for of, each in figure["dimensions"].items())])
        if words.startswith("DIFFERENT"):
            stated = f"{figure['value']}, printed as {figure['display']}"
            check.different[f"{name}: readings give {shown(value)}, published is {stated}"] = None
        published = "" if figure["value"] is None else shown(Fraction(figure["value"]))
        again = "" if value is None else shown(value)
        table.append((name, figure["unit"] or "", figure["display"] or "", published, again, words))
    widths = [max(len(row[place]) for row in table) for place in range(5)]
    for row in table:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[5]]).rstrip())
    for begins, told in (("same", "are the same"), ("stated", "are stated"), ("no value", "have no value")):
        print(f"{sum(row[5].startswith(begins) for row in table)} of {len(table) - 1} figures {told}")
    for words in check.different:
        print(f"DIFFERENT: {words}")
    return 1 if check.different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
