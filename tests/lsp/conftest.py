"""An editor's client takes half a second to import: it is only where the editor is tested."""

from __future__ import annotations

from pathlib import Path

from tests import covering


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """All of it is exhaustive. None leaves it to others, who may ignore it too."""
    asked = covering.everything or covering.by_name
    return True if collection_path.name == "test_lsp.py" and not asked else None
