"""Reading the reference data files strictly: exact numbers, no unknown or repeated keys, errors naming file and row."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML built without libyaml reads the same, some eight times slower
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]  # as good

_NAMES = ("code", "key", "indicator", "resource", "name")
"""What a row of a list may be called by in an error."""


class BadDataFile(ValueError):
    """A reference data file does not follow its schema; the message names the file and the row."""


class _ExactLoader(_SafeLoader):
    """YAML whose decimal fractions are Decimals and whose mappings have no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1 and key != "<<":
                raise BadDataFile(f"line {node.start_mark.line + 1}: key {key!r} appears twice")
        return super().construct_mapping(node, deep=deep)


def _decimal(loader: _ExactLoader, node: yaml.ScalarNode) -> Decimal:
    text = loader.construct_scalar(node)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadDataFile(f"line {node.start_mark.line + 1}: {text!r} is not a decimal number") from None
    if not value.is_finite():
        raise BadDataFile(f"line {node.start_mark.line + 1}: {text!r} is not finite")
    return value


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)


def parse(text: str, *, where: str) -> list[Any]:
    """Return the documents of a YAML text, decimal fractions as Decimals; raises BadDataFile naming `where`."""
    try:
        loader = _ExactLoader(text)
        documents = []
        while loader.check_data():  # type: ignore[no-untyped-call]  # of an untyped library
            documents.append(loader.get_data())
    except (BadDataFile, yaml.YAMLError) as error:
        raise BadDataFile(f"{where}: {error}") from error
    return documents


def documents(path: str) -> list[Any]:
    """Return the YAML documents of the reference file at `path`, relative to the reference folder."""
    return parse(files("app.reference").joinpath(path).read_text("utf-8"), where=path)


def names_in(folder: str) -> list[str]:
    """Return the paths of every YAML file in a reference folder, in the order of their names."""
    entries = files("app.reference").joinpath(folder).iterdir()
    return sorted(f"{folder}/{entry.name}" for entry in entries if entry.name.endswith(".yaml"))


class Row:
    """One mapping of a data file, read field by field; `close` refuses what was not read.

    Every reader raises BadDataFile for a missing field or one of another type.
    """

    def __init__(self, data: Any, *, where: str) -> None:
        self.where = where
        self._data: Mapping[str, Any] = data if isinstance(data, dict) else self._fail("is not a mapping")
        self._read: set[str] = set()

    def _fail(self, words: str) -> Any:
        raise BadDataFile(f"{self.where}: {words}")

    def has(self, name: str) -> bool:
        """Tell whether the field is present and not null."""
        self._read.add(name)
        return self._data.get(name) is not None

    def _required(self, name: str) -> Any:
        if not self.has(name):
            self._fail(f"{name} is missing")
        return self._data[name]

    def text(self, name: str) -> str:
        """Return a required text; a bare number counts as its digits."""
        value = self._required(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self._fail(f"{name} is not a text: {value!r}")
        return str(value)

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None when the field is absent or null."""
        return self.text(name) if self.has(name) else None

    def whole(self, name: str) -> int:
        """Return a required whole number."""
        value = self._required(name)
        return (
            value if isinstance(value, int) and not isinstance(value, bool) else int(self._fail(f"{name}: {value!r}"))
        )

    def flag(self, name: str) -> bool:
        """Return whether the field says true; absent is false."""
        value = self._data[name] if self.has(name) else False
        return value if isinstance(value, bool) else bool(self._fail(f"{name} is neither true nor false: {value!r}"))

    def decimal(self, name: str) -> Decimal:
        """Return a required number, exactly as written."""
        return self._number(name, self._required(name))

    def optional_decimal(self, name: str) -> Decimal | None:
        """Return a number, or None when the field is absent or null."""
        return self.decimal(name) if self.has(name) else None

    def _number(self, name: str, value: Any) -> Decimal:
        if isinstance(value, Decimal):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        return Decimal(self._fail(f"{name} is not a number: {value!r}"))

    def day(self, name: str) -> date:
        """Return a required calendar date."""
        value = self._required(name)
        if type(value) is not date:
            self._fail(f"{name} is not a date: {value!r}")
        return date.fromordinal(value.toordinal())

    def optional_day(self, name: str) -> date | None:
        """Return a date, or None when the field is absent or null."""
        return self.day(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty when the field is absent."""
        value = self._data[name] if self.has(name) else []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._fail(f"{name} is not a list of texts: {value!r}")
        return tuple(value)

    def text_map(self, name: str) -> dict[str, str]:
        """Return a mapping of texts, empty when the field is absent."""
        value = self._data[name] if self.has(name) else {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for pair in value.items() for item in pair):
            self._fail(f"{name} is not a mapping of texts: {value!r}")
        return dict(value)

    def numbers(self, name: str) -> dict[str, Decimal]:
        """Return a required mapping of names to numbers."""
        value = self._required(name)
        if not isinstance(value, dict):
            self._fail(f"{name} is not a mapping")
        return {str(key): self._number(f"{name}.{key}", item) for key, item in value.items()}

    def is_text(self, name: str) -> bool:
        """Tell whether the field is a text."""
        return isinstance(self._data.get(name), str)

    def mapping(self, name: str) -> dict[str, Any]:
        """Return a required mapping as it stands."""
        return self.row(name).all()

    def all(self) -> dict[str, Any]:
        """Return every field as it stands; all of them are read."""
        self._read.update(self._data)
        return dict(self._data)

    def row(self, name: str) -> "Row":
        """Return a required mapping as a row of its own."""
        return Row(self._required(name), where=f"{self.where}: {name}")

    def rows(self, name: str) -> Iterator["Row"]:
        """Yield each mapping of a required list, located by its index."""
        yield from rows_of(self._required(name), where=f"{self.where}: {name}")

    def under(self, defaults: "Row") -> "Row":
        """Return this row with the fields of `defaults` where it has none of its own."""
        defaults._read.update(defaults._data)
        return Row({**defaults._data, **self._data}, where=self.where)

    def close(self) -> None:
        """Refuse a field that nothing read."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            self._fail(f"unknown field {', '.join(unknown)}")


def rows_of(data: Any, *, where: str) -> Iterator[Row]:
    """Yield each mapping of a list, located by its code, key or index."""
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise BadDataFile(f"{where}: is not a list")
    for index, item in enumerate(data):
        name = next((item[each] for each in _NAMES if item.get(each)), None) if isinstance(item, dict) else None
        yield Row(item, where=f"{where}: row {name or index}")
