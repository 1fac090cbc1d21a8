"""The language server: the protocol's questions handed to what knows the answers."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from costcalc import __version__
from costcalc.errors import Mark, Source
from costcalc.language import limits
from costcalc.lsp import asked, shown
from costcalc.lsp.analysis import Analysis
from costcalc.lsp.completion import completions
from costcalc.lsp.lines import Lines, Span

PAUSE = 0.05
"""Seconds without a key until what is wrong is said anew."""
_SPEC = re.compile(r"^(network|blocks|hyperparameters)\s*:|\A[^\n]*costcalc", re.MULTILINE)
_KINDS = {
    "key": types.CompletionItemKind.Property,
    "field": types.CompletionItemKind.Field,
    "value": types.CompletionItemKind.EnumMember,
    "function": types.CompletionItemKind.Function,
    "class": types.CompletionItemKind.Class,
    "variable": types.CompletionItemKind.Variable,
    "reference": types.CompletionItemKind.Reference,
    "module": types.CompletionItemKind.Module,
}


class Server(LanguageServer):
    """What is open, each text analysed once a version."""

    def __init__(self) -> None:
        super().__init__("costcalc", __version__)
        self.analyses: dict[str, tuple[int | None, Analysis]] = {}

    def analysis(self, uri: str) -> Analysis | None:
        """What is known of a document as it is now; None for one that is no spec."""
        document = self.workspace.get_text_document(uri)
        version, found = self.analyses.get(uri, (None, None))
        if found is None or version != document.version:
            if not is_spec(document):
                self.analyses.pop(uri, None)
                return None
            units = document.position_codec.client_num_units
            found = Analysis(Source(path_of(uri), document.source), units)
            self.analyses[uri] = document.version, found
        return found


def path_of(uri: str) -> str:
    """The path of a document; one that has none yet is called by its address."""
    return uris.to_fs_path(uri) or uri


def is_spec(document: TextDocument) -> bool:
    """Whether a text is meant for us: editors hand over every YAML file."""
    text = document.source
    return len(text) <= limits.FILE_BYTES and _SPEC.search(text) is not None


server = Server()


def _range(span: Span) -> types.Range:
    start, end = types.Position(span.line, span.start), types.Position(span.end_line, span.end)
    return types.Range(start, end)


def _publish(ls: Server, uri: str, claims: bool) -> None:
    analysis = ls.analysis(uri)
    found = []
    if analysis is not None:
        found = [*shown.diagnostics(analysis), *(shown.disagreements(analysis) if claims else ())]
    ls.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(
            uri,
            [
                types.Diagnostic(
                    _range(one.span),
                    one.text,
                    severity=types.DiagnosticSeverity(one.level),
                    source="costcalc",
                )
                for one in found
            ],
            version=ls.workspace.get_text_document(uri).version,
        )
    )


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Say what is wrong, claims among it."""
    _publish(ls, params.text_document.uri, claims=True)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    """Say what is wrong, claims among it: other files may have changed, too."""
    ls.analyses.pop(params.text_document.uri, None)
    _publish(ls, params.text_document.uri, claims=True)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Say what is wrong as soon as nobody types."""
    uri, version = params.text_document.uri, params.text_document.version
    await asyncio.sleep(PAUSE)
    document = ls.workspace.text_documents.get(uri)
    if document is not None and document.version == version:
        _publish(ls, uri, claims=False)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Forget the text, and what was wrong with it."""
    uri = params.text_document.uri
    ls.analyses.pop(uri, None)
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """What stands at a place."""
    analysis = ls.analysis(params.text_document.uri)
    if analysis is None:
        return None
    place = analysis.lines.at(params.position.line, params.position.character)
    text = asked.hover(analysis, *place)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


@server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
def inlay_hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    """What comes out of each row, and what it costs."""
    analysis = ls.analysis(params.text_document.uri)
    first, last = params.range.start.line, params.range.end.line
    return [
        types.InlayHint(types.Position(one.span.line, one.span.start), one.text, padding_left=True)
        for one in (shown.hints(analysis) if analysis is not None else ())
        if first <= one.span.line <= last
    ]


@server.feature(
    types.TEXT_DOCUMENT_COMPLETION,
    types.CompletionOptions(trigger_characters=["[", "{", ",", ":", " ", "("]),
)
def completion(ls: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    """What can be typed at a place."""
    analysis = ls.analysis(params.text_document.uri)
    if analysis is None:
        return []
    place = analysis.lines.at(params.position.line, params.position.character)
    return [
        types.CompletionItem(offer.word, kind=_KINDS[offer.kind], detail=offer.says or None)
        for offer in completions(analysis, *place)
    ]


@server.feature(types.TEXT_DOCUMENT_DEFINITION)
def definition(ls: Server, params: types.DefinitionParams) -> types.Location | None:
    """Where a name is from."""
    uri = params.text_document.uri
    analysis = ls.analysis(uri)
    if analysis is None:
        return None
    place = analysis.lines.at(params.position.line, params.position.character)
    found = asked.definition(analysis, *place)
    if isinstance(found, str):
        return types.Location(Path(found).resolve().as_uri(), _range(Span(0, 0, 0, 0)))
    return None if found is None else _location(analysis, uri, found)


def _location(analysis: Analysis, uri: str, mark: Mark) -> types.Location:
    if mark.source.path == analysis.source.path:
        return types.Location(uri, _range(analysis.lines.span(mark)))
    lines = Lines(mark.source.text, analysis.lines.units)
    return types.Location(Path(mark.source.path).resolve().as_uri(), _range(lines.span(mark)))


@server.feature(types.TEXT_DOCUMENT_CODE_LENS)
def code_lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Above each table, what it costs."""
    analysis = ls.analysis(params.text_document.uri)
    return [
        types.CodeLens(_range(one.span), command=types.Command(one.text, ""))
        for one in (shown.sums(analysis) if analysis is not None else ())
    ]
