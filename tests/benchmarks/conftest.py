"""Benchmarks run only when asked for (`make bench`): on a busy machine their figures mean nothing."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out unless the marker is named on the command line."""
    if "benchmark" in config.option.markexpr:
        return
    measuring = [item for item in items if item.get_closest_marker("benchmark")]
    config.hook.pytest_deselected(items=measuring)
    items[:] = [item for item in items if item not in measuring]
