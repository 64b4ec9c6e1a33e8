"""The pages that one can go to from anywhere."""

from dataclasses import dataclass

from app.core.access import Scope
from app.core.sentences import N_


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation: what it is called in English, and its path, which may have `{organization}` in it.

    A page below its path, such as /run/jobs below /run, is there as well. `scope` is what it takes to open it.
    """

    title: str
    path: str
    scope: Scope = Scope.READ


PLACES = (
    Place(N_("Annual table"), "/"),
    Place(N_("Live"), "/live"),
    Place(N_("Monthly figures"), "/organizations/{organization}/monthly"),
    Place(N_("Upload"), "/organizations/{organization}/upload"),
    Place(N_("Meters"), "/organizations/{organization}/look"),
    Place(N_("Flows"), "/organizations/{organization}/flows"),
    Place(N_("Years"), "/organizations/{organization}/years"),
    Place(N_("Factors"), "/organizations/{organization}/factors"),
    Place(N_("What to mend"), "/organizations/{organization}/issues"),
    Place(N_("Report"), "/organizations/{organization}/reports/{framework}/{year}"),
    Place(N_("Run"), "/organizations/{organization}/run", Scope.ADMIN),
    Place(N_("Start"), "/organizations/{organization}/start"),
)
