"""What the settings of single figures look like from outside."""

from typing import Annotated

from pydantic import Field

from app import models
from app.core.units.quantities import Rounding
from app.disclosure.frameworks.figure_settings import Setting
from app.schemas.wire.base import Received
from app.schemas.wire.numbers import WholeNumber
from app.schemas.wire.texts import Code, Word

FigureName = Annotated[str, Field(min_length=1, max_length=200)]
Decimals = Annotated[WholeNumber, Field(ge=0, le=12)]


class FigureSetting(Received):
    """How one figure of a framework is printed: its rounding rule, unit and decimals; null leaves each as it is.

    The unit of an intensity is that of what is divided.
    """

    framework: Code
    key: FigureName
    rounding: Rounding | None = None
    unit: Word | None = None
    decimals: Decimals | None = None


class FigureSettingList(Received):
    """Every setting of an organization."""

    items: Annotated[list[FigureSetting], Field(max_length=10_000)]


def setting_from(row: models.FigureSetting) -> FigureSetting:
    """Return the outside view of a stored setting."""
    rounding = Rounding(row.rounding) if row.rounding else None
    return FigureSetting(framework=row.framework, key=row.key, rounding=rounding, unit=row.unit, decimals=row.decimals)


def setting_of(body: FigureSetting) -> Setting:
    """Return the setting that was sent."""
    return Setting(body.framework, body.key, body.rounding, body.unit, body.decimals)
