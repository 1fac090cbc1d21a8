"""The picture of docs/report.md, in the browser of the tests: `python docs/report_picture.py`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent)]

from costcalc import html_report  # noqa: E402
from tests.browsing import launched  # noqa: E402

SIZE = {"width": 1180, "height": 1500}


def main() -> None:
    """Write docs/report.png."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        path = Path(folder) / "report.html"
        path.write_text(html_report("mobilenet_v2", device="jetson_nano"))
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.screenshot(path=DOCS / "report.png")


if __name__ == "__main__":
    main()
