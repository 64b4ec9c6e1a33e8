"""Passwords are kept by a hash that is slow to try, and one that was made in another way is found to be."""

import importlib.util
from types import ModuleType

import pytest

from app.store.operations import passwords


@pytest.fixture(scope="module")
def as_shipped() -> ModuleType:
    """The module as it is in the file: for these tests' sake everybody else's hashes take less."""
    spec = importlib.util.find_spec(passwords.__name__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_hash_takes_sixteen_megabytes_five_times(as_shipped: ModuleType) -> None:
    kept = as_shipped.hash_password("correct horse battery")

    assert kept.startswith("scrypt$14$8$5$")
    assert as_shipped.is_password("correct horse battery", kept)
    assert not as_shipped.is_password("correct horse batterz", kept)
    assert not as_shipped.is_outdated(kept)


def test_a_hash_that_was_made_with_less_is_tried_as_it_was_made_and_outdated(as_shipped: ModuleType) -> None:
    kept = passwords.hash_password("correct horse battery")

    assert as_shipped.is_password("correct horse battery", kept)
    assert as_shipped.is_outdated(kept)
