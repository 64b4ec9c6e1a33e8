"""What headers of tables call their columns, in English, German and Chinese."""

import re

from app.core.units.units import UNITS, Dimension
from app.ingest.sources.layout import Role
from app.ingest.sources.source_units import units_meant
from app.ingest.sources.wide import plain_name

_WORDS: dict[Role, str] = {
    Role.TIMESTAMP: (
        "timestamp, time stamp, datetime, date time, date and time, date, day, month, period, year, end, to, until, "
        "reading date, billing date, interval end, "
        "zeitstempel, zeitpunkt, datum, tag, monat, zeitraum, ende, bis, ablesedatum, datum uhrzeit, jahr, "
        "时间, 日期, 时间戳, 月份, 年, 年份, 抄表日期, 抄表时间, 数据时间, 采集时间, 期间, 结束时间, 截止日期, 记录时间"
    ),
    Role.TIME: "time, time of day, clock, hour, uhrzeit, zeit, 时刻, 时分",
    Role.METER: (
        "meter, meter code, meter id, meter name, meter no, metering point, sensor, channel, tag name, "
        "zähler, zaehler, zählernummer, zählpunkt, messstelle, messpunkt, "
        "电表, 表计, 仪表, 计量点, 表号, 仪表编号, 表具, 计量点编号, 设备"
    ),
    Role.VALUE: (
        "value, reading, quantity, amount, consumption, usage, kwh, mwh, m3, "
        "wert, messwert, menge, verbrauch, stand, zählerstand, "
        "数值, 读数, 用量, 数量, 用电量, 用水量, 用气量, 消耗量, 值, 示数"
    ),
    Role.UNIT: "unit, uom, units, einheit, 单位, 计量单位",
    Role.QUALITY: "quality, status, state, qualität, qualitaet, güte, 质量, 数据质量",
    Role.REFERENCE: (
        "reference, ticket, ticket no, manifest, invoice, document, "
        "beleg, belegnummer, referenz, lieferschein, rechnungsnummer, 单号, 凭证号, 联单号, 票号, 发票号"
    ),
    Role.START: "start, from, begin, interval start, von, beginn, anfang, 开始时间, 起始时间, 起始日期",
}
_ROLES = {word.strip(): role for role, words in _WORDS.items() for word in words.split(",")}
_BEHIND = re.compile(r"(.*[^\s,;_/:-])[\s,;_/:-]+([^\s,;_/:-]{1,12})")
_OF_ACTIVITY = frozenset(
    name
    for dimension in (Dimension.ENERGY, Dimension.VOLUME, Dimension.GAS_VOLUME, Dimension.MASS)
    for name in UNITS[dimension]
)
"""What may stand behind a name without brackets: `Hall 1 t`. `Billing day` names no unit."""

_GAPS = re.compile(r"[\s_./:-]+")

QUALITY_WORDS = {
    **dict.fromkeys(("measured", "actual", "gemessen", "实测", "实际"), "measured"),
    **dict.fromkeys(("estimated", "estimate", "geschätzt", "估算", "估计"), "estimated"),
    **dict.fromkeys(("manual", "manuell", "手工", "人工"), "manual"),
}
"""How programs and people call the qualities of a reading."""


def role_of(name: str) -> Role | None:
    """Return what a column is by its name, without the unit in brackets behind it; None where that says nothing."""
    return _ROLES.get(normal(name))


def normal(name: str) -> str:
    """Return a name without case, brackets and what stands between its words: `Meter_Code [x]` is `meter code`."""
    return _GAPS.sub(" ", plain_name(name.replace("（", "(").replace("）", ")"))).strip().casefold()


def unit_in(name: str) -> str | None:
    """Return what stands behind a name as a unit does: kWh of `Hall 1 [kWh]`, of `Hall 1, kWh` and of `Hall_1_kWh`."""
    return _name_and_unit(name)[1]


def without_unit(name: str) -> str:
    """Return a name without the unit behind it: `Hall 1` of `Hall 1 kWh`."""
    return _name_and_unit(name)[0]


def _name_and_unit(name: str) -> tuple[str, str | None]:
    if found := re.search(r"[\[(（]([^\[\]()（）]{1,12})[\])）]\s*$", name):
        return name[: found.start()].strip(), found[1].strip()
    behind = _BEHIND.fullmatch(name.strip())
    if behind is None or role_of(behind[2]) is Role.UNIT or not _OF_ACTIVITY.intersection(units_meant(behind[2])):
        return name, None
    return behind[1], behind[2]
