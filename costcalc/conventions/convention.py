"""A convention: what a paper or tool counts, as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from costcalc import operators
from costcalc.errors import CostcalcError, Mark, SpecError
from costcalc.graph.model import Layer
from costcalc.language.forms import ABSENT
from costcalc.language.model import Cell
from costcalc.ops import OPERATORS
from costcalc.records import NamedTuple

ANY_FORM = ""
"""The form of a rule that holds however an implementation writes the layer."""
MOVEMENT = "data movement"
"""What a rule calls the operators that compute nothing and have no parameters (`moves`)."""


class Rule(NamedTuple):
    """What one operator costs: an expression for each figure, and for what is called params.

    `once` are vectors an exporter stores once per size however many layers start with them:
    what they hold (zeros, ones), and how long they are. `refused` says why the tool has no number
    for a network with this operator.
    """

    costs: Mapping[str, Cell]
    params: Cell | None
    once: Mapping[str, Cell]
    why: str
    mark: Mark
    refused: str = ""


class Assumption(NamedTuple):
    """What a convention takes for granted of an implementation: `of` something that it `is`.

    It may also be `otherwise`. `of` is an operator, whose forms these are, or `biases`.
    """

    of: str
    is_: str
    otherwise: str
    why: str

    def __str__(self) -> str:
        return f"{self.of}={self.is_}"


class Convention(NamedTuple):
    """A convention as its file says it.

    `figures` are the numbers it prints beside params, each with its unit, the headline first;
    `rules` by operator and form (`ANY_FORM` for all). An operator without a rule costs what
    `otherwise` states, as a rule nothing; without one (None) it is an error. `forms` say how an
    implementation writes the operators, whatever the spec says of them. `constants` is what an
    element of a model file's node adds to the headline, by its operator: of those that it computes
    of constants alone, and of layers that are known by their nodes, in place of their rule. A
    convention that has them counts all that a file stores, what no layer has too. Figures `per_run`
    are the same however many maps a layer runs on.
    """

    key: str
    name: str
    version: str
    about: str
    source: str
    figures: Mapping[str, str]
    params: Cell
    otherwise: Rule | None
    rules: Mapping[tuple[str, str], Rule]
    assumes: tuple[Assumption, ...]
    mark: Mark
    forms: Mapping[str, str] = {}
    constants: Mapping[str, int] = {}
    per_run: Collection[str] = ()

    def __hash__(self) -> int:
        return hash(self.key)

    def of_implementation(self, forms: Mapping[str, str]) -> Convention:
        """The same of networks that write operators so: `{"gpool": "mean", "biases": "random"}`.

        What the convention has been told before stands.
        """
        return self._replace(forms={**forms, **self.forms})

    def form(self, layer: Layer) -> str:
        """How the implementation writes a layer."""
        return self.forms.get(layer.op, layer.form)

    def ruled(self, operator: str, form: str) -> Rule | None:
        """The rule for an operator in a form, if it has one, whatever that says."""
        found = self.rules.get((operator, form)) or self.rules.get((operator, ANY_FORM))
        if found is None and operator in OPERATORS and OPERATORS[operator].moves:
            return self.rules.get((MOVEMENT, form)) or self.rules.get((MOVEMENT, ANY_FORM))
        return found

    def tells_apart(self, layer: Layer, form: str) -> bool:
        """Whether it counts a layer otherwise where it is written in another form."""
        own = self.form(layer)
        if ABSENT in (own, form):
            return own != form
        return self.ruled(layer.op, own) is not self.ruled(layer.op, form)

    @property
    def looks_at_modules(self) -> bool:
        """Whether it counts by how a layer is written, which a graph does not tell."""
        return not self.constants and any(form != ANY_FORM for _, form in self.rules)

    @property
    def headline(self) -> str:
        """The figure it is asked for, "" if it prints params alone."""
        return next(iter(self.figures), "")

    @property
    def unit(self) -> str | None:
        """The unit of the headline."""
        return self.figures.get(self.headline)

    def units(self, examples: int) -> dict[str, str]:
        """The unit of each figure of a network whose file takes so many examples at once, which are
        counted together where the file's graph is what is counted."""
        of = f" of {examples} examples" if examples > 1 and self.constants else ""
        return {figure: f"{unit}{of}" for figure, unit in self.figures.items()}

    def rule(self, layer: Layer) -> Rule | None:
        """The rule for a layer.

        Raises `CostcalcError` where the tool has no number for it, `SpecError` where the convention
        demands a rule and has none.
        """
        form = self.form(layer)
        if form == ABSENT:
            return None
        found = self.ruled(layer.op, form)
        if found is not None and found.refused:
            raise CostcalcError(
                f"{self.key} has no number for a network with {layer.op} as {form}"
                f" (layer {layer.name}): {found.refused}"
            )
        if found is not None:
            return found
        if self.otherwise is not None and self.otherwise.costs:
            return self.otherwise
        module = operators.origin(layer.op)
        if self.otherwise is None or (module and self.figures):
            # a tool that shall count zero of what it has never heard of says so with a rule
            raise SpecError(
                f"the convention has no rule for {layer.op} as {form} (layer {layer.name})",
                self.mark,
                f"{layer.op} is of {module}: give it a rule in a convention of your own"
                if module
                else f"rules: [{{op: {MOVEMENT}}}] is for all that compute nothing"
                if layer.operator.moves
                else "give it one, or say otherwise: zero",
            )
        return None
