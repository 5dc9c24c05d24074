"""The engine's figures for Prometheus, on a port of their own: 127.0.0.1, off unless asked for.

`PLAYGROUND_METRICS_PORT=9464` turns them on. The web's own health is at `/_stcore/health`.
"""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from playground.engine.base import Engine

ADDRESS = "127.0.0.1"
PORT = "PLAYGROUND_METRICS_PORT"


class EngineCollector(Collector):
    """Reads an engine's figures whenever somebody asks for them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[Metric]:
        """Go over the figures."""
        figures = self.engine.figures()
        runs = GaugeMetricFamily("playground_runs", "Runs of visitors", labels=["status"])
        for status, count in figures.runs.items():
            runs.add_metric([status.value], count)
        yield runs
        yield GaugeMetricFamily("playground_questions", "Questions under way",
                                figures.questions)
        yield GaugeMetricFamily("playground_history_bytes", "Bytes of all snapshots kept",
                                figures.history_bytes)
        ages = GaugeMetricFamily("playground_worker_age_seconds", "Age of each worker",
                                 labels=["device"])
        for device, age in figures.worker_ages.items():
            ages.add_metric([device], age)
        yield ages


def serve(engine: Engine) -> int | None:
    """Serve an engine's figures if the environment says on which port; return that port.

    Raises:
        ValueError: it is not a port.
        OSError: it is taken.
    """
    given = os.environ.get(PORT, "")
    if not given:
        return None
    if not given.isdecimal() or not 0 < int(given) < 2**16:
        raise ValueError(f"{PORT} must be a port, 1 to 65535, got {given!r}")
    registry = CollectorRegistry()
    registry.register(EngineCollector(engine))
    start_http_server(int(given), addr=ADDRESS, registry=registry)
    return int(given)
