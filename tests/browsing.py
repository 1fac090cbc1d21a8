"""A real browser for tests: Chromium without a window.

It comes from Debian's packages (`apt-get install chromium`), or is the one that playwright brings
(`playwright install chromium`). playwright, of the extra `test`, drives either.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NONE = "no browser: apt-get install chromium, or playwright install chromium"
"""Why a test is skipped; the summary of a run repeats it."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextlib.contextmanager
def launched() -> Iterator[Any]:
    """The browser. Skips the test where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason=NONE)
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_api.sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=path)
        except sync_api.Error as error:
            if path is not None:
                raise
            pytest.skip(f"{NONE} ({str(error).splitlines()[0]})")
        with contextlib.closing(found):
            yield found
