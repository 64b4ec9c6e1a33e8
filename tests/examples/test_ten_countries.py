"""Ten countries, five things that a plant buys: energy and Scope 1 or 2 of each, or null and what is to be added.

Amounts of one day in March 2025: 100,000 kWh of power, 1,000 m3 of gas, 10,000 kWh of gas (gross, and net), 1,000 L of
diesel, 1 t of LPG. Expected values are worked out by hand from the tables, by the potentials of AR5 (CH4 28, N2O 265).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

import pytest

from tests.support.examples import Service

Worked: TypeAlias = tuple[str, str]
"""MWh on the lower heating value, and t CO2e; for either that is null the words of what is to be added."""

_METERS: Final[Mapping[str, tuple[str, str, str | None, str]]] = {
    "power": ("electricity.grid", "kWh", None, "100000"),
    "gas": ("fuel.natural_gas", "m3", None, "1000"),
    "gas-gross": ("fuel.natural_gas", "kWh", "gross", "10000"),
    "gas-net": ("fuel.natural_gas", "kWh", "net", "10000"),
    "diesel": ("fuel.diesel", "L", None, "1000"),
    "lpg": ("fuel.lpg", "t", None, "1"),
}
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "CN": {"timezone": "Asia/Shanghai"},
    "GB": {"timezone": "Europe/London"},
    "US": {"timezone": "America/Chicago", "region": "US-TX", "grid_region": "US-ERCT"},
    "DE": {"timezone": "Europe/Berlin"},
    "FR": {"timezone": "Europe/Paris"},
    "JP": {"timezone": "Asia/Tokyo"},
    "KR": {"timezone": "Asia/Seoul"},
    "IN": {"timezone": "Asia/Kolkata"},
    "AU": {"timezone": "Australia/Sydney", "region": "AU-NSW"},
    "SG": {"timezone": "Asia/Singapore"},
}

# 10,000 kWh gross x 0.9 = 32.4 GJ, net 36 GJ, x (56,100 + 28 + 26.5) kg per TJ; 0.84 t x 43 GJ x (74,100 + 84 + 159) kg
# per TJ; 47.3 GJ x (63,100 + 28 + 26.5) kg per TJ.
_IPCC: Final[Mapping[str, Worked]] = {
    "gas-gross": ("9", "1.8194058"),
    "gas-net": ("10", "2.021562"),
    "diesel": ("10.033333", "2.685269"),
    "lpg": ("13.138889", "2.987208"),
}


def _no_heat_content(country: str) -> Worked:
    words = f"state the lhv of fuel.natural_gas per m3 for {country} by POST"
    return words, words


_WORKED: Final[Mapping[str, Mapping[str, Worked]]] = {
    "CN": {
        "power": ("100", "53.06"),  # 0.5306 kg, of 2023
        "gas": ("10.814167", "2.162189"),  # 38.931 GJ; x 15.3 x 0.99 x 44/12
        "gas-gross": ("9", "1.799464"),  # 32.4 GJ x 15.3 x 0.99 x 44/12
        "gas-net": ("10", "1.999404"),  # 36 GJ x 15.3 x 0.99 x 44/12
        "diesel": ("9.952133", "2.600564"),  # 0.84 t x 42.652 GJ; x 20.2 x 0.98 x 44/12
        "lpg": ("13.938611", "3.101330"),  # 50.179 GJ x 17.2 x 0.98 x 44/12
    },
    "GB": {
        "power": ("100", "17.7"),
        "gas": ("10.196208", "2.06672"),  # 0.8025 kg x 45.74 MJ
        "gas-gross": ("9.025257", "1.8296"),  # x 45.74 / 50.68
        "gas-net": ("10", "2.027"),
        "diesel": ("9.884873", "2.57082"),  # 0.8328 t x 42.73 GJ
        "lpg": ("12.761111", "2.939645"),  # 45.94 GJ; 1,000 kg / 0.5297 kg per L x 1.55713 kg
    },
    "US": {
        "power": ("100", "33.412929"),  # 736.629 lb CO2e per MWh of 2023, x 0.45359237
        "gas": ("9.556920", "1.924490"),  # 35,314.667 scf x 0.001026 mmBtu x 53.1145 kg
        "gas-gross": ("9", "1.812342"),  # 34.121416 mmBtu x 53.1145 kg
        "gas-net": ("10", "2.013713"),  # 37.912685 mmBtu x 53.1145 kg
        "diesel": ("10.149917", "2.705126"),  # 264.172052 gal x 0.138 mmBtu x 74.203 kg; x 0.95 net
        "lpg": ("13.138889", "2.923644"),  # 47.3 GJ net / 0.95 = 47.191316 mmBtu x 61.953 kg
    },
    "DE": {"power": ("100", "36.3"), "gas": _no_heat_content("DE"), **_IPCC},  # 363 g, of 2024
    "FR": {
        "power": ("100", "add a factor of electricity.grid for fr-power, FR or GLOBAL"),
        "gas": _no_heat_content("FR"),
        **_IPCC,
    },
    "JP": {
        "power": ("100", "add a factor of electricity.grid for jp-power, JP or GLOBAL"),
        **_IPCC,
        "gas": ("10.875", "2.198449"),  # 43.5 GJ gross x 0.9 x 56.1545 kg
    },
    "KR": {"power": ("100", "41.73"), "gas": _no_heat_content("KR"), **_IPCC},  # 417.3 g, of 2023
    "IN": {"power": ("100", "71"), "gas": _no_heat_content("IN"), **_IPCC},  # 710 g, April to March
    "AU": {
        "power": ("100", "66"),  # 0.66 kg in New South Wales, July 2024 to June 2025
        "gas": ("9.825", "2.025129"),  # 39.3 GJ gross x 51.53 kg; x 0.9 net
        "gas-gross": ("9", "1.85508"),  # 36 GJ x 51.53 kg
        "gas-net": ("10", "2.0612"),  # 36 GJ / 0.9 x 51.53 kg
        "diesel": ("10.186111", "2.70972"),  # 38.6 GJ x 70.2 kg; x 0.95 net
        "lpg": ("13.138889", "2.997326"),  # 47.3 GJ net / 0.95 x 60.2 kg
    },
    "SG": {"power": ("100", "40.2"), "gas": _no_heat_content("SG"), **_IPCC},  # 0.402 kg, of 2024
}


@pytest.mark.parametrize("country", _WORKED)
def test_what_a_plant_buys_has_energy_and_emissions_or_what_is_to_be_added(service: Service, country: str) -> None:
    path = _bought(service, country)

    differences = []
    for name, worked in _WORKED[country].items():
        query = {"plant": f"{country.lower()}-{name}"}
        figures = service.get(f"{path}/disclosures/hkex-2020/2025", **query)["figures"]
        scope = "ghg.scope2" if name == "power" else "ghg.scope1"
        found = {figure["key"]: figure for figure in figures if figure["key"] in ("energy.total", scope)}
        differences += [f"{name}: {each}" for each in _differences(worked, found["energy.total"], found[scope])]
    assert differences == []


def _bought(service: Service, country: str) -> str:
    """Create a plant and a meter for each thing, send what was bought, and return the organization's path."""
    service.post("/v1/organizations", {"code": "ten", "name": "Ten", "timezone": "UTC", "currency": "USD"})
    path = "/v1/organizations/ten"
    rows = ["meter,timestamp,value"]
    for name, (resource, unit, basis, amount) in _METERS.items():
        code = f"{country.lower()}-{name}"
        service.post(f"{path}/plants", {"code": code, "name": code, "country": country, **_PLACES[country]})
        meter = {"code": code, "plant": code, "name": code, "resource": resource, "kind": "event", "unit": unit}
        service.post(f"{path}/meters", {**meter, **({"basis": basis} if basis else {})})
        rows.append(f"{code},2025-03-03T12:00:00+00:00,{amount}")
    assert service.post_csv("ten", "\n".join(rows).encode())["inserted"] == len(_METERS)
    service.roll()
    return path


def _differences(worked: Worked, energy: Mapping[str, Any], emissions: Mapping[str, Any]) -> Iterator[str]:
    for wanted, figure in zip(worked, (energy, emissions), strict=True):
        errors = [check for check in figure["checks"] if check["severity"] == "error"]
        if wanted.replace(".", "").isdigit():
            value = figure["value"] and Decimal(figure["value"])
            if value is None or abs(value - Decimal(wanted)) > Decimal("0.0000005"):
                yield f"{figure['key']} is {value}, not {wanted}"
            if errors:
                yield f"{figure['key']} has errors: {errors}"
        elif figure["value"] is not None:
            yield f"{figure['key']} is {figure['value']}, not null"
        elif len(errors) != 1 or wanted not in errors[0]["mend"]:
            yield f"{figure['key']} does not say {wanted!r} alone: {[each['mend'] for each in errors]}"
