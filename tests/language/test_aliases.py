"""Words of other vocabularies: each is answered, and by a word that is one here."""

from __future__ import annotations

import collections
import re
from pathlib import Path

import pytest
import yaml

from costcalc.control.quantities import QUANTITIES
from costcalc.errors import Mark, Source, SpecError
from costcalc.graph import cells
from costcalc.graph.build import build
from costcalc.language import columns, grammar
from costcalc.language.aliases import answer, bare, table, unknown_operator
from costcalc.language.settings import settle
from costcalc.library import load_spec
from costcalc.ops import ACTIVATIONS, NORMS, OPERATORS
from tests.covering import at_once

COLUMNS = {*columns.COMMON, *columns.FOLLOWERS}
ARGUMENTS = {name for operator in OPERATORS.values() for name in operator.arguments}
KEYS = {*grammar.KEYS, "args", "defaults", "columns", "rows", "table", "scale", "first"}
TRUTHS = {"true", "false"}
WORDS = {*cells.WORDS, *cells.AXES, *TRUTHS}
PLACES = {
    "operators": set(OPERATORS),
    "act": set(ACTIVATIONS),
    "norm": set(NORMS),
    "pad": set(cells.PADS),
    "round": set(cells.ROUNDINGS),
    "mode": set(cells.MODES),
    "how": set(cells.REDUCTIONS),
    "axis": set(cells.AXES),
    "truth": TRUTHS,
    "keys of a spec": set(grammar.KEYS),
    "quantities": set(QUANTITIES),
    **{
        f"columns of {name}": {*COLUMNS, *operator.arguments}
        for name, operator in OPERATORS.items()
    },
}
"""Where a word can stand, and the words of this language for it."""
LINES = [(alias, word) for alias in table() for word in alias.words]


def test_every_answer_is_a_word_of_this_language():
    answers = {alias.own for alias in table() if alias.own}
    assert answers - set(OPERATORS) - COLUMNS - ARGUMENTS - KEYS - WORDS - {*QUANTITIES} == set()


def test_every_line_answers_in_one_way():
    for alias in table():
        assert sum(map(bool, (alias.own, alias.say, alias.refused))) == 1, alias
        assert alias.words


def test_no_word_has_two_answers_in_one_place():
    for place, words in PLACES.items():
        found = collections.defaultdict(set)
        for alias, word in LINES:
            if alias.own in words:
                found[bare(word)].add(alias.own)
        assert {word: owns for word, owns in found.items() if len(owns) > 1} == {}, place


def test_no_line_is_needless():
    """What differs from a word of this language in nothing has no line, unless elsewhere."""
    own = [{bare(word) for word in words} for words in PLACES.values()]
    needless = []
    for alias, word in LINES:
        places = [words for words in own if alias.own and bare(alias.own) in words]
        if places and all(bare(word) in words for words in places):
            needless.append(word)
    assert needless == []


def test_no_word_is_listed_twice_in_one_way():
    counted = collections.Counter(
        (bare(word), alias.own or ("refused" if alias.refused else "say")) for alias, word in LINES
    )
    assert [pair for pair, times in counted.items() if times > 1] == []


USES = [
    use for alias in table() for use in re.findall("use: ({.*?})", alias.say) if "SPEC" not in use
]


@at_once("use", USES)
def test_a_block_that_is_named_can_be_used(use, tmp_path):
    """With the hyperparameters that it names its body is read; all that it calls is there."""
    ((name, blocks),) = yaml.safe_load(use).items()
    settings = {one.name: "word" for one in load_spec(name).hyperparameters.values()}
    text = {"input": [32, 32, 8], "hyperparameters": settings, "use": {name: blocks},
            "network": [{"columns": ["op"], "rows": [["gpool"]]}]}  # fmt: skip
    path = tmp_path / "net.yaml"
    path.write_text(yaml.safe_dump(text))
    assert set(blocks) <= set(load_spec(str(path)).blocks)


VOCABULARIES = yaml.safe_load((Path(__file__).parent / "vocabularies.yaml").read_text())
"""What people type for a layer."""


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_layer_of_other_vocabularies_is_answered(vocabulary):
    """By a word of this language, in words, or refused: never by the nearest spelling."""
    nowhere = Mark(Source("", ""), 0, 0)
    silent = []
    for word in VOCABULARIES[vocabulary].split():
        error = unknown_operator(word, nowhere, tuple(OPERATORS), "operators")
        refused = "not part of this language" in error.message
        if not (refused or answer(word, OPERATORS) or word in OPERATORS):
            silent.append(word)
    assert silent == []


TYPED = [
    # issue 11's own list first: where it stands, the word, and what is answered
    ("operator", "deconv", "tconv"),
    ("operator", "conv_transpose", "tconv"),
    ("operator", "upconv", "tconv"),
    ("operator", "linear", "fc"),
    ("operator", "dense", "fc"),
    ("operator", "depthwise", "dw"),
    ("operator", "bn", "batch_norm"),
    ("operator", "global_avg_pool", "gpool"),
    ("operator", "leaky_relu", "lrelu"),
    ("operator", "silu", "swish"),
    ("operator", "group_norm", None),
    ("operator", "nn.Conv2d", "conv"),
    ("operator", "DEPTHWISE_CONV_2D", "dw"),
    ("operator", "conv3x3", "conv"),
    ("operator", "MultiheadAttention", "attention"),
    ("column", "groups", "g"),
    ("column", "kernel", "k"),
    ("column", "kernel_size", "k"),
    ("column", "stride", "s"),
    ("column", "dilation", "d"),
    ("column", "padding", "pad"),
    ("column", "filters", "out"),
    ("column", "out_channels", "out"),
    ("column", "use_bias", "bias"),
    ("column", "activation", "act"),
    ("column", "repeats", "n"),
    ("act", "silu", "swish"),
    ("act", "SiLU", "swish"),
    ("act", "leaky_relu", "lrelu"),
    ("act", "ReLU", "relu"),
    ("act", "hard-swish", "hswish"),
    ("act", "linear", "none"),
    ("norm", "bn", "batch"),
    ("norm", "group_norm", "group"),
    ("norm", "BatchNorm2d", "batch"),
    ("norm", "ln", "layer"),
    ("pad", "SAME", "same"),
    ("pad", "VALID", "valid"),
    ("round", "ceil_mode", None),
]


def spec_with(where, word):
    """A spec with the word where it stands."""
    if where == "operator":
        columns, row = "[op]", f"[{word}]"
    elif where == "column":
        columns, row = f"[op, k, out, {word}]", "[conv, 3x3, 8, 1]"
    elif where == "round":
        columns, row = "[op, k, round]", f"[maxpool, 3x3, {word}]"
    else:
        columns, row = f"[op, k, out, {where}]", f"[conv, 3x3, 8, {word}]"
    text = f"input: [32, 32, 3]\nnetwork:\n- columns: {columns}\n  rows:\n  - {row}\n"
    return Source("typed.yaml", text)


@at_once(("where", "word", "own"), TYPED)
def test_what_people_type_is_answered_in_this_language(where, word, own):
    try:
        spec = grammar.parse(spec_with(where, word))
        build(spec, settle(spec, {}))
    except SpecError as error:
        assert own is None or f"in this language: {own}" in error.hint
        if where in PLACES:  # a column's words, in full
            assert error.hint.endswith(f"{where} is one of: {', '.join(LISTS[where])}")
    else:
        assert own is None


ROWS = [
    # a row that says what it calls is answered by what this takes
    ("{op: upsample, stride: 2}", "in this language: by"),
    ("[upsample, {stride: 2}]", "in this language: by"),
    ("{op: dropout, rate: 0.5}", "no column: it changes no cost"),
    ("{op: dropout, p: 0.5}", "no column: it changes no cost"),
    ("{op: reduce, dim: 1}", "in this language: axis"),
    ("{op: softmax, dim: 1}", "softmax takes: none"),
    ("{op: attn}", "in this language: attention, of q, k and v"),
    ("{op: qkv, out: 8}", "in this language: conv, 1x1, with form: linear"),
    ("{op: ffn}", "a block of rows: conv 1x1 with form: linear"),
    ("{op: rpn}", "a block of rows: use: {faster_rcnn: [rpn, head]}"),
    ("{op: roi_pool}", "in this language: roi_align, of regions first"),
    ("{op: dcnv2}", "in this language: deform_conv, of the map, offsets"),
    ("{op: involution}", "conv for what makes the weights; no operator applies weights that are"),
    ("{op: conv, k: 3x3, out: 8, expand_ratio: 6}", "no column of an operator: what widens is a"),
    ("{op: conv, k: 3x3, out: 8, se_ratio: 0.25}", "no column of an operator: a block of rows"),
    ("{op: conv, k: 3x3, embed_dim: 8}", "in this language: out"),
    ("{op: conv, k: 3x3, out: 8, bits: int8}", "bits are a number, 8"),
    ("{op: relu, from: -1}", "rows are not numbered: one that is read again has a name"),
    ("{op: tconv, k: 2x2, out: 8, colour: 6}", "tconv takes: k, out, s, g, d, pad, out_pad,"),
    ("{op: conv, k: 3x3, out: 8, stride_h: 2}", "in this language: s, one cell for both axes: 2x1"),
    ("{op: batch_norm, scale: no}", "in this language: false"),
    ("{op: batch_norm, scale: True}", "in this language: true"),
    ("{op: conv, k: 3X3, out: 8}", "a window is written 3x3, a product 3 * 3"),
    ("{op: conv, k: 3x3x3, out: 8}", "height x width: three-dimensional layers are not part"),
    ("{op: conv, k: 3x3, out: 8, pad: [1, 1, 1]}", "zeros are 1, 1x2, [top, left, bottom, right]"),
    ("{op: conv, k: 3x3, out: 8, s: [2, 2, 1]}", "one for both axes, or 2x1"),
    ("{op: conv, k: (3,3), out: 8}", "a comma ends a cell: a window is 3x3, a list [3, 3]"),
    ("[conv, (3,3), 8, relu]", "a comma ends a cell: a window is 3x3, a list [3, 3]"),
    ("{op: conv, k: 3x3, out: 8, norm: lrn}", "a row of its own: lrn"),
    ("{op: conv, k: 3x3, out: 8, pad: reflect}", "what is added costs what zeros do: say how many"),
]  # fmt: skip


@at_once(("row", "hint"), ROWS)
def test_a_row_is_answered_by_what_it_calls(row, hint):
    text = f"input: [32, 32, 3]\nnetwork:\n- columns: [op, k, out]\n  rows:\n  - {row}\n"

    def counted():
        spec = grammar.parse(Source("typed.yaml", text))
        return build(spec, settle(spec, {}))

    with pytest.raises(SpecError) as raised:
        counted()
    assert raised.value.hint.startswith(hint)


LISTS = {"act": ACTIVATIONS, "norm": NORMS, "round": cells.ROUNDINGS,
         "pad": (*cells.PADS, f"or zeros on each side: {cells.ZEROS}")}  # fmt: skip
