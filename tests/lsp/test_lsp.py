"""An editor's session with the server: a real client asks over a real pipe."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types

from costcalc.lsp.lines import utf16
from tests.conftest import ROOT
from tests.covering import networks
from tests.running import COSTCALC, starting

pytest_lsp = pytest.importorskip("pytest_lsp", reason="pip install 'costcalc[test]'")
pytestmark = [pytest.mark.exhaustive, pytest.mark.filterwarnings("ignore")]
SPECS = ROOT / "specs"


@asynccontextmanager
async def editor():
    config = pytest_lsp.ClientServerConfig(
        server_command=[sys.executable, "-m", "costcalc", "lsp"],
        client_factory=pytest_lsp.make_test_lsp_client,
    )
    client = await config.start()
    try:
        await client.initialize_session(
            types.InitializeParams(
                capabilities=pytest_lsp.client_capabilities("visual_studio_code"),
                root_uri=ROOT.as_uri(),
            )
        )
        yield Editor(client)
    finally:
        await client.shutdown_session()
        await client.stop()


class Editor:
    """One document in an editor, and questions about places that are found by their text."""

    def __init__(self, client: pytest_lsp.LanguageClient) -> None:
        self.client, self.version, self.uri, self.text = client, 0, "", ""

    async def open(self, path: Path, text: str) -> list[types.Diagnostic]:
        self.uri, self.text = path.as_uri(), text
        item = types.TextDocumentItem(self.uri, "yaml", self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.said()

    async def type(self, text: str) -> list[types.Diagnostic]:
        """Another version of the whole text."""
        self.version += 1
        self.text = text
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return await self.said()

    async def said(self) -> list[types.Diagnostic]:
        await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        return list(self.client.diagnostics.get(self.uri, ()))

    @property
    def document(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(uri=self.uri)

    def place(self, text: str, more: int = 0) -> types.Position:
        """Where a text stands, in UTF-16."""
        offset = self.text.index(text) + more
        begin = self.text.rfind("\n", 0, offset) + 1
        return types.Position(self.text.count("\n", 0, offset), utf16(self.text[begin:offset]))

    async def hover(self, text: str, more: int = 0) -> str:
        params = types.HoverParams(self.document, self.place(text, more))
        found = await self.client.text_document_hover_async(params)
        return found.contents.value if found is not None else ""

    async def complete(self, text: str) -> list[str]:
        """The words behind a text, which ends where one types."""
        more = self.text.rindex(text) - self.text.index(text) + len(text)
        params = types.CompletionParams(self.document, self.place(text, more))
        found = await self.client.text_document_completion_async(params)
        return [item.label for item in found]

    async def goto(self, text: str, more: int = 0) -> types.Location | None:
        params = types.DefinitionParams(self.document, self.place(text, more))
        return await self.client.text_document_definition_async(params)

    async def hints(self) -> dict[int, str]:
        whole = types.Range(types.Position(0, 0), types.Position(100_000, 0))
        params = types.InlayHintParams(self.document, whole)
        found = await self.client.text_document_inlay_hint_async(params)
        return {hint.position.line: hint.label for hint in found}

    async def lenses(self) -> list[str]:
        params = types.CodeLensParams(self.document)
        return [
            lens.command.title for lens in await self.client.text_document_code_lens_async(params)
        ]

    def line(self, text: str) -> int:
        return self.place(text).line


@pytest.fixture(scope="module")
def session():
    """Run the steps of a test with an editor, of one server for all of them."""
    with asyncio.Runner() as runner, ThreadPoolExecutor(1) as thread:
        # a browser's driver may have this thread's event loop

        def run(work):
            return thread.submit(runner.run, asyncio.wait_for(work, timeout=120)).result()

        server = editor()
        one = run(server.__aenter__())
        yield lambda steps: run(steps(Editor(one.client)))
        run(server.__aexit__(None, None, None))


def test_a_built_in_spec(session):
    text = (SPECS / "mobilenet.yaml").read_text()

    async def steps(one):
        assert await one.open(SPECS / "mobilenet.yaml", text) == []
        hints = await one.hints()
        assert hints[one.line("[conv, s2, 3x3,   32,")] == "→ 112×112×32 · 10.8 M ✓"
        assert hints[one.line("[dw,   {printed: s2")] == "→ 7×7×1024 · 452 k ✓"
        lenses = await one.lenses()
        assert lenses[0] == "the network: 4.21 M params · 569 M Mult-Adds"
        assert "this table: 1.02 M params · 1.02 M Mult-Adds" in lenses

        said = await one.hover("conv, s2")
        assert "**conv**: " in said
        assert "= 864 * 112 * 112 = 10,838,016" in said
        assert "mult_adds = " in said
        assert "3" in await one.hover("3x3,   32")
        assert "**reproduced**: printed 224x224x3" in await one.hover("224x224x3]", 2)
        assert "**erratum**: printed 1.19%" in await one.hover("printed: 1.19%", 10)
        assert "**reproduced**: printed 462" in await one.hover("462,")
        assert "**alpha**: width multiplier" in await one.hover("alpha * out)")
        assert "expressions" not in await one.hover("# Table 2")
        assert "**network**: the tables" in await one.hover("network:\n")
        assert "**scale**: an expression" in await one.hover("scale: {out")

        found = await one.goto("alpha * out)", 1)
        assert found.range.start == one.place("alpha: {default")
        found = await one.goto("[GoogleNet,         googlenet", 22)
        assert found.uri.endswith("/specs/googlenet.yaml")

    session(steps)


OURS = """\
name: "größer 𝛼"
hyperparameters:
  wide: {default: 16, min: 1, help: channels}
input: [32, 32, 3]
use: {mobilenet_v2: [bottleneck]}
defaults:
  conv: {norm: batch, act: relu}
blocks:
  unit:
    args: [out]
    columns: [op, k, s, out]
    rows:
    - [conv, 3x3, 1, out]
network:
- table: "𝛼𝛼𝛼 größer"
  columns: [name, op, k, s, out, check(out)]
  rows:
  - ["𝛼", conv, 3x3, 2, wide, 16x16x16]
  - [second, unit, ~, ~, 2 * wide]
  - [third, bottleneck, ~, 2, 64, {t: 6}]
  - add: [third, third]
    name: both
  - [~, fc, ~, ~, 10]
"""


def test_a_spec_written_from_nothing(tmp_path, session):
    path = tmp_path / "ours.yaml"

    async def steps(one):
        assert await one.open(path, OURS) == []
        wrong = OURS.replace('"𝛼", conv, 3x3, 2, wide', '"𝛼", conv, 3x3, 2, wdie')
        wrong = wrong.replace("third, third", "third, thrid")
        first, second = await one.type(wrong)
        assert first.message.startswith("unknown name 'wdie'\n")
        assert first.range.start == one.place("wdie")
        assert first.range.end == one.place("wdie", 4)
        assert second.message.startswith("no tensor is named 'thrid'")
        assert second.range.start == one.place("thrid")
        assert await one.type(OURS.replace("2 * wide]", "2 * wide")) != []
        assert await one.type(OURS) == []

        hints = await one.hints()
        assert hints[one.line('["𝛼"')] == "→ 16×16×16 · 111 k ✓"
        assert hints[one.line("[second")].startswith("→ 16×16×32 · ")
        (mismatch,) = await one.type(OURS.replace("16x16x16]", "16x16x17]"))
        assert "computed 16x16x16" in mismatch.message
        assert (await one.hints())[one.line('["𝛼"')].endswith("✗")
        assert await one.type(OURS) == []

        assert "16" in await one.hover("wide, 16x16")
        assert (await one.goto("wide, 16x16")).range.start == one.place("wide: {default")
        assert (await one.goto("unit, ~")).range.start == one.place("unit:")
        assert (await one.goto("third, third]")).range.start == one.place("third, bottleneck")
        there = await one.goto("bottleneck, ~", 1)
        assert there.uri.endswith("/specs/mobilenet_v2.yaml")

    session(steps)


TYPED = [
    ("  - [x, ", ["conv", "dw", "unit", "bottleneck", "gpool"], ["add", "relu6x"]),
    ("  - [x, conv, ", ["wide", "floor"], ["conv"]),
    ("  - [x, conv, 3x3, 1, 8, {", ["pad", "g", "norm", "act", "when", "name"], ["conv"]),
    ("  - [x, conv, 3x3, 1, 8, {act: ", ["relu", "swish", "none"], ["same"]),
    ("  - [x, conv, 3x3, 1, 8, {pad: ", ["same", "valid"], ["relu"]),
    ("  - [x, conv, 3x3, 1, 8, {from: ", ["second", "third", "both", "input"], ["wide"]),
    ("  - [x, resize, ~, ~, ~, {size: ", ["second", "input", "wide"], ["conv"]),
    ("  - add: [", ["second", "third", "both"], ["conv"]),
    ("  - ", ["add", "concat"], []),
    ("- columns: [", ["op", "out", "k", "check(out)", "t"], []),
    ("claims:\n- {where: x, quantity: ", ["params", "mult_adds"], ["conv"]),
    ("claims:\n- table: T\n  columns: [", ["params", "accuracy", "wide", "label"], ["conv"]),
    ("task: ", ["classification", "detection"], []),
    ("ta", ["task", "claims"], []),
]


def test_what_is_completed(tmp_path, session):
    async def steps(one):
        await one.open(tmp_path / "ours.yaml", OURS)
        for line, offered, refused in TYPED:
            await one.type(OURS + line)
            found = await one.complete(line)
            assert set(offered) <= set(found), (line, found)
            assert not set(refused) & set(found), (line, found)
        used = OURS.replace("[bottleneck]}", "[")
        await one.type(used)
        assert "bottleneck" in await one.complete("mobilenet_v2: [")
        await one.type(OURS.replace("use: {mobilenet_v2: [bottleneck]}", "use: {"))
        assert {"mobilenet_v2", "resnet"} <= set(await one.complete("use: {"))

    session(steps)


def test_a_file_of_somebody_else_is_left_alone(tmp_path, session):
    async def steps(one):
        assert await one.open(tmp_path / "compose.yaml", "services:\n  web: {image: x}\n") == []
        assert await one.hints() == {}
        assert await one.hover("services") == ""
        assert await one.complete("web") == []
        assert await one.lenses() == []

    session(steps)


def test_half_typed_files_are_answered(tmp_path, session):
    text = (SPECS / "shufflenet_v2.yaml").read_text()

    async def steps(one):
        await one.open(tmp_path / "net.yaml", text)
        for end in range(40, len(text), len(text) // 12):
            await one.type(text[:end])
            await one.hints()
            await one.lenses()
            last = text[max(0, end - 12) : end]
            params = types.CompletionParams(one.document, one.place(text[:end], end))
            await one.client.text_document_completion_async(params)
            await one.hover(last)
            await one.goto(last)

    session(steps)


@pytest.mark.parametrize("name", networks(4, ["mobilenet"]))
def test_every_network_has_answers(name):
    """Hints, sums and what is asked at its first piece."""
    from costcalc.library import load_spec
    from costcalc.lsp import asked, shown
    from costcalc.lsp.analysis import Analysis
    from costcalc.lsp.completion import completions

    analysis = Analysis(load_spec(name).source)
    assert shown.diagnostics(analysis) == []
    assert shown.hints(analysis)
    assert list(shown.sums(analysis))
    piece = analysis.pieces[0]
    for answer in (asked.hover, completions, asked.definition):
        answer(analysis, piece.mark.line, piece.mark.column)


def test_the_settings_of_the_page_are_read():
    page = (ROOT / "docs" / "editors.md").read_text()
    (toml,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert tomllib.loads(toml)["language-server"]["costcalc"]["args"] == ["lsp"]
    for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
        whole = text if text.startswith("{") else f"{{{text.strip().rstrip(',')}}}"
        assert "costcalc" in json.dumps(json.loads(whole))


def test_it_ends_as_it_is_told_to():
    """Whoever reads what the server says beside the protocol finds nothing."""

    def message(**content):
        text = json.dumps({"jsonrpc": "2.0", **content})
        return f"Content-Length: {len(text)}\r\n\r\n{text}"

    begin = message(id=1, method="initialize", params={"capabilities": {}, "processId": None})
    asked = begin + message(id=2, method="shutdown") + message(method="exit")
    with starting() as start:
        process = start([*COSTCALC, "lsp"], stdin=subprocess.PIPE)
        out, err = process.communicate(asked, timeout=60)
    assert (process.returncode, err) == (0, "")
    assert '"name":"costcalc"' in out.replace(" ", "")


def test_a_row_of_a_block_has_what_all_its_calls_have():
    """The sizes of the first and the last, the sum of all; the first one's formulas."""
    from costcalc.errors import Source
    from costcalc.lsp import asked, shown
    from costcalc.lsp.analysis import Analysis

    calls = "network:\n- columns: [op, s, out]\n  rows:\n  - [unit, 1, 4]\n  - 2x: [[unit, 2, 8]]\n"
    text = (
        "input: [8, 8, 3]\nblocks:\n  unit:\n    args: [s, out]\n    columns: [op, k, s, out]\n"
        "    rows:\n    - [conv, 3x3, s, out]\n" + calls
    )
    analysis = Analysis(Source("net.yaml", text))
    # 3 to 4 channels at 8x8, 4 to 8 at 4x4, 8 to 8 at 2x2, with 9 weights for each pair
    costs = [9 * 3 * 4 * 64, 9 * 4 * 8 * 16, 9 * 8 * 8 * 4]
    hints = {hint.span.line: hint.text for hint in shown.hints(analysis)}
    assert sum(costs) == 13_824
    assert hints[6] == "3× → 8×8×4 … 2×2×8 · 13.8 k"
    assert hints[11] == "2× → 4×4×8 … 2×2×8 · 6.91 k"
    said = asked.hover(analysis, 6, text.splitlines()[6].index("out"))
    assert "**out** of conv = 4, 8\n" in said
    assert "= 108 * 8 * 8 = 6,912" in said
    assert said.endswith(
        "3 times, the first of them above: → 8×8×4 · 6.91 k; → 4×4×8 · 4.61 k; → 2×2×8 · 2.3 k"
    )
