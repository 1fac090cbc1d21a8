"""The documentation as a site: it builds without a warning, and every link leads somewhere."""

from __future__ import annotations

import html.parser
import json
import re
import subprocess
import sys
from urllib.parse import unquote, urldefrag

import pytest
import yaml

from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text())


def pages_of(nav):
    """The pages that a navigation names."""
    if isinstance(nav, str):
        return {nav}
    inside = nav.values() if isinstance(nav, dict) else nav
    return {page for one in inside for page in pages_of(one)}


def test_every_page_is_in_the_navigation():
    assert pages_of(CONFIG["nav"]) == {page for page in PAGES if not page.startswith("papers/")}


def test_five_kinds_of_reader_have_their_page():
    rows = re.findall(r"^\| .*\*\*.* \|$", (DOCS / "index.md").read_text(), re.MULTILINE)
    assert len(rows) == 5
    assert all(re.search(r"\]\((\w|-)+\.(md|ipynb)\)", row) for row in rows)


class Links(html.parser.HTMLParser):
    """What a page leads to, and the places in it."""

    def __init__(self):
        super().__init__()
        self.links, self.places = [], {""}

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.places |= {found[key] for key in ("id", "name") if found.get(key)}
        self.links += [(tag, found[key]) for key in ("href", "src") if found.get(key)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.exhaustive
def test_links_of_the_site_lead_somewhere(site):
    pages = {}
    for path in site.rglob("*.html"):
        pages[path] = Links()
        pages[path].feed(path.read_text())
    assert len(pages) > len(PAGES)
    for path, page in pages.items():
        for tag, link in page.links:
            if re.match(r"(https?|mailto|data):|//", link):
                assert tag == "a", f"{path.name} needs {link}, which is elsewhere"
                continue
            to, place = urldefrag(link)
            leads = (path.parent / unquote(to)).resolve() if to else path
            leads = leads / "index.html" if leads.is_dir() else leads
            if path.name == "404.html":
                continue
            assert leads.exists(), f"{path.name}: {link}"
            if leads in pages:
                assert unquote(place) in pages[leads].places, f"{path.name}: {link}"


@pytest.mark.exhaustive
def test_all_of_it_can_be_searched(site):
    found = json.loads((site / "search" / "search_index.json").read_text())["docs"]
    there = {entry["location"].partition("#")[0] for entry in found}
    assert there >= {page.removesuffix(".md") + ".html" for page in PAGES}
    for word in ("shufflenet", "to_xarray", "erratum", "peak_memory"):
        assert any(word in entry["text"] for entry in found), word


def test_the_readme_names_the_command():
    text = (ROOT / "README.md").read_text()
    assert "pip install --quiet '.[docs]' && .venv/bin/mkdocs build --strict" in text
