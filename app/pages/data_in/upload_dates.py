"""What the page of an uploaded file says of its dates: why they are proposed to be read so; hours that came twice."""

from collections.abc import Mapping

from app.core.sentences import N_
from app.ingest.problems import RowCode
from app.ingest.sources.date_evidence import Evidence
from app.ingest.sources.local_time import Ambiguous
from app.pages.data_in.upload_form import Reading
from app.pages.data_in.upload_preview import Preview
from app.pages.frame.words import gettext as _

_WORDS = {
    Evidence.POINTS: N_("There are points between day and month, as where the day comes first."),
    Evidence.RISING: N_("By this order alone the rows follow each other in time."),
    Evidence.EVEN: N_("By this order alone the rows are evenly apart."),
    Evidence.INTERVAL: N_("By this order alone the rows are as far apart as the meter is read."),
    Evidence.NONE: N_("Nothing tells which order is meant: choose it."),
    Evidence.MONTH_ENDS: N_("Every date is the last day of a month: values are likely of the time that ends with it."),
    Evidence.MONTH_STARTS: N_("Every date is the first day of a month, and the meter names readings by their end."),
    Evidence.WHOLE_MONTHS: N_("Every row goes from the first to the last day of a month."),
    Evidence.INCLUSIVE: N_("Rows begin on the day after another one's end: the last day belongs to the row."),
}


def reasons_of(reading: Reading) -> Mapping[str, str]:
    """Return why something is proposed of dates, by what it is of."""
    return {name: _(_WORDS[each]) for name, each in reading.recognized.reasons.items()}


def hours_twice(reading: Reading, preview: Preview | None) -> bool:
    """Tell whether it is to be chosen what hours are that clocks showed twice: there are some, or it was chosen."""
    chosen = reading.layout.ambiguous in (Ambiguous.FIRST, Ambiguous.SECOND)
    return chosen or (preview is not None and preview.trial.twice > 0)


def untold_hours(preview: Preview | None) -> int:
    """Return how many records are rejected since nothing tells which of two hours they are of."""
    rejections = () if preview is None else preview.trial.rejections
    return sum(each.problem.code is RowCode.TIMESTAMP_AMBIGUOUS for each in rejections)
