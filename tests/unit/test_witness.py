"""Do the datasets by which ends are proved agree with print, and do they reach those ends?"""

from __future__ import annotations

from scrlib import paths
from scrlib.auditing import claims as register
from scrlib.bounding import bounds, witness
from scrlib.counting.quantities import evaluate
from scrlib.data import storage
from scrlib.data.dataset import Dataset
from scrlib.frame import codebook, language
from scrlib.solving import proofs

FRAME = codebook.load()
REPORT = register.claims(FRAME)
OUT = proofs.ruled_out(proofs.load())
KNOWN = bounds.facts(REPORT, FRAME, OUT)
START = storage.read(paths.SYNTHETIC)


def agrees(made: Dataset) -> bool:
    return bounds.agrees(made, REPORT, OUT)


def test_datasets_of_the_walk_agree_with_print_and_differ():
    made = list(witness.wander(KNOWN, START, 2, steps=1_500))
    assert all(agrees(item) for item in made)
    cases = [item.frames["case"].sort_values("case_id").to_csv(index=False) for item in made]
    assert cases[0] != cases[1]


def test_an_end_is_marked_only_where_a_dataset_that_agrees_reaches_it():
    quantity = language.parse("count(case, present(antagonism))", FRAME)
    value = evaluate(quantity, START)
    assert value is not None
    near, far = value + 1, value + 1000
    seen: list[Dataset] = []

    def keep(made: Dataset) -> bool:
        seen.append(made)
        return agrees(made)

    asked = bounds.Bounds(quantity.text, value - 1000, near, proved_low=True)
    (found,) = witness.prove(KNOWN, [quantity], [asked], START, keep, steps=6_000)
    assert found.proved_high
    assert any(evaluate(quantity, item) == near for item in seen)
    beyond = bounds.Bounds(quantity.text, value, far, proved_low=True)
    (found,) = witness.prove(KNOWN, [quantity], [beyond], START, agrees, steps=400)
    assert not found.proved_high
