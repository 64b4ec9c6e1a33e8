"""Serial numbers are compared as numbers: padding, case and length do not make two certificates of one."""

import pytest

from app.core.serials import Serial, registry_key, serial_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GEC-2021-000101", Serial("GEC-2021-", 101)),
        ("gec-2021-101", Serial("GEC-2021-", 101)),
        ("9", Serial("", 9)),
        ("0000", Serial("", 0)),
        ("20249", Serial("", 20249)),
        ("REGO", Serial("REGO", None)),
        ("64000000000012345678901234567890", Serial("64000000000012", 345678901234567890)),
        ("0000000000000000000000000000042", Serial("", 42)),
        ("A1B000000000000000000007", Serial("A1B", 7)),
        ("GEC-٤٢", Serial("GEC-٤٢", None)),  # digits of another script are letters here
    ],
)
def test_a_serial_is_a_prefix_and_a_number(text: str, expected: Serial) -> None:
    assert serial_of(text) == expected


def test_a_registry_is_the_same_in_any_case_and_spacing() -> None:
    assert registry_key("  ENAGÁS  Gdo ") == registry_key("Enagás GDO") == "enagás gdo"
