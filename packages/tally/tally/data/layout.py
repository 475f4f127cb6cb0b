"""Which tables and columns a dataset has, made from the codebook: one description, many readers.

The checks (`tally.data.check`) and the files (`tally.data.storage`) follow it, and so can
workbooks to fill in and data dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally.codebook import Category, Codebook, Variable

STUDIES, RATINGS, LEARNING = "studies", "ratings", "learning"
BESIDE = frozenset({"settled"})
"""Tables that go with a dataset and are not read as part of it."""
LONGEST_LABEL = 60
"""Characters of a study's label, which has to fit into figures."""
EXAMPLE = "EXAMPLE"
"""A row with a cell that starts so is an example and is left out when read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table on disk.

    Parameters
    ----------
    kind : {"key", "text", "year", "month", "integer", "category", "rating"}
        A key identifies; an integer lies between `minimum` and `maximum`; a category or rating
        is one of `categories`. A text has at most `maximum` characters if that is not 0.
    required : bool
        Whether a blank is refused.
    expected : bool
        Whether the column itself must be there.
    """

    name: str
    kind: str
    label: str
    definition: str = ""
    section: str = ""
    required: bool = True
    categories: tuple[Category, ...] = ()
    minimum: int = 0
    maximum: int = 0
    measure: str = ""
    expected: bool = True

    @property
    def has_codes(self) -> bool:
        """Whether its values are codes of categories; a study is called by its year."""
        return self.kind in ("category", "rating") and self.name != "study"


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk: one CSV file or one sheet.

    Parameters
    ----------
    key : tuple of str
        Columns whose values together may stand in one row only.
    """

    name: str
    holds: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in their order."""
        return tuple(column.name for column in self.columns)


def tables(codebook: Codebook) -> dict[str, Table]:
    """Return the tables of a dataset by name, in the order in which they are written."""
    units = (_unit(codebook, name) for name in codebook.units)
    found = (*_studies(codebook), *units, *_ratings(codebook), *_learning(codebook))
    return {table.name: table for table in found}


def column_of(variable: Variable) -> Column:
    """Return the column that holds a base variable."""
    kind = {"study": "category"}.get(variable.kind, variable.kind)
    return Column(
        variable.name, kind, variable.label, variable.definition, variable.section,
        not (variable.optional or variable.has_history),
        variable.categories, variable.minimum, variable.maximum,
        variable.measure if variable.kind != "rating" else "",
    )  # fmt: skip


def factor_column(codebook: Codebook) -> Column:
    """Return the column that names a risk factor."""
    rated = [codebook.variables[name] for name in codebook.factors]
    factors = tuple(
        Category(i.name, i.label, alias=i.alias, since=i.since, until=i.until) for i in rated
    )
    definition = "The risk factor that the row is about; each case has one row for each factor."
    section = codebook.sections.get("factors", "")
    return Column("risk_factor", "category", "Risk factor", definition, section, categories=factors)


def rating_column(codebook: Codebook) -> Column:
    """Return the column that holds a rating, on whichever scale the factor has."""
    levels = [item for name in codebook.factors for item in codebook.variables[name].categories]
    definition = "The level, on the scale that the risk factor has."
    unique = {(item.code, item.label): item for item in levels}
    section = codebook.sections.get("ratings", "")
    return Column(
        "rating", "rating", "Rating", definition, section, categories=tuple(unique.values())
    )


def key_column(codebook: Codebook) -> Column:
    """Return the column that says to which case a row belongs."""
    root = codebook.root
    return Column(
        root.id or "", "key", f"{root.label} identifier", "Your own reference to the case."
    )


def _studies(codebook: Codebook) -> tuple[Table, ...]:
    """Return the table of studies, if the frame says to which study a case belongs."""
    if all(variable.kind != "study" for variable in codebook.variables.values()):
        return ()
    section = codebook.sections.get("studies", "")
    first = "First month of submissions, as 2015-12; a year alone means its January."
    last = "Last month of submissions, as 2016-12; a year alone means its December."
    columns = (
        Column(
            "study", "year", "Study", "The year naming it.", section, minimum=1990, maximum=2100
        ),
        Column(
            "label", "text", "Label", "How tables and figures name the study.", section,
            maximum=LONGEST_LABEL,
        ),
        Column("first_month", "month", "First month", first, section),
        Column("last_month", "month", "Last month", last, section),
    )  # fmt: skip
    return (Table(STUDIES, "study", columns, ("study",)),)


def _unit(codebook: Codebook, name: str) -> Table:
    unit = codebook.units[name]
    case = key_column(codebook)
    columns, key = [case], [case.name]
    if unit.of and unit.id:
        own = f"Your own reference to the {unit.label}."
        label = f"{unit.label.capitalize()} identifier"
        columns, key = [Column(unit.id, "key", label, own), case], [unit.id]
    elif unit.of:
        key.append(codebook.of_unit(name)[0].name)
    columns += [column_of(item) for item in codebook.of_unit(name) if item.kind != "rating"]
    return Table(unit.table, unit.label, tuple(columns), tuple(key))


def _ratings(codebook: Codebook) -> tuple[Table, ...]:
    """Return the table of ratings, if the frame has factors."""
    if not codebook.factors:
        return ()
    columns = (key_column(codebook), factor_column(codebook), rating_column(codebook))
    key = (columns[0].name, columns[1].name)
    return (Table(RATINGS, f"{codebook.root.label} and risk factor", columns, key),)


def _learning(codebook: Codebook) -> tuple[Table, ...]:
    """Return the table of learning points, if the frame has fields for them."""
    columns = tuple(column_of(field) for field in codebook.learning)
    return (Table(LEARNING, "learning point", columns, (), required=False),) if columns else ()
