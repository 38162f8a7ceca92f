"""Tests that share something costly run in one process: if pytest and pytest-xdist still agree on that."""

import os

import pytest


@pytest.mark.xdist_group("together")
def test_groups_reach_xdist(request):
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@together")
