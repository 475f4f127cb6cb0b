"""The coding frame as DataFrames for readers: what chapter 2 and the codebook show.

Everything is read off the codebook, so that a category added to it appears on the page by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from tally.codebook import Code, Codebook, Grouping, Variable
from tally.grid import month
from tally.syntax import one_line

NAME, EXPRESSION, CODE = "Name in expressions", "Expression", "Code"


def variables(codebook: Codebook) -> pd.DataFrame:
    """Return what is logged, the risk factors apart."""
    rows = [
        (item.label, codebook.units[item.unit].label, item.name, _values(item), item.section)
        for item in codebook.variables.values()
        if item.kind != "rating"
    ]
    columns = ["Variable", "Logged for each", NAME, "Values", "Section of the report"]
    return pd.DataFrame(rows, columns=columns)


def _values(variable: Variable) -> str:
    if variable.kind == "integer":
        parts = [f"{variable.minimum} to {variable.maximum} {variable.measure}"]
        parts += [item.label.lower() for item in variable.categories]
        return ", or ".join([*parts, *["not known"] * variable.optional])
    number = len(variable.categories)
    return f"{number} {'category' if number == 1 else 'categories'}"


def factors(codebook: Codebook) -> pd.DataFrame:
    """Return the risk factors with the names that they had in earlier studies."""
    found = (codebook.variables[name] for name in codebook.factors)
    rows = [
        (item.label, item.name, item.measure, item.formerly.get("label", "the same"), item.section)
        for item in found
    ]
    columns = ["Risk factor", NAME, "Scale", "Until 2015", "Section of the report"]
    return pd.DataFrame(rows, columns=columns)


def scores(codebook: Codebook) -> pd.DataFrame:
    """Return what each rating on each scale counts."""
    scales = {
        codebook.variables[name].measure: codebook.variables[name] for name in codebook.factors
    }
    rows = [
        (item.label, scale, item.score)
        for scale, variable in reversed(scales.items())
        for item in variable.categories
    ]
    return pd.DataFrame(rows, columns=["Rating", "Scale", "Score"])


def groups(codebook: Codebook) -> pd.DataFrame:
    """Return the groups and bands that tables use."""
    rows = [
        (item.label, codebook.variables[item.variable].label, item.name,
         ", ".join(str(c.code) for c in item.categories), item.section)
        for item in codebook.groupings.values()
    ]  # fmt: skip
    columns = ["Group", "Of", NAME, "Codes", "Section of the report"]
    return pd.DataFrame(rows, columns=columns)


def derived(codebook: Codebook) -> pd.DataFrame:
    """Return the variables that are computed from others."""
    rows = [
        (item.label, codebook.units[item.unit].label, item.name,
         one_line(item.expression), item.section)
        for item in codebook.derived.values()
    ]  # fmt: skip
    columns = ["Derived variable", "For each", NAME, EXPRESSION, "Section of the report"]
    return pd.DataFrame(rows, columns=columns)


def coded(codebook: Codebook) -> Iterator[Variable]:
    """Yield the variables whose values are categories."""
    return (item for item in codebook.variables.values() if item.kind == "category")


def about(codebook: Codebook, variable: Variable) -> str:
    """Return what a variable is: its name, its definition and where it comes from."""
    unit = codebook.units[variable.unit].label
    return (
        f"Name in expressions: {variable.name}. Logged for each {unit}. "
        f"{one_line(variable.definition)} (Report, section {variable.section}.)"
    )


def categories(codebook: Codebook, variable: Variable) -> pd.DataFrame:
    """Return a variable's categories with their codes, and a column for each way to group them."""
    table = pd.DataFrame(
        [(item.label, str(item.code)) for item in variable.categories], columns=["Category", CODE]
    )
    for grouping in codebook.groupings.values():
        if grouping.variable == variable.name:
            table[grouping.label] = [
                _group(codebook, grouping, c.code) for c in variable.categories
            ]
    return table


def _group(codebook: Codebook, grouping: Grouping, code: Code) -> str:
    return next(
        codebook.label(grouping.name, group)
        for group, codes in grouping.members.items()
        if code in codes
    )


def numbers(codebook: Codebook) -> pd.DataFrame:
    """Return the variables that hold numbers, with their definitions."""
    rows = [
        (item.label, item.name, _values(item), one_line(item.definition))
        for item in codebook.variables.values()
        if item.kind in ("integer", "study")
    ]
    return pd.DataFrame(rows, columns=["Variable", NAME, "Values", "Definition"])


def studies(codebook: Codebook) -> pd.DataFrame:
    """Return the studies with the months that each covers."""
    rows = [
        (item.label, month(item.first_month), month(item.last_month)) for item in codebook.studies
    ]
    return pd.DataFrame(rows, columns=["Study", "From", "To"])


def learning(codebook: Codebook) -> pd.DataFrame:
    """Return what describes a learning point."""
    rows = [
        (field.label, one_line(field.definition),
         "; ".join(item.label for item in field.categories) or "a sentence", field.section)
        for field in codebook.learning
    ]  # fmt: skip
    columns = ["Field", "Definition", "Allowed", "Section of the report"]
    return pd.DataFrame(rows, columns=columns)
