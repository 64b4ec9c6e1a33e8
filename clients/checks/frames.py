"""Frames of the Python client keep decimals and instants: tried against the service at ESG_ADDRESS."""

import os
from decimal import Decimal

from esg_metrics_client import Client

VALUES = ["16777217.000001", "0.1", "-0.000001", "4294967295.999999"]

with Client(os.environ["ESG_ADDRESS"], os.environ["ESG_KEY"]) as client:
    fields = {"code": "frames", "name": "Frames", "timezone": "UTC", "currency": "EUR"}
    client.post("/v1/organizations", fields)
    frames = client.organization("frames")
    client.post(f"{frames.path}/plants", {"code": "main", "name": "Main", "country": "CN"})
    meter = {"code": "bill", "plant": "main", "resource": "electricity.grid", "kind": "event", "unit": "kWh"}
    client.post(f"{frames.path}/meters", meter)
    rows = [
        {"meter": "bill", "timestamp": f"2021-01-0{at}T00:00:00Z", "value": each} for at, each in enumerate(VALUES, 1)
    ]
    assert frames.post_readings(rows)["inserted"] == 4
    polars, pandas = frames.polars("readings"), frames.pandas("readings", meter="bill")
    exact = [Decimal(each) for each in VALUES]
    assert polars["value"].to_list() == exact, polars
    assert pandas["value"].to_list() == exact, pandas
    assert str(polars["timestamp"].dtype) == "Datetime(time_unit='ms', time_zone='UTC')", polars.schema
    assert pandas["timestamp"][0].isoformat() == "2021-01-01T00:00:00+00:00", pandas.dtypes
print("frames of pandas and polars: exact")
