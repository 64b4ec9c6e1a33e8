"""A client of ESG Metrics: readings in at least once and in order, figures out with every digit."""

from esg_metrics_client.client import Client
from esg_metrics_client.events import Event
from esg_metrics_client.organization import Organization
from esg_metrics_client.outbox import Outbox
from esg_metrics_client.problems import Problem, Unreachable
from esg_metrics_client.webhooks import WebhookRefused, verified_webhook

__all__ = ["Client", "Event", "Organization", "Outbox", "Problem", "Unreachable", "WebhookRefused", "verified_webhook"]
