"""A gateway: puts numbers into an outbox and sends them at the same time, until somebody kills it.

    python -m tests.clients.gateway DIRECTORY ADDRESS KEY ORGANIZATION FIRST

Each number is a correction of the one before it, and an event of its own; a number is printed once `put` has returned.
"""

import sys
import threading

from esg_metrics_client import Client, Outbox


def main(directory: str, address: str, key: str, organization: str, first: str) -> None:
    with Client(address, key, patience_s=5) as client:
        outbox = Outbox(directory, client.organization(organization), bytes_at_once=500)
        threading.Thread(target=outbox.run, kwargs={"every_s": 0.01}, daemon=True).start()
        for number in range(int(first), 1_000_000):
            stamp = f"2021-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
            same = {"meter": "grid", "timestamp": "2021-06-01T00:00:00Z", "value": number}
            outbox.put([{"meter": "bill", "timestamp": stamp, "value": number}, same])
            print(number, flush=True)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
