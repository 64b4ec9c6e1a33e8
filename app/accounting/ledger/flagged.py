"""What is said of a meter whose days were flagged when they were rolled up."""

from app.accounting.findings import Severity
from app.core.readings.buckets import RollupFlag
from app.core.sentences import N_, sentence

FLAGGED = {
    RollupFlag.OVERFLOW: (
        "overflow",
        Severity.ERROR,
        N_("meter %(meter)s of %(plant)s adds up to more than can be stored; its quantity is unknown"),
        sentence("register the meter anew in a larger unit"),
    ),
    RollupFlag.RESET: (
        "register_reset",
        Severity.WARNING,
        N_("meter %(meter)s of %(plant)s was reset without a known cause; what it counted in between is unknown"),
        sentence("state the exchange of the instrument, or correct the reading"),
    ),
    RollupFlag.DROP_OUT: (
        "register_drop_out",
        Severity.WARNING,
        N_("meter %(meter)s of %(plant)s fell and came back; what it counted in between is unknown"),
        sentence("withdraw the readings in between; GET issues lists them"),
    ),
    RollupFlag.SPIKE: (
        "register_spike",
        Severity.WARNING,
        N_("meter %(meter)s of %(plant)s rose and came back; what it counted in between is unknown"),
        sentence("withdraw or correct the readings in between; GET issues lists them"),
    ),
    RollupFlag.IMPLAUSIBLE: (
        "implausible_rise",
        Severity.WARNING,
        N_(
            "meter %(meter)s of %(plant)s rose faster than its max_rate, or than anything around it; "
            "what it counted in between is unknown"
        ),
        sentence("state the exchange of the instrument, correct the reading, or accept it if it is right"),
    ),
    RollupFlag.TOO_LONG: (
        "register_silent_for_years",
        Severity.WARNING,
        N_(
            "meter %(meter)s of %(plant)s was not read for more than three years; "
            "what it counted in between is in no year"
        ),
        sentence("withdraw the reading that has a wrong date, or send readings in between"),
    ),
    RollupFlag.OVERLAP: (
        "overlap",
        Severity.WARNING,
        N_("meter %(meter)s of %(plant)s has segments that cover the same time"),
        sentence("withdraw the readings that were sent twice"),
    ),
}
"""Code and weight of the finding, its template with the places of meter and plant, and what mends it."""
