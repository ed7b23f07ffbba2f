"""What the house does is counted and traced by names, counts and times; no person is in it.

The assistant tells it in spans. Here they become counts for Prometheus, and traces for a collector
when OTEL_EXPORTER_OTLP_ENDPOINT names one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60)
_NANO = 1e9


class Metrics:
    """The counts of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._requests = self._counter(
            "http_requests", "Requests by route and status.", "method", "route", "status"
        )
        self._seconds = self._histogram("http_request_seconds", "Time of requests.", "route")
        self._turns = self._counter("turns", "Turns of conversations.", "model", "outcome")
        self._turn_seconds = self._histogram("turn_seconds", "Time of turns.", "model")
        self._tools = self._counter("tool_calls", "Calls of tools in turns.", "tool", "outcome")
        self._models = self._counter("model_calls", "Calls of models.", "model", "outcome")
        self._tokens = self._counter("tokens", "Tokens of models.", "model", "direction")
        self._streams = Gauge(
            "tagayasu_streams_open", "Streams of events that are open.", registry=self.registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that is done."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count a stream as open in this block."""
        self._streams.inc()
        try:
            yield
        finally:
            self._streams.dec()

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Have something measured whenever the counts are read."""
        Gauge(f"tagayasu_{name}", meaning, registry=self.registry).set_function(value)

    def span(self, name: str, told: Mapping[str, object], seconds: float) -> None:
        """Count what a span of the assistant tells."""
        model, outcome = str(told.get("model", "")), str(told.get("outcome", "ok"))
        match name:
            case "turn":
                self._turns.labels(model, outcome).inc()
                self._turn_seconds.labels(model).observe(seconds)
            case "tool":
                self._tools.labels(str(told.get("tool", "")), outcome).inc()
            case "model":
                self._models.labels(model, outcome).inc()
                for direction in ("in", "out"):
                    tokens = told.get(f"tokens_{direction}")
                    if isinstance(tokens, int):
                        self._tokens.labels(model, direction).inc(tokens)

    def text(self) -> bytes:
        """The counts as Prometheus reads them."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"tagayasu_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(
            f"tagayasu_{name}", meaning, labels, buckets=_SECONDS, registry=self.registry
        )


class Counting(SpanProcessor):
    """Counts the spans of the assistant as they end."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def on_end(self, span: ReadableSpan) -> None:
        begun, ended = span.start_time or 0, span.end_time or 0
        self._metrics.span(span.name, span.attributes or {}, (ended - begun) / _NANO)


@contextmanager
def observed(environment: Mapping[str, str], metrics: Metrics | None) -> Iterator[None]:
    """In this block, the life of a process, spans are counted and go where the environment says.

    Without both nothing is set up, and a span costs next to nothing.
    """
    to_collector = bool(environment.get(ENDPOINT))
    if metrics is None and not to_collector:
        yield
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "tagayasu"}))
    if metrics is not None:
        provider.add_span_processor(Counting(metrics))
    if to_collector:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()
