"""Prose whose numbers, and the words around them, are computed where it is read.

A sentence holds quantities in single braces, in the language that chapter 2 explains::

    The study covers {count(case, study == focus) | submission/submissions}.
    {percent(case, involvement == "current") | share} of the incidents fell within proceedings.

After the bar stands how to write it: ``one/many`` adds the noun, ``~was/were`` writes the word
that agrees with the number, ``share`` a plain fraction, ``majority`` how much of a whole it is,
``digits`` a figure. Sentences are made conditional by Jinja (https://jinja.palletsprojects.com)::

    {% if holds('count(case, incident == "suicide") > 0') %} ... {% endif %}

A condition holds only where it is known to hold: see `scrlib.auditing.known`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scrlib.auditing.known import Knowledge
from scrlib.report import coding_frame, label_of
from scrlib.showing.in_print import fall, printed
from scrlib.showing.prose import START, fill
from scrlib.showing.pruned import MARK, without_unknown
from scrlib.words import (
    compared,
    is_one,
    joined,
    lower_first,
    majority,
    number_word,
    ordinal,
    phrase,
    share,
)
from scrlib.words import short as figure
from tally.codebook import Category
from tally.dataset import INVENTED
from tally.escape import escape_html, escape_markdown
from tally.grid import month, simplified
from tally.interval import Known


def function_of(quantity: str) -> str:
    """Return the name of a quantity's first aggregate."""
    return quantity.strip().partition("(")[0]


@dataclass(frozen=True, eq=False)
class Narrator:
    """Writes text about one dataset with one study in focus.

    Parameters
    ----------
    knowledge : Knowledge
        Which numbers may be told.
    extra : mapping
        Further names that every text may use.
    """

    knowledge: Knowledge
    extra: Mapping[str, Any] = field(default_factory=dict)

    # -- numbers ------------------------------------------------------------------------------

    def number(self, quantity: str, form: str = "") -> str:
        """Write a quantity in the given form, marked up with the expression that computes it."""
        text = " ".join(quantity.split())
        found, function = self.knowledge.of(text), function_of(text)
        if form.startswith("~"):
            one, many = form[1:].split("/")
            return one if is_one(found) else many
        one, _, many = form.partition("/") if "/" in form else ("", "", "")
        word = self._word(found, function, form, one, many)
        return f"{START}{self.marked(text, found, word)}"

    def _word(self, found: Known, function: str, form: str, one: str, many: str) -> str:
        if form == "share" and found.fixed and found.low is not None:
            return share(found.low)
        if form == "majority":
            return majority(found) or phrase(found, function)
        if form == "digits" and found.fixed and found.low is not None:
            whole = function == "count" and found.low.denominator == 1
            return f"{int(found.low):,}" if whole else figure(found, function)
        return phrase(found, function, one, many)

    def marked(self, quantity: str, found: Known, word: str) -> str:
        """Wrap a number in an element that carries its value as shown and its quantity."""
        if found.low is None or found.high is None:
            return f"{MARK}{word}" if found.defined else word
        value = figure(found, function_of(quantity)).rstrip("%").replace(" to ", "/")
        text = re.sub(r"\bfocus\b", str(self.knowledge.focus), quantity)
        source = escape_html(simplified(text))
        return f'<data value="{value.replace("%", "")}" title="{source}">{word}</data>'

    # -- conditions ---------------------------------------------------------------------------

    def holds(self, relation: str) -> bool:
        """Say whether comparisons are known to hold."""
        return self.knowledge.relation(relation) is True

    def fails(self, relation: str) -> bool:
        """Say whether comparisons are known not to hold."""
        return self.knowledge.relation(relation) is False

    def shown(self, quantity: str) -> str:
        """Write a quantity in digits, as in a table."""
        return figure(self.knowledge.of(quantity), function_of(quantity))

    def known(self, quantity: str) -> bool:
        """Say whether a number itself is known."""
        return self.knowledge.of(quantity).fixed

    def compare(
        self, left: str, right: str, more: str = "more than", fewer: str = "fewer than",
        same: str = "as many as", unclear: str = "a number that cannot be compared with",
    ) -> str:  # fmt: skip
        """Choose the words that are true of two quantities."""
        return compared(
            self.knowledge.of(left), self.knowledge.of(right), more, fewer, same, unclear
        )

    # -- categories ---------------------------------------------------------------------------

    def counts(
        self, unit: str, name: str, where: str = "true"
    ) -> list[tuple[Category, str, Known]]:
        """Return each category of a variable with the quantity that counts it, and its count."""
        found = []
        for item in self.knowledge.dataset.codebook.categories(name):
            code = str(item.code) if isinstance(item.code, int) else f'"{item.code}"'
            text = f"count({unit}, {name} == {code} and ({where}))"
            found.append((item, text, self.knowledge.of(text)))
        return found

    def breakdown(
        self, unit: str, name: str, where: str = "true", form: str = "{n} {label}"
    ) -> str:
        """List how many fall into each category, those known to be empty left out.

        Parameters
        ----------
        form : str
            How one category is written: ``{n}`` is its number and ``{label}`` its label.
        """
        found = [item for item in self.counts(unit, name, where) if item[2].high != 0]
        if all(known.fixed for _, _, known in found):
            found.sort(key=lambda item: -(item[2].low or 0))
        parts = (
            form.format(n=self.marked(text, known, phrase(known)), label=lower_first(item.short))
            for item, text, known in found
        )
        return joined(list(parts)) or "none"

    def most(self, unit: str, name: str, where: str = "true") -> str:
        """Return the label of the category known to hold more than every other.

        Empty if there is none, if it is the one that gathers all the rest, or if it is the only
        case there is, which makes nothing frequent.
        """
        found = self.counts(unit, name, where)
        for item, text, known in found:
            others = [other for _, other, _ in found if other != text]
            several = others and known.high != 1
            if several and all(self.holds(f"{text} > {other}") for other in others):
                return "" if item.code == "other" else lower_first(item.label)
        return ""

    def commonest(self, where: str = "true") -> dict[str, Any]:
        """Describe the risk factors that are known to be indicated in the most cases.

        Returns
        -------
        dict
            `labels` joined, `verb` that agrees, `number` of cases in words, and `sure`: whether no
            other factor can be indicated as often. `known` is False if there are none, or too many
            to name.
        """
        book = self.knowledge.dataset.codebook
        texts = {name: f"count(case, present({name}) and ({where}))" for name in book.factors}
        found = {name: self.knowledge.of(text) for name, text in texts.items()}
        fixed = [known.low for known in found.values() if known.fixed and known.low is not None]
        top = max(fixed, default=None)
        names = [name for name, known in found.items() if top and known.fixed and known.low == top]
        others = [texts[name] for name in found if name not in names]
        sure = bool(names) and all(self.holds(f"{texts[names[0]]} > {other}") for other in others)
        labels = [lower_first(book.label(name)).replace("other", "other risks") for name in names]
        number = self.number(texts[names[0]]) if names else ""
        return {
            "labels": START + joined(labels), "verb": _verb(labels),
            "number": number.replace(START, ""), "sure": sure,
            "known": 0 < len(names) <= 3,
        }  # fmt: skip

    # -- the dataset and the report -----------------------------------------------------------

    def period(self, study: int | None = None) -> str:
        """Return the months that a study covers, or all studies together."""
        studies = self.knowledge.dataset.studies
        found = [item for item in studies if study in (None, item.study)]
        return escape_markdown(f"{month(found[0].first_month)} to {month(found[-1].last_month)}")

    @cached_property
    def names(self) -> dict[str, Any]:
        """Everything that a text may use."""
        dataset, focus = self.knowledge.dataset, self.knowledge.focus
        years = [item.study for item in dataset.studies]
        own = [item.study for item in coding_frame().studies]
        return {
            "n": self.number, "holds": self.holds, "fails": self.fails, "known": self.known,
            "compare": self.compare, "breakdown": self.breakdown, "most": self.most,
            "commonest": self.commonest,
            "printed": printed, "fall": fall, "period": self.period, "focus": focus,
            "study": escape_markdown(label_of(dataset.codebook, focus)),
            "years": years,
            "synthetic": dataset.synthetic, "whole": dataset.synthetic and years == own,
            "retells": dataset.synthetic and years == own and focus == own[-1],
            "earlier": [year for year in years if year < focus], "word": number_word,
            "later": [year for year in years if year > focus], "ordinal": ordinal,
            "joined": joined, "title": escape_markdown(dataset.meta.title),
            "kind": dataset.meta.kind, "treated": self.knowledge.withhold is not None,
            "invented": dataset.meta.provenance == INVENTED,
            "label": dataset.codebook.label, "categories": dataset.codebook.categories,
            "lower": lower_first, "factors": dataset.codebook.factors,
        }  # fmt: skip

    # -- text ---------------------------------------------------------------------------------

    def write(self, text: str, **names: Any) -> str:
        """Fill in a text, which may use `names` besides those of the dataset.

        Raises
        ------
        InputError
            If it holds an expression that is not a quantity.
        jinja2.TemplateError
            If it uses a name that is not there.
        """
        return self._filled(text, names).replace(MARK, "")

    def tell(self, text: str, **names: Any) -> str:
        """Fill in a text and leave out the sentences whose numbers are not known."""
        reason = "held back" if self.knowledge.withhold else "not known from print"
        return without_unknown(self._filled(text, names), reason)

    def _filled(self, text: str, names: Mapping[str, Any]) -> str:
        return fill(text, {**self.names, **self.extra, **names})


def _verb(labels: Sequence[str]) -> str:
    """Return the verb of a sentence about risks; those named in the plural are vulnerabilities."""
    if len(labels) > 1:
        return "were each"
    return "were" if labels and labels[0].endswith("ies") else "was"
