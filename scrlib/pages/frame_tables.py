"""The coding frame as rows for readers: what chapter 2 and the codebook chapter show.

Everything is read off the codebook, so that a category added to it appears on the page by itself.
"""

from __future__ import annotations

from scrlib.report import coding_frame
from tally.codebook import Code, Codebook, Variable
from tally.escape import escape_markdown
from tally.grid import month

VARIABLES = ("Variable", "Logged for", "Name in expressions", "Values", "Section of the report")
FACTORS = ("Risk factor", "Name in expressions", "Scale", "Until 2015", "Section of the report")
SCORES = ("Rating", "Scale", "Score")
CATEGORIES = ("Category", "Code", "Groups")
GROUPS = ("Group", "Of", "Name in expressions", "Codes", "Section of the report")
NUMBERS = ("Variable", "Name in expressions", "Values", "Definition")
STUDIES = ("Study", "From", "To")
LEARNING = ("Field", "Definition", "Allowed", "Section of the report")
DERIVED = ("Derived variable", "For each", "Name in expressions", "Expression", "Section")
_SCALES = {"rating": "rating", "plan": "plan"}


def variables(codebook: Codebook) -> list[list[str]]:
    """Return what is logged, the risk factors apart."""
    return [
        [item.label, codebook.units[item.unit].label, item.name, _values(item), item.section]
        for item in codebook.variables.values()
        if item.kind != "rating"
    ]


def _values(variable: Variable) -> str:
    if variable.kind == "integer":
        parts = [f"{variable.minimum} to {variable.maximum} {variable.measure}"]
        parts += [item.label.lower() for item in variable.categories]
        return ", or ".join([*parts, *["not known"] * variable.optional])
    number = len(variable.categories)
    return f"{number} {'category' if number == 1 else 'categories'}"


def factors(codebook: Codebook) -> list[list[str]]:
    """Return the risk factors with the names that they had in earlier studies."""
    found = (codebook.variables[name] for name in codebook.factors)
    return [
        [item.label, item.name, _SCALES.get(item.measure, item.measure),
         str(item.formerly.get("label", "the same")), item.section]
        for item in found
    ]  # fmt: skip


def scores(codebook: Codebook) -> list[list[str]]:
    """Return what each rating on each scale counts."""
    scales = {
        codebook.variables[name].measure: codebook.variables[name] for name in codebook.factors
    }
    return [
        [item.label, _SCALES.get(scale, scale), str(item.score)]
        for scale, variable in reversed(scales.items())
        for item in variable.categories
    ]


def categories(codebook: Codebook, name: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the header and rows of a variable's categories, with the groups of each, if any."""
    variable = codebook.variables[name]
    rows = [
        [item.label, str(item.code), _groups(codebook, name, item.code)]
        for item in variable.categories
    ]
    if any(group for *_, group in rows):
        return CATEGORIES, rows
    return CATEGORIES[:2], [row[:2] for row in rows]


def _groups(codebook: Codebook, name: str, code: Code) -> str:
    groups = [item for item in codebook.groupings.values() if item.variable == name]
    found = (
        f"{group.label}: {codebook.label(group.name, member)}"
        for group in groups
        for member, codes in group.members.items()
        if code in codes
    )
    return "; ".join(found)


def groups(codebook: Codebook) -> list[list[str]]:
    """Return the groups and bands that tables use."""
    return [
        [item.label, codebook.variables[item.variable].label, item.name,
         ", ".join(str(c.code) for c in item.categories), item.section]
        for item in codebook.groupings.values()
    ]  # fmt: skip


def derived(codebook: Codebook) -> list[list[str]]:
    """Return the variables that are computed from others."""
    return [
        [item.label, codebook.units[item.unit].label, item.name,
         " ".join(item.expression.split()), item.section]
        for item in codebook.derived.values()
    ]  # fmt: skip


def heading(codebook: Codebook, name: str) -> str:
    """Introduce a variable: its label, its name, its definition and where it comes from."""
    item = codebook.variables[name]
    definition = " ".join(item.definition.split())
    unit = codebook.units[item.unit].label
    return (
        f"**{escape_markdown(item.label)}** (`{name}`), logged for each {escape_markdown(unit)}. "
        f"{escape_markdown(definition)} Report, section {escape_markdown(item.section)}."
    )


def numbers(codebook: Codebook) -> list[list[str]]:
    """Return the variables that hold numbers, with their definitions."""
    return [
        [item.label, item.name, _values(item), " ".join(item.definition.split())]
        for item in codebook.variables.values()
        if item.kind in ("integer", "study")
    ]


def studies(codebook: Codebook) -> list[list[str]]:
    """Return the studies with the months that each covers."""
    return [
        [item.label, month(item.first_month), month(item.last_month)] for item in codebook.studies
    ]


def learning() -> list[list[str]]:
    """Return what describes a learning point."""
    return [
        [column.label, " ".join(column.definition.split()),
         "; ".join(item.label for item in column.categories) or "a sentence", column.section]
        for column in coding_frame().learning
    ]  # fmt: skip
