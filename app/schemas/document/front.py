"""The front of the OpenAPI document: where the service is, whom to ask, and what its operations are grouped by."""

from typing import Any

_SERVERS = [
    {
        "url": "{scheme}://{host}",
        "description": "Your own instance; without anything set, where `make demo` serves.",
        "variables": {
            "scheme": {"default": "http", "enum": ["http", "https"]},
            "host": {"default": "127.0.0.1:8000", "description": "Host and port."},
        },
    }
]
_CONTACT = {"name": "The operator of this instance"}
_TAGS = {
    "organizations": "Reporting entities, and where their reporting years begin.",
    "plants": "Sites, where they stand, and how much of each the organization holds from which day on.",
    "meters": "Whatever measures or keeps a ledger: an electricity meter, a weighbridge, a stack, revenue.",
    "readings": "What meters say: sent, read back, withdrawn, accepted, and every version of it.",
    "evidence": "Bills and other files that prove what a meter says of a month, or what a batch brought.",
    "rollups": "Quantities and levels of meters by hour, day, month and reporting year.",
    "issues": "What is wrong with meters: gaps, resets, suspect readings, and parents beside their children.",
    "metrics": "Energy, water, waste, emissions, materials and intensities of a year, with coverage.",
    "limits": "What a permit allows a stack, and whether it was kept.",
    "targets": "What is to be reached by when, from which base, and how a year stands against it.",
    "datapoints": "Figures that no meter gives, stated by people and kept in every version.",
    "disclosures": "The annual table of a framework, live, with the lineage of each figure.",
    "publications": "Disclosures frozen, approved and published, as files, and what has moved since.",
    "imported-publications": "Tables that were printed before, and what is found wrong in them.",
    "previews": "What other choices would change, before they are made.",
    "frameworks": "What a framework asks for, figure by figure.",
    "factors": "Emission factors, pins, global warming potentials, and certificates and contracts.",
    "calorific-values": "What fuels hold: heating values and densities.",
    "resources": "What can be measured: units, kinds of meter and attributes.",
    "regions": "Countries, subdivisions, grid regions, and the markets in which certificates count.",
    "keys": "API keys: scopes, organizations and ends.",
    "users": "People who sign in: what they may do where, and whether they still may.",
    "audit": "The audit log: who changed what, and when.",
    "webhooks": "Receivers that are told of events, and what became of each call.",
    "events": "What receivers of webhooks are sent.",
    "connectors": "Sources that readings are pulled from on a schedule.",
    "stream": "Events as they happen.",
    "jobs": "What runs by itself, when, and what became of it.",
    "health": "Whether the service lives and can take readings; needs no key.",
}


def declare_front(document: dict[str, Any]) -> None:
    """Add servers, contact and tags; the order of the tags is that in which a reader needs them."""
    document["info"]["contact"] = dict(_CONTACT)
    document["servers"] = [dict(server) for server in _SERVERS]
    document["tags"] = [{"name": name, "description": words} for name, words in _TAGS.items()]
