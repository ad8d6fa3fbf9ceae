"""Makes `support` importable for every suite below, and its fixtures known."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["support.pytest_plugin"]


def pytest_configure(config):
    config.addinivalue_line("markers", "clause(number): a clause of the entrypoint contract that this test proves")
