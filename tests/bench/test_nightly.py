"""Jobs of the night are run to their ends, those that the build knows."""

from pathlib import Path

from bench.client import get
from bench.lab import Backend, Lab
from bench.nightly import run_nightly
from bench.serving import service


def test_the_jobs_that_a_build_knows_are_run_to_their_ends(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    try:
        with service(lab, lab.metered(Backend.SQLITE)) as server:
            assert run_nightly(server, ["stale-factors", "of-another-build"]) == ["stale-factors"]
            connection = server.connect()
            (run,) = connection.exchange(get("/v1/jobs/stale-factors/runs")).json["items"]
            assert (run["state"], run["count"]) == ("succeeded", 0)
            connection.close()
    finally:
        lab.close()
