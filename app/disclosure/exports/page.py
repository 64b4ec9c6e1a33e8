"""The report of a publication as one HTML page, complete in itself and printable."""

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from app.core.language import TAGS, gettext, language, ngettext
from app.disclosure.drawings import bar_drawing, drawn
from app.disclosure.exports.main_figures import MainFigure
from app.disclosure.exports.published import Published
from app.disclosure.exports.report import report_of

_SIZE = 300, 170
_STEPS = 2, 4


def page_of(of: Published) -> bytes:
    """Return the page in UTF-8: its style inside, no script, nothing that is loaded from elsewhere."""
    report = report_of(of)
    drawings = tuple((each, _drawing(each)) for each in report.charts)
    css, policy = _style()
    template = _templates().get_template("report.html")
    tag = TAGS[language()]
    text: str = template.render(report=report, drawings=drawings, css=Markup(css), policy=policy, tag=tag)  # noqa: S704 - ours
    return text.encode()


def content_policy() -> str:
    """Return the content security policy that allows the page's own style and nothing else."""
    return _style()[1]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = PackageLoader("app", "templates")
    made = Environment(
        loader=loader,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@lru_cache(maxsize=1)
def _style() -> tuple[str, str]:
    css = files("app").joinpath("templates", "report.css").read_text("utf-8")
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return css, f"default-src 'none'; style-src 'sha256-{digest}'"


def _drawing(figure: MainFigure) -> Markup:
    """Return a figure's years as bars, the newest last and strongest, each with its printed digits above it."""
    chart = bar_drawing(
        size=_SIZE,
        steps=_STEPS,
        labels=[str(year) for year in figure.years],
        include_x_axis=True,
        print_values=True,
        print_values_position="top",
    )
    last = len(figure.years) - 1
    bars = [
        {
            "value": value,
            "node": {"class": "now" if at == last else "before"},
            "formatter": lambda _value, text=shown: text or "",
        }
        for at, (value, shown) in enumerate(zip(figure.values, figure.shown, strict=True))
    ]
    chart.add(figure.title, bars)
    return drawn(chart)
