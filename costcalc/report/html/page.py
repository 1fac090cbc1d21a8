"""The page: one file that holds all it needs, whoever opens it."""

from __future__ import annotations

import base64
import gzip
import os
from collections.abc import Callable, Sequence
from importlib.resources import files
from string import Template

from costcalc import __version__
from costcalc.claims.checker import ClaimChecker
from costcalc.errors import CostcalcError
from costcalc.hardware.devices import Device, load_device
from costcalc.network import Network, parse_reference
from costcalc.report.html.article import article
from costcalc.report.html.comparison import comparison
from costcalc.report.html.elements import Content, Html, element, html
from costcalc.report.html.subject import Subject, examine

PLAIN = 1_000_000
"""Bytes of networks that stand in the page as they are; of more each is packed."""
OPEN = 3
"""Up to so many networks are open from the start."""


def html_report(
    *networks: Network | str,
    device: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    batch: int | None = None,
    definition: str = "separate",
    order: str = "spec",
) -> str:
    """A page about networks, which needs nothing but a browser.

    Args:
        networks: each a `Network` or a reference like "mobilenet:alpha=0.5,res=160".
        device: the name or file of a device, or several: for time and roofline.
        batch: examples a run that time is predicted for; None: as most networks were measured.
        definition: what counts as alive of memory, as for `Network.peak_memory`.
        order: the order of steps, the spec's own ("spec") or the "best".

    Returns:
        The text of an HTML file.

    Raises:
        CostcalcError: for what is no network, device, definition or order, and for a device
            without times and without a peak for the type that the network is run in.

    >>> page = costcalc.html_report("mobilenet", "mobilenet:alpha=0.5", device="jetson_nano")
    >>> "568,740,352" in page
    True
    """
    named = [device] if isinstance(device, str | os.PathLike) else device
    devices = [load_device(name) for name in dict.fromkeys(os.fspath(one) for one in named)]
    built = [one if isinstance(one, Network) else parse_reference(one) for one in networks]
    if not built:
        raise CostcalcError("a report is about networks: name one")
    return page_about(built, devices, batch, definition, order)


def page_about(
    networks: Sequence[Network],
    devices: Sequence[Device],
    batch: int | None,
    definition: str = "separate",
    order: str = "spec",
    advance: Callable[[], None] = lambda: None,
) -> str:
    """`html_report` of what is read already; `advance` is called once a network is done."""
    checker = ClaimChecker()
    subjects, articles = [], []
    for number, network in enumerate(networks):
        subjects.append(examine(number, network, devices, checker, batch, definition, order))
        articles.append(article(subjects[-1]))
        advance()
    if sum(map(len, articles)) > PLAIN:
        articles = list(map(packed, articles))
    return page(subjects, articles)


def page(subjects: Sequence[Subject], articles: Sequence[Html]) -> str:
    """The whole: what networks have in common before each of them."""
    names = [one.name for one in subjects]
    several = len(subjects) > 1
    links = [element("a", one.name, href=f"#n{one.number}") for one in subjects]
    if several:
        links.insert(0, element("a", "Comparison", href="#comparison"))
    body: Content = [
        comparison(subjects) if several else "",
        [_network(*pair, len(subjects)) for pair in zip(subjects, articles, strict=True)],
    ]
    return Template(asset("page.html")).substitute(
        title=html(f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''} · costcalc"),
        style=asset("pieces.css") + asset("page.css"),
        script=asset("page.js"),
        links=html(links) if several else "",
        body=html(body),
        version=__version__,
    )


def _network(subject: Subject, content: Html, count: int) -> Html:
    """A network under its name: of several each opens and closes."""
    name, id_ = element("h2", subject.name), f"n{subject.number}"
    if count == 1:
        return element("section", name, content, id=id_)
    opener = element("summary", name)
    return element("details", opener, content, id=id_, class_="network", open=count <= OPEN)


def asset(name: str) -> str:
    """The text of a file that the page is made of."""
    return (files("costcalc.report.html") / "assets" / name).read_text(encoding="utf-8")


def packed(content: Html) -> Html:
    """HTML in a tenth of the room, which the page's script unpacks."""
    data = gzip.compress(content.encode(), 9, mtime=0)
    text = base64.b64encode(data).decode()
    return element("script", Html(text), type="text/plain", class_="packed")
