"""Tests that share something costly run in one process: if pytest and pytest-xdist still agree on that."""

import pytest


@pytest.mark.xdist_group("together")
def test_groups_reach_xdist(request):
    if getattr(request.config.option, "loadgroup", False):  # as `journey test` runs it; xdist tells its workers so
        assert request.node.nodeid.endswith("@together")
