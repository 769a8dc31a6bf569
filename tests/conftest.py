"""What all tests share."""

from __future__ import annotations

import pytest

LONGEST = "test_spoken_interview_page.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser to the end: Playwright keeps an event loop running in the thread that other tests need one of their own in.

    Of its files the longest comes first, so that no process is left alone with it.
    """
    items.sort(key=lambda item: ("e2e" in item.path.parts, item.path.name != LONGEST))
