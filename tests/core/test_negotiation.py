"""What is preferred of what a client accepts, by weight, exactness and order."""

import pytest

from app.core.entity_tags import entity_tag, named_by, packed_tag, required_by
from app.core.negotiation import coding_preferred, media_type_preferred

TAG = '"c88d4df74262143a08e9d190e3bd67f1"'
JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("text/csv, application/json", CSV),
        ("application/json, text/csv", JSON),
        ("text/csv;q=0.5, application/json", JSON),
        ("text/csv; q=0.5, application/json;q=0.4", CSV),
        ("text/csv, */*", CSV),
        ("*/*, text/csv", CSV),
        ("text/*;q=0.9, */*;q=0.8", CSV),
        ("application/*, application/json;q=0, text/csv;q=0.1", NDJSON),
        ("APPLICATION/X-NDJSON", NDJSON),
        ("application/json;numbers=string", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("text/csv;q=loud", CSV),
        ("text/csv;q=0", None),
        ("*/*;q=0", None),
        ("application/json;q=0, */*;q=0", None),
        ("text/html", None),
        ("image/*", None),
    ],
)
def test_a_media_type_is_preferred_by_weight_then_exactness_then_order(accept: str | None, expected: str) -> None:
    assert media_type_preferred(accept, (JSON, CSV, NDJSON)) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("deflate", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("zstd;q=0, *;q=0.5", "br"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("GZIP", "gzip"),
    ],
)
def test_a_coding_is_preferred_by_weight_then_by_what_it_costs(accept: str | None, expected: str | None) -> None:
    assert coding_preferred(accept, ("zstd", "br", "gzip")) == expected


def test_a_tag_is_of_the_bytes_and_is_found_in_whatever_form_it_was_sent() -> None:
    tag = entity_tag(b"one")
    assert tag == TAG
    assert entity_tag(b"other") != tag
    packed = packed_tag(tag, "br")
    assert packed == f'{tag[:-1]}-br"'
    assert packed_tag('W/"a"', "br") == 'W/"a"'
    for condition in (tag, packed, f"W/{tag}", f'"x", {tag}', f'W/"y" ,{packed}', f"{tag},"):
        named = named_by(condition, tag)
        assert named is not None
        assert named in condition
    assert named_by(packed, tag) == packed
    assert named_by("*", tag) == tag
    assert [named_by(condition, tag) for condition in (None, "", '"x"', tag[1:-1], f'{tag[:-1]}-lz"')] == [None] * 5


def test_what_a_change_requires_is_a_strong_tag_of_what_there_is() -> None:
    tag = '"a"'
    assert [required_by(condition, tag) for condition in ('"a"', '"b", "a"', '"a-gzip"', "*")] == [True] * 4
    assert [required_by(condition, tag) for condition in ('W/"a"', '"b"', "a", "")] == [False] * 4
    assert [required_by(condition, None) for condition in ('"a"', "*")] == [False] * 2
