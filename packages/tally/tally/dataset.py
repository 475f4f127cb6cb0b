"""A dataset in memory: one table per unit, in the codes of the frame, ready to be counted.

Reading and writing files is `tally.data.storage`; checking is `tally.data.check`. A `Dataset` is
never changed: functions return a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tally.codebook import Code, Codebook, Study, Variable

Positions: TypeAlias = NDArray[np.integer[Any]]

OBSERVED, SYNTHETIC, INVENTED = "observed", "synthetic", "invented"
KINDS = {
    OBSERVED: "observed data",
    SYNTHETIC: "synthetic data solved from the printed report",
    INVENTED: "invented data, made up for practice",
}
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class Meta:
    """What `dataset.yaml` says about a dataset.

    Parameters
    ----------
    provenance : {"observed", "synthetic", "invented"}
        Whether the cases were observed, were solved from printed numbers, or are made up to
        practise with; a book treats the last like the first, and says what they are.
    agency, label, logo : str
        Whose book it is: who publishes it, how its study is called, and the file of a picture.
    version : str
        Version of the coding frame by which the cases were coded.
    notes : str
        Names of sheets and columns that hold notes and are not read, separated by commas.
    """

    title: str
    provenance: str
    period: str = ""
    contact: str = ""
    agency: str = ""
    label: str = ""
    logo: str = ""
    version: str = ""
    notes: str = ""

    @property
    def kind(self) -> str:
        """What the data are, in words."""
        return KINDS[self.provenance]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Cases and what belongs to them.

    Parameters
    ----------
    codebook : Codebook
        The coding frame, with this dataset's studies.
    frames : mapping of str to DataFrame
        One table per unit. Columns are the unit's id, that of the case where it belongs to one,
        and the unit's base variables as codes; ratings are columns of the cases.
    learning : DataFrame
        Learning points: a column for each of their fields in the frame.
    recoding : str
        The recoding file by which the tables were made of an export, if one was.
    """

    codebook: Codebook
    frames: Mapping[str, pd.DataFrame]
    meta: Meta
    learning: pd.DataFrame = field(default_factory=pd.DataFrame)
    recoding: str = ""

    def __post_init__(self) -> None:
        if self.learning.columns.empty:
            names = [field.name for field in self.codebook.learning]
            object.__setattr__(self, "learning", pd.DataFrame(columns=names, dtype=object))

    def __repr__(self) -> str:
        units = self.codebook.units
        sizes = (f"{len(rows)} {units[name].plural}" for name, rows in self.frames.items())
        return f"Dataset({self.meta.title!r}, {self.meta.provenance}: {', '.join(sizes)})"

    @property
    def synthetic(self) -> bool:
        """Whether the cases are solved to agree with what was printed."""
        return self.meta.provenance == SYNTHETIC

    @property
    def studies(self) -> tuple[Study, ...]:
        """The studies in their order."""
        return self.codebook.studies

    def size(self, unit: str) -> int:
        """Return the number of rows of a unit."""
        return len(self.frames[unit])

    @cached_property
    def views(self) -> Mapping[str, View]:
        """A `View` for each unit."""
        root = self.codebook.root.name
        top = View(self.codebook, root, self.frames[root])
        members = {
            name: View(self.codebook, name, self.frames[name], top)
            for name in self.codebook.units
            if name != root
        }
        return MappingProxyType({root: top, **members})


@dataclass(frozen=True, eq=False, repr=False)
class View:
    """The rows of one unit as whole-number positions of codes in the frame: fast to count.

    Parameters
    ----------
    frame : DataFrame
        The unit's table.
    root : View, optional
        The cases to which the rows belong.
    known : dict of str to array
        Positions by variable, as far as they are known already.
    """

    codebook: Codebook
    unit: str
    frame: pd.DataFrame
    root: View | None = None
    known: dict[str, Positions] = field(default_factory=dict)
    _kept: dict[Hashable, NDArray[Any]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def owner(self) -> Positions:
        """For each row, the position of its case among the cases."""
        assert self.root is not None
        ids = self.root.codebook.root.id or ""
        found = pd.Index(self.root.frame[ids]).get_indexer(pd.Index(self.frame[ids]))
        return np.asarray(found)

    def positions(self, name: str) -> Positions:
        """Return, for each row, the position of its code in `Variable.codes`."""
        if name not in self.known:
            self.known[name] = self._positions(name)
        return self.known[name]

    def kept(self, key: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the array made for a key before, or make it: conditions recur in every table.

        It cannot be written to.
        """
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = make()
            self._kept[key].flags.writeable = False
        return self._kept[key]

    def _positions(self, name: str) -> Positions:
        variable = self.codebook.variables[name]
        if variable.unit != self.unit:
            assert self.root is not None
            return np.asarray(self.root.positions(name)[self.owner])
        return positions(self.frame[name], variable)


def positions(column: pd.Series[Any], variable: Variable) -> Positions:
    """Return the position of each value of a column in the variable's codes.

    Parameters
    ----------
    column : Series
        Codes; a blank or None where an optional value is not known.

    Raises
    ------
    ValueError
        If a value is not a code of the variable. `tally.data.check` says which, before this
        point.
    """
    if variable.numeric:
        numbers = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
        missing = np.isnan(numbers)
        inside = (numbers >= variable.minimum) & (numbers <= variable.maximum) & (numbers % 1 == 0)
        bad = ~np.where(missing, variable.optional, inside)
        found = np.where(inside, numbers - variable.minimum, len(variable.codes) - 1).astype(int)
    else:
        codes: list[Code] = [code for code in variable.codes if code is not None]
        coded = pd.Series(column).astype("category").cat.set_categories(codes)
        found = coded.cat.codes.to_numpy(dtype=np.int16)
        if variable.optional:  # What is not known is the last of the variable's values.
            found = np.where(np.asarray(pd.isna(column)), len(codes), found)
        bad = found < 0
    if bad.any():
        raise ValueError(f"{variable.name} holds {int(bad.sum())} values outside the coding frame")
    return found
