"""A server's pictures are drawn in another process, the same to the byte; its death is survived."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from api.render.charts import png, svg
from api.render.charts.apart import apart, elsewhere

SPEC: dict[str, Any] = {
    "data": {"values": [{"a": "北", "b": 3}, {"a": "南", "b": 5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}


def test_a_picture_is_the_same_wherever_it_is_drawn_and_a_death_is_survived() -> None:
    here = png(SPEC), svg(SPEC)
    with apart():
        other = elsewhere(os.getpid)
        assert other != os.getpid()
        assert (png(SPEC), svg(SPEC)) == here
        os.kill(other, signal.SIGKILL)
        assert png(SPEC) == here[0]
        assert elsewhere(os.getpid) not in (other, os.getpid())
        with pytest.raises(ValueError, match="invalid literal"):
            elsewhere(int, "x")
    assert elsewhere(os.getpid) == os.getpid()
