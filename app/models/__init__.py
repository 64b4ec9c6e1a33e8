"""The tables: columns, keys and indexes, and nothing else."""

from app.models.accounting import FigureSetting, GwpChoice, Instrument
from app.models.amendment import BulkAmendment
from app.models.archive import archive_file_table
from app.models.audit import audit_entry_table, audit_head_table
from app.models.base import id_of, metadata
from app.models.calorific import OwnCalorificValue
from app.models.connectors import Connector, ConnectorPull
from app.models.datapoints import Datapoint
from app.models.events import (
    closed_month_table,
    event_table,
    figure_mark_table,
    shown_figures_table,
    told_issue_table,
)
from app.models.factor import FactorPin, OwnFactor
from app.models.files import Evidence, NamedMapping, Upload, kept_file_table
from app.models.imported import ImportedPublication
from app.models.inventory import Meter, Organization, Plant, PlantHolding
from app.models.jobs import JobClock, JobRun
from app.models.monitoring import Exceedance, PermitLimit, Target, TargetBase, kept_hours_table
from app.models.operations import (
    ApiKey,
    kept_answer_table,
    key_budget_table,
    page_session_table,
    room_probe_table,
    schema_support_table,
)
from app.models.people import FormerKey, User, sign_in_table
from app.models.publications import Publication, PublicationComment, PublicationStep
from app.models.reading import (
    Batch,
    Exchange,
    arrival_set_aside_table,
    arrival_table,
    entered_table,
    mark_table,
    reading_page_table,
    reading_table,
    readings_head_table,
    revision_table,
    usual_amount_table,
)
from app.models.resource import OwnResource
from app.models.rollup import damaged_meter_table, dirty_span_table, rollup_addition_table, rollup_table
from app.models.webhooks import Webhook, WebhookDelivery
from app.models.zones import zone_edition_table, zone_rules_table

__all__ = [
    "ApiKey",
    "Batch",
    "BulkAmendment",
    "Connector",
    "ConnectorPull",
    "Datapoint",
    "Evidence",
    "Exceedance",
    "Exchange",
    "FactorPin",
    "FigureSetting",
    "FormerKey",
    "GwpChoice",
    "ImportedPublication",
    "Instrument",
    "JobClock",
    "JobRun",
    "Meter",
    "NamedMapping",
    "Organization",
    "OwnCalorificValue",
    "OwnFactor",
    "OwnResource",
    "PermitLimit",
    "Plant",
    "PlantHolding",
    "Publication",
    "PublicationComment",
    "PublicationStep",
    "Target",
    "TargetBase",
    "Upload",
    "User",
    "Webhook",
    "WebhookDelivery",
    "archive_file_table",
    "arrival_set_aside_table",
    "arrival_table",
    "audit_entry_table",
    "audit_head_table",
    "closed_month_table",
    "damaged_meter_table",
    "dirty_span_table",
    "entered_table",
    "event_table",
    "figure_mark_table",
    "id_of",
    "kept_answer_table",
    "kept_file_table",
    "kept_hours_table",
    "key_budget_table",
    "mark_table",
    "metadata",
    "page_session_table",
    "reading_page_table",
    "reading_table",
    "readings_head_table",
    "revision_table",
    "rollup_addition_table",
    "rollup_table",
    "room_probe_table",
    "schema_support_table",
    "shown_figures_table",
    "sign_in_table",
    "told_issue_table",
    "usual_amount_table",
    "zone_edition_table",
    "zone_rules_table",
]
