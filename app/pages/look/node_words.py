"""What the nodes of flows are called, which colour they have, and what is told of what is not known of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.accounting.breakdowns.energy_flows import family_of
from app.accounting.breakdowns.flows import Doubt, Node, NodeKind, Unknown
from app.accounting.breakdowns.matter_flows import DIVERTED
from app.core.inventory.resources import Catalogue
from app.core.sentences import N_
from app.core.translation import translated
from app.disclosure.figures.typesetting import percent
from app.pages.frame.words import gettext as _
from app.pages.frame.words import ngettext
from app.pages.look.sankey import OTHERS

_USES = {"vehicle": N_("Vehicles"), "off_road": N_("Machines off the road")}
_RESTS = {
    "": N_("Used here, not metered further"),
    "electricity": N_("Electricity, not metered further"),
    "heat": N_("Heat, steam and cooling, not metered further"),
    "fuel": N_("Fuels burnt, not metered further"),
    "other": N_("Other energy, not metered further"),
    "water": N_("Water, not metered further"),
}
_HUES = {"electricity": "energy", "heat": "output", "fuel": "fuel"}
_STARTS = {"water": "water", "waste": "waste"}


@dataclass(frozen=True, slots=True)
class Names:
    """What meters, plants and resources of an organization are called, by code."""

    organization: str
    plants: Mapping[str, str] = field(hash=False)
    meters: Mapping[str, str] = field(hash=False)
    catalogue: Catalogue = field(hash=False)

    def title(self, node: Node) -> str:
        """Return what a node is called."""
        match node.kind:
            case NodeKind.RESOURCE:
                return self._resource(node)
            case NodeKind.METER if node.of == OTHERS:
                return ngettext("%d other meter", "%d other meters", int(node.name)) % int(node.name)
            case NodeKind.METER:
                return self.meters.get(node.name, node.name)
            case NodeKind.PLANT:
                return self.plants.get(node.name, node.name)
            case NodeKind.ALL:
                return self.organization
            case NodeKind.USE:
                return _(_USES[node.name])
            case NodeKind.SOLD:
                words = _("Sold")
                return f"{words}: {_(self.catalogue.named(node.name).title)}" if node.name else words
            case NodeKind.REST:
                return _(_RESTS[node.name])
            case NodeKind.SOURCE:
                return _worded(node.name) or _("Source not stated")
            case NodeKind.DESTINATION:
                where = _worded(node.name) or _("destination not stated")
                return _("Discharged: %(where)s") % {"where": where}
            case NodeKind.CONSUMED:
                return _("Consumed: withdrawn and not discharged")
            case NodeKind.TREATMENT:
                return _worded(node.name) or _("Treatment not stated")
        return _("Recovered: diverted from disposal") if node.name == DIVERTED else _("Directed to disposal")

    def _resource(self, node: Node) -> str:
        title = _(self.catalogue.named(node.name).title)
        if not node.of:
            return title
        if node.name.startswith("waste."):
            return f"{_worded(node.of)} ({title})"
        return _("%(what)s, covered by %(instrument)s") % {"what": title, "instrument": node.of}

    def told(self, unknown: Unknown, printed: str | None) -> str:
        """Return a sentence on what is not known; `printed` is the excess with its unit."""
        what = self.title(unknown.node)
        if unknown.plant and unknown.node.kind is not NodeKind.PLANT:
            what = f"{what}, {self.plants.get(unknown.plant, unknown.plant)}"
        values = {"what": what, "number": printed or "", "share": percent(unknown.number or Decimal(0))}
        match unknown.doubt:
            case Doubt.NO_READING:
                return _("%(what)s: not known, there is no reading. It is not drawn.") % values
            case Doubt.PARTIAL:
                return _("%(what)s: readings cover %(share)s of the time; what the rest has is not known.") % values
            case Doubt.EXCEEDED:
                return _("%(what)s: what goes out is %(number)s more than what comes in; look at both meters.") % values
        return f"{what}: {translated(unknown.detail)}"


def hue_of(node: Node) -> str:
    """Return the class of a node's colour: that of its resource, grey for a plant."""
    match node.kind:
        case NodeKind.RESOURCE | NodeKind.METER | NodeKind.SOURCE | NodeKind.DESTINATION if node.resource or node.name:
            key = node.resource or node.name
            return _STARTS.get(key.partition(".")[0]) or _HUES.get(family_of(key), "other")
        case NodeKind.USE:
            return "fuel"
        case NodeKind.REST:
            return "water" if node.name == "water" else _HUES.get(node.name, "other")
        case NodeKind.CONSUMED:
            return "water"
        case NodeKind.TREATMENT | NodeKind.FATE:
            return "waste"
        case NodeKind.SOLD:
            return "output"
    return "other"


def _worded(name: str) -> str:
    """Return a name of the inventory's own, such as `municipal_supply`, as words; nothing for nothing."""
    words = _(name.replace("_", " "))
    return words[:1].upper() + words[1:]
