"""The report in a real browser: nothing to complain about, and everything does what it says."""

from __future__ import annotations

import contextlib
import json
import re

import pytest

from costcalc import html_report
from costcalc.report.html import page as page_of
from tests.report.test_html import HOSTILE

WIDTHS = (360, 1440)
SMALL = "small.yaml"
NETWORKS = {
    "timeless": [SMALL],
    "plain": [SMALL],
    "packed": (SMALL, "views.yaml"),
    "large": ("mobilenet_v2", "shufflenet_v2"),
    "hostile": ("hostile.yaml",),
    "views": ("views.yaml",),
    "several inputs": ("several.yaml",),
}
"""Most are small: to lay out a thousand layers takes a second, each time a page is opened."""
SPECS = {
    SMALL: """
use: {mobilenet_v2: [bottleneck]}
input: [96, 96, 3]
defaults: {conv: {norm: batch, act: relu6}, dw: {norm: batch, act: relu6}}
network:
- {columns: [op, k, out, s], rows: [[conv, 3x3, 16, 2]]}
- first: [s]
  columns: [op, t, out, n, s]
  rows:
  - [bottleneck, 1, 16, 1, 1]
  - [bottleneck, 6, 24, 2, 2]
  - [bottleneck, 6, 32, 2, 2]
- {columns: [op, out], rows: [[gpool], [fc, 10]]}
""",
    "hostile.yaml": HOSTILE,
    "views.yaml": "input: [8, 8, 3]\nnetwork:\n- columns: [op]\n  rows: [[flatten]]\n",
    "several.yaml": """
input: {left: [8, 8, 3], right: [8, 8, 5]}
network:
- columns: [name, op, k, out, from]
  rows:
  - [a, conv, 3x3, 4, left]
  - [b, conv, 3x3, 4, right]
  - {name: both, concat: [a, b]}
  - [c, conv, 1x1, 2, both]
outputs: [a, c]
""",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The path of a report by a key of `NETWORKS`."""
    folder = tmp_path_factory.mktemp("reports")
    for name, text in SPECS.items():
        (folder / name).write_text(text)
    written = {}

    def path(key):
        if key not in written:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                patch.setattr(page_of, "PLAIN", 0 if key in ("packed", "large") else 10**9)
                text = html_report(
                    *(f"./{n}" if n in SPECS else n for n in NETWORKS[key]),
                    device=[] if key == "timeless" else ["pixel_1", "jetson_nano"],
                )
            written[key] = folder / f"{key}.html"
            written[key].write_text(text)
        return written[key]

    path.folder = folder
    return path


@pytest.fixture(scope="module")
def page(browser):
    """One page for all tests: a process of the browser's each would take longer than they do."""
    with contextlib.closing(browser.new_page()) as page:
        yield page


@pytest.fixture
def opened(page, files):
    """Open a report anew; in the end nothing stands in the console."""
    said = []
    hears = {
        "console": lambda message: said.append(message.text),
        "pageerror": lambda error: said.append(str(error)),
        "request": lambda one: one.url.startswith(("file:", "data:")) or said.append(one.url),
    }

    def open_(key, color_scheme="light"):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme=color_scheme, media="screen")
        page.goto(files(key).as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    for event, hear in hears.items():
        page.on(event, hear)
    yield open_
    for event, hear in hears.items():
        page.remove_listener(event, hear)
    assert said == []


@pytest.fixture
def said(files, costcalc):
    """What the command line says, about the same specs."""

    def run(*arguments):
        return json.loads(costcalc(*arguments, "--format", "json", cwd=files.folder).out)

    return run


@pytest.mark.exhaustive
@pytest.mark.parametrize("key", NETWORKS)
def test_nothing_overflows(opened, key):
    page = opened(key, color_scheme="dark")
    opener = page.locator("tbody [data-layers]").first
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        opener.click()
        assert page.get_by_role("dialog").bounding_box()["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.keyboard.press("Escape")


@pytest.mark.exhaustive
def test_it_is_light_or_dark_as_the_browser_is(opened):
    page = opened("hostile")
    for scheme, is_light in (("light", True), ("dark", False), ("light", True)):
        page.emulate_media(color_scheme=scheme)
        for element in ("body", "thead th", "dialog"):
            colour = page.locator(element).first.evaluate(
                "one => getComputedStyle(one).backgroundColor"
            )
            parts = [int(part) for part in re.findall(r"\d+", colour)]
            assert (min(parts) > 200) is is_light, (scheme, element, colour)
    page.emulate_media(color_scheme="dark", media="print")
    assert page.locator("body").evaluate("one => getComputedStyle(one).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


@pytest.mark.exhaustive
def test_tables_sort_by_number_and_by_name(opened):
    page = opened("plain")
    table = page.locator("#n0 .layers table")
    head = table.locator("th", has_text="memory access").get_by_role("button")

    def column():
        keys = [one.get_attribute("title") for one in table.locator("thead th").all()]
        cells = table.locator(f"tbody tr > :nth-child({keys.index('memory_access') + 1})")
        return [int(text.replace(",", "")) for text in cells.all_text_contents()]

    before = column()
    head.click()
    assert column() == sorted(before, reverse=True)
    head.press("Enter")  # a keyboard is enough
    assert column() == sorted(before)
    assert table.locator("th[aria-sort=ascending]").count() == 1
    table.locator("thead th").first.get_by_role("button").click()
    names = table.locator("tbody th").all_text_contents()
    assert names == sorted(names, key=lambda name: name.replace("/", " "))


@pytest.mark.exhaustive
def test_a_filter_keeps_rows_with_all_its_words(opened):
    page = opened("packed")
    layers = page.locator("#n0 .layers")
    layers.get_by_role("searchbox").fill("bottleneck2 dw 3x3")
    shown = layers.locator("tbody tr:visible th").all_text_contents()
    assert shown == ["bottleneck2.1/dw1", "bottleneck2.2/dw1"]
    assert layers.get_by_role("status").text_content().startswith("2 of ")


@pytest.mark.exhaustive
def test_layers_that_cost_nothing_are_shown_when_asked_for(opened):
    """What is fused into convolutions is half of the layers, and 0 in all columns."""
    layers = opened("timeless").locator("#n0 .layers")
    rows, shown = layers.locator("tbody tr"), layers.locator("tbody tr:visible")
    numbers = [re.sub(r"[^0-9]", "", "".join(row.locator(".n").all_text_contents()))
               for row in rows.all()]  # fmt: skip
    costly = [bool(number.strip("0")) for number in numbers]
    assert 0 < sum(costly) < len(costly)
    assert shown.count() == sum(costly)
    box = layers.get_by_role("checkbox")
    box.check()
    assert shown.count() == len(costly)
    box.uncheck()
    assert shown.count() == sum(costly)


@pytest.mark.exhaustive
def test_a_layer_opens_its_formulas_and_escape_closes_them(opened):
    page = opened("large")
    opener = page.locator("#n1 .layers tbody button", has_text="Conv1").first
    opener.focus()
    opener.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("heading").text_content() == opener.text_content()
    assert "mult_adds" in dialog.locator("tbody").text_content()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert opener.evaluate("one => one === document.activeElement")


@pytest.mark.exhaustive
def test_the_graph_is_coloured_by_the_cost_one_picks(opened, said):
    page = opened("plain")
    graph = page.locator("#n0 figure.graph")
    blocks = said(SMALL, "--by", "row")
    for cost in ("params", "memory_access", "mult_adds"):
        graph.get_by_label("coloured by", exact=True).select_option(cost)
        total = blocks["totals"][cost]
        wanted = [f"{100 * group[cost] / total:.1f} %" for group in blocks["groups"]]
        shares = graph.locator("svg:visible .share")
        assert [
            ("0.0 %" if one == "<0.1 %" else one) for one in shares.all_text_contents()
        ] == wanted
        colours = graph.locator("svg:visible [data-layers]").evaluate_all(
            "all => all.map((one) => getComputedStyle(one.querySelector('rect')).fill)"
        )
        of = dict(zip(wanted, colours, strict=True))
        assert len(set(colours)) > 3
        most = max(wanted, key=lambda share: float(share[:-2]))
        assert colours.count(of[most]) == wanted.count(most)


@pytest.mark.exhaustive
def test_a_box_of_the_graph_opens_its_layers_by_keyboard(opened):
    page = opened("packed")
    graph = page.locator("#n0 figure.graph")
    graph.get_by_label("blocks", exact=True).select_option("1")
    boxes = graph.locator("svg:visible [data-layers]")
    assert boxes.count() > 20
    assert graph.locator("svg:visible [tabindex='0']").count() == 1
    graph.locator("svg:visible [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert (
        dialog.get_by_role("heading").text_content() == boxes.nth(2).locator(".name").text_content()
    )
    assert dialog.locator("tbody tr").count() > 3


@pytest.mark.exhaustive
def test_a_point_of_the_roofline_opens_its_layer(opened):
    page = opened("plain")
    point = page.locator("#n0 .roofline circle.compute").first
    name = point.locator("title").text_content().partition(":")[0]
    point.dispatch_event("click")
    assert page.get_by_role("dialog").get_by_role("heading").text_content() == name


@pytest.mark.exhaustive
def test_the_slider_says_what_is_alive(opened, said):
    page = opened("plain")
    steps = said("memory", SMALL)["steps"]
    memory = page.locator("#n0 figure.memory")
    for number in (1, len(steps)):
        memory.get_by_role("slider").fill(str(number))
        text = memory.locator("output").text_content()
        step = steps[number - 1]
        assert text.startswith(f"{step['layer']}: {step['bytes']:,} bytes alive: ")
        assert [part.split(" ")[0] for part in text.split("alive: ")[1].split(", ")] == step[
            "tensors"
        ]


@pytest.mark.exhaustive
def test_any_two_tools_have_a_bridge(opened):
    page = opened("plain")
    bridge = page.locator("#n0 .bridge")
    bridge.get_by_label("from this tool").select_option("thop macs")
    bridge.get_by_label("to this tool").select_option("fvcore flops")
    assert "thop macs" in bridge.locator("tbody tr").first.text_content()
    assert "fvcore flops" in bridge.locator("tfoot").text_content()


@pytest.mark.exhaustive
def test_what_is_copied_is_what_json_says(opened, said):
    page = opened("plain")
    page.evaluate("""document.addEventListener("copy", (event) => {
        window.found = event.clipboardData.getData("text/plain");
    })""")

    def copied(selector):
        page.locator(selector).first.evaluate("one => getSelection().selectAllChildren(one)")
        page.evaluate("document.execCommand('copy')")
        return page.evaluate("window.found")

    row = copied("#n0 .layers tbody tr").split("\t")
    layers, totals = map(said(SMALL).get, ("layers", "totals"))
    first = layers[0]
    assert row[:4] == [
        first["name"],
        first["type"],
        json.dumps(first["output"]),
        str(first["params"]),
    ]
    assert copied("#n0 .tiles dd") == str(totals["params"])
    page.locator("#n0 .layers").get_by_role("button", name="Copy the table").click()
    assert len(page.evaluate("window.found").splitlines()) == len(layers) + 2


@pytest.mark.exhaustive
def test_names_are_text_in_a_browser_too(opened):
    page = opened("hostile")
    assert page.title().endswith("costcalc")
    assert page.locator("img").count() == 0
    page.locator(".layers tbody button").first.click()
    heading = page.get_by_role("dialog").get_by_role("heading")
    assert heading.text_content() == "<b onclick='alert(1)'>\"x\""


@pytest.mark.exhaustive
def test_an_address_opens_a_network_that_is_packed(opened, files):
    page = opened("packed")
    page.goto(f"{files('packed').as_uri()}#n1-memory")
    page.wait_for_selector("#n1-memory")
    assert page.locator("#n1-memory").is_visible()
