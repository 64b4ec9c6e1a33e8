"""Sentences that keep what they were made of, so that somebody else's language can say them too."""

from collections.abc import Callable, Iterable, Mapping


def _filled(template: str, values: Mapping[str, object] | tuple[str, ...]) -> str:
    if isinstance(values, tuple):
        return template.join(values)
    return template % values if values else template


class Sentence(str):
    """An English text, with the template and the values it was made of.

    It is its English text wherever a text is wanted: compared, stored, answered. What shows it to a reader asks
    `app.core.language.gettext` for it, which puts the values into the template as the reader's language has it.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object] | tuple[str, ...]
    """By their names in the template; texts that stand one behind the other, where the template is what parts them."""

    def __new__(cls, template: str, values: Mapping[str, object] | tuple[str, ...]) -> "Sentence":
        """Return the English text of a template, which is one as it stands where it has no values."""
        self = super().__new__(cls, _filled(template, values))
        self.template, self.values = template, values
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, object] | tuple[str, ...]]:  # type: ignore[override]
        """Return what a copy is made of."""
        return self.template, self.values

    def __str__(self) -> str:
        """Return the sentence itself: what an exception with one says keeps its template."""
        return self

    def said(self, translated: Callable[[str], str]) -> str:
        """Return the text with the template, and with every value that is a sentence itself, in other words."""

        def value_said(value: object) -> object:
            return value.said(translated) if isinstance(value, Sentence) else value

        if isinstance(self.values, tuple):
            return _filled(translated(self.template), tuple(str(value_said(each)) for each in self.values))
        return _filled(translated(self.template), {name: value_said(each) for name, each in self.values.items()})


NOTHING = Sentence("", {})
"""The sentence that says nothing."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a message for the catalogue that is translated, or made a sentence, where it is shown."""
    return message


def sentence(template: str, /, **values: object) -> Sentence:
    """Return a sentence: `sentence("%(meter)s lacks %(days)s days", meter="M1", days=3)` is "M1 lacks 3 days".

    The template stands here as a literal, as translators find it. Numbers and units come as they are written.
    """
    return Sentence(template, values)


def listed(texts: Iterable[str], separator: str = ", ") -> Sentence:
    """Return texts one behind the other."""
    return Sentence(separator, tuple(texts))
