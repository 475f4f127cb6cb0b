"""Is every construct of the language read as documented, and every mistake refused with help?"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from scrlib.report import coding_frame
from tally import language
from tally.codebook import Codebook
from tally.errors import Failure, InputError
from tally.expression import (
    TRUE,
    Aggregate,
    And,
    Compare,
    In,
    Linear,
    Not,
    Number,
    Or,
    Quantity,
    Weights,
)
from tally.language import parse, parse_condition, parse_relation, parse_value

FRAME = coding_frame()
SCORES = (("high", 3), ("medium", 2), ("low", 1), ("none", 0))
PUBLIC = In("law", frozenset({"s31", "public_other"}))
GIRL = In("sex", frozenset({"female"}))


def condition(text: str, unit: str = "case", focus: int | None = None) -> object:
    return parse_condition(text, FRAME, unit, focus)


def refused(text: str, focus: int | None = None, frame: Codebook = FRAME) -> Failure:
    """Return the one failure for which a quantity is refused."""
    with pytest.raises(InputError) as caught:
        parse(text, frame, focus)
    (failure,) = caught.value.failures
    return failure


# -- conditions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('incident == "suicide"', In("incident", frozenset({"suicide"}))),
        ('"suicide" == incident', In("incident", frozenset({"suicide"}))),
        ('incident in ("suicide", "overdose")', In("incident", frozenset({"suicide", "overdose"}))),
        ('incident in ["suicide"]', In("incident", frozenset({"suicide"}))),
        ('incident in {"suicide"}', In("incident", frozenset({"suicide"}))),
        ('law != "both"', In("law", frozenset({"s31", "public_other", "wtfh", "wafh"}))),
        ('law not in ("both", "s31")', In("law", frozenset({"public_other", "wtfh", "wafh"}))),
        ("true", TRUE),
        ("True", TRUE),
        ("present(neglect)", In("neglect", frozenset({"high", "medium", "low"}))),
        (
            "present(child_protection_plan)",
            In("child_protection_plan", frozenset({"current", "previous"})),
        ),
    ],
)
def test_a_comparison_with_codes_is_membership(text: str, expected: object) -> None:
    assert condition(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('law_group == "public"', PUBLIC),
        ('law_group != "public"', In("law", frozenset({"wtfh", "wafh", "both"}))),
        ('law_group in ("public", "both")', In("law", frozenset({"s31", "public_other", "both"}))),
    ],
)
def test_a_group_stands_for_the_codes_that_it_holds(text: str, expected: object) -> None:
    assert condition(text) == expected


def test_a_band_stands_for_its_numbers_and_unknown_for_a_blank() -> None:
    assert condition('age_band == "1_5"', "child") == In("age", frozenset(range(1, 6)))
    assert condition('age_band == "unknown"', "child") == In("age", frozenset({None}))
    assert condition('age_band != "unknown"', "child") == In("age", frozenset(range(18)))


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("age < 1", {0}),
        ("age <= 1", {0, 1}),
        ("age > 15", {16, 17}),
        ("age >= 15", {15, 16, 17}),
        ("16 <= age", {16, 17}),
        ("2 > age", {0, 1}),
        ("age == 3", {3}),
        ("age in (3, 4)", {3, 4}),
        ("age > 40", set()),
        ("age < -1", set()),
    ],
)
def test_a_comparison_with_a_number_is_membership_of_known_numbers(
    text: str, ages: set[int]
) -> None:
    assert condition(text, "child") == In("age", frozenset(ages))


def test_an_unknown_number_meets_no_comparison() -> None:
    assert condition("age != 3", "child") == In("age", frozenset(range(18)) - {3})
    assert condition("age not in (0, 1)", "child") == In("age", frozenset(range(2, 18)))


def test_comparisons_in_a_chain_all_hold() -> None:
    low, high = In("age", frozenset(range(1, 18))), In("age", frozenset(range(6)))
    assert condition("1 <= age <= 5", "child") == And((low, high))


def test_words_join_conditions() -> None:
    text = 'law_group == "public" and not (present(neglect) or incident == "other")'
    either = Or(
        (In("neglect", frozenset({"high", "medium", "low"})), In("incident", frozenset({"other"})))
    )
    assert condition(text) == And((PUBLIC, Not(either)))


def test_the_study_in_focus_is_a_number() -> None:
    assert condition("study == focus", focus=2015) == In("study", frozenset({2015}))
    assert condition("study < focus", focus=2014) == In("study", frozenset({2012, 2013}))
    assert condition("study in (2012, focus)", focus=2014) == In("study", frozenset({2012, 2014}))


def test_a_study_that_a_dataset_does_not_hold_is_no_mistake() -> None:
    assert condition("study == 2030") == In("study", frozenset({2030}))


def test_a_derived_condition_is_written_out() -> None:
    found = condition("same_perpetrator")
    assert isinstance(found, Or)
    assert found == condition(FRAME.derived["same_perpetrator"].expression)


def test_a_child_may_be_asked_about_its_case() -> None:
    assert condition('law_group == "public" and sex == "female"', "child") == And((PUBLIC, GIRL))


# -- whole numbers -----------------------------------------------------------------------------


def test_scores_and_breadth_weigh_the_ratings() -> None:
    found = parse_value("score(neglect, other_risk)", FRAME, "case")
    assert found == Linear((Weights("neglect", SCORES), Weights("other_risk", SCORES)))
    (weights,) = parse_value("breadth(neglect)", FRAME, "case").weights
    assert dict(weights.weights) == {"high": 1, "medium": 1, "low": 1, "none": 0}


def test_all_stands_for_every_factor_and_a_derived_number_for_its_expression() -> None:
    found = parse_value("score(all)", FRAME, "case")
    assert tuple(item.variable for item in found.weights) == FRAME.factors
    assert parse_value("total_score", FRAME, "case") == found


def test_a_number_that_is_logged_stands_for_itself() -> None:
    ages, years = tuple((age, age) for age in range(18)), (2012, 2013, 2014, 2015, 2017)
    assert parse_value("age", FRAME, "child") == Linear((Weights("age", ages),))
    studies = Weights("study", tuple((year, year) for year in years))
    assert parse_value("study", FRAME, "case") == Linear((studies,))


def test_a_comparison_of_two_numbers_is_kept_as_written() -> None:
    assert condition("1 < 2") == Compare(Linear(constant=1), "<", 2)


def test_the_study_in_focus_may_stand_in_numbers_quantities_and_relations() -> None:
    members = parse_value('number(child, study == focus and sex == "female")', FRAME, "case", 2015)
    year = In("study", frozenset({2015}))
    assert members == Linear(numbers=((1, Number("child", And((year, GIRL)))),))
    one = parse("count(case, study == focus)", FRAME, 2015)
    assert one.single == Aggregate("count", "case", year)
    found = parse_relation("count(case, study == focus) > 1", FRAME, 2015)
    assert found.comparisons[0][0].single == one.single
    assert found.text == "count(case, study == focus) > 1"


def test_numbers_add_and_subtract() -> None:
    found = parse_value("number(child) - score(neglect) + 3", FRAME, "case")
    minus = tuple((code, -score) for code, score in SCORES)
    assert found == Linear((Weights("neglect", minus),), ((1, Number("child", TRUE)),), 3)


def test_a_case_counts_its_members() -> None:
    found = condition('number(child, sex == "female") > 1')
    assert found == Compare(Linear(numbers=((1, Number("child", GIRL)),)), ">", 1)


def test_a_number_may_be_one_of_several() -> None:
    one = Linear(numbers=((1, Number("child", TRUE)),))
    assert condition("number(child) in (1, 2)") == Or(
        (Compare(one, "==", 1), Compare(one, "==", 2))
    )
    assert condition("number(child) not in (1, 2)") == And(
        (Compare(one, "!=", 1), Compare(one, "!=", 2))
    )


# -- quantities and relations ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(case)", Aggregate("count", "case", TRUE)),
        ('count(child, sex == "female")', Aggregate("count", "child", GIRL)),
        ('percent(child, sex == "female")', Aggregate("percent", "child", GIRL)),
        (
            'percent(child, sex == "female", law_group == "public")',
            Aggregate("percent", "child", GIRL, base=PUBLIC),
        ),
        (
            'median(case, number(child), law_group == "public")',
            Aggregate("median", "case", PUBLIC, Linear(numbers=((1, Number("child", TRUE)),))),
        ),
    ],
)
def test_a_statistic_has_a_unit_a_condition_and_a_base(text: str, expected: Aggregate) -> None:
    assert parse(text, FRAME) == Quantity(((1, expected),), text=text)


@pytest.mark.parametrize("name", ["mean", "sum", "min", "max", "median"])
def test_a_moment_has_a_value(name: str) -> None:
    found = parse(f"{name}(child, age)", FRAME).single
    assert found is not None
    assert (found.function, found.where, found.base) == (name, TRUE, None)
    assert found.value == parse_value("age", FRAME, "child")


def test_quantities_add_subtract_and_have_whole_multiples() -> None:
    found = parse("5 - 2 * (count(case) - count(child) + 1)", FRAME)
    assert found.constant == 3
    assert [(weight, item.unit) for weight, item in found.terms] == [(-2, "case"), (2, "child")]
    assert found.single is None


@pytest.mark.parametrize(
    ("text", "constant"),
    [("7", 7), ("1 + 2", 3), ("7 - 2", 5), ("3 - (4 - 6)", 5), ("3 * (2 + 4)", 18)],
)
def test_whole_numbers_are_reckoned(text: str, constant: int) -> None:
    assert parse(text, FRAME) == Quantity((), constant, text=text)


def test_multiples_multiply() -> None:
    found = parse("3 * (2 * count(case) - count(child))", FRAME)
    assert [weight for weight, _ in found.terms] == [6, -3]
    assert found.constant == 0


def test_spaces_and_lines_mean_nothing() -> None:
    spread = parse('count(case,\n    law_group   == "public")', FRAME)
    assert spread == parse('count(case, law_group == "public")', FRAME)


def test_a_relation_holds_every_comparison() -> None:
    found = parse_relation("count(child) > count(case) >= 5 and count(case) != 7", FRAME)
    assert [op for _, op, _ in found.comparisons] == [">", ">=", "!="]


@pytest.mark.parametrize(
    ("op", "holds"),
    [("==", (0, 1, 0)), ("!=", (1, 0, 1)), ("<", (1, 0, 0)), ("<=", (1, 1, 0)),
     (">", (0, 0, 1)), (">=", (0, 1, 1))],
)  # fmt: skip
def test_each_operator_means_what_it_says(op: str, holds: tuple[int, int, int]) -> None:
    assert tuple(language.compare(left, op, 2) for left in (1, 2, 3)) == holds


# -- mistakes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule", "value", "nearest", "allowed"),
    [
        ('count(case, law_grup == "public")', "A case has no such variable.", "law_grup",
         "law_group", "incident"),
        ('count(case, law_group == "pubic")', "law_group has no such value.", "pubic", "public",
         "private"),
        ('count(case, law_group in ("public", "pubic"))', "law_group has no such value.", "pubic",
         "public", "private"),
        ("count(child, age == 18)", "age has no such value.", "18", "8", "17"),
        ('count(child, age == "3")', "age has no such value.", "3", "3", "17"),
        ('count(child, age != "x")', "age has no such value.", "x", "", "17"),
        ('count(case, study == "2017")', "study has no such value.", "2017", "2017", "2012"),
        ("count(cases)", "No such unit.", "cases", "case", "child"),
        ("cout(case)", "No such function here.", "cout", "count", "median"),
        ("count.real(case)", "No such function here.", "?", "", "median"),
        ("count(case, presence(neglect))", "No such function here.", "presence", "present",
         "present"),
        ("count(case, present(neglct))", "No such risk factor.", "neglct", "neglect",
         "antagonism"),
        ('count(case, present("neglect"))', "No such risk factor.", "?", "", "antagonism"),
        ("mean(case, scores(all))", "No such function here.", "scores", "score", "number"),
        ("count(case, number(childs) > 1)", "A case has no such members.", "childs", "child",
         "parent"),
        ("count(child, number(parent) > 1)", "A child has no such members.", "parent", "", None),
        ('count(case, sex == "female")', "A case has no such variable.", "sex", "", "law_group"),
        ('count(parent, sex == "female")', "A parent has no such variable.", "sex", "", "role"),
    ],
)  # fmt: skip
def test_an_unknown_name_lists_what_is_allowed_and_the_nearest(
    text: str, rule: str, value: str, nearest: str, allowed: str | None
) -> None:
    found = refused(text)
    assert (found.rule, found.value, found.nearest) == (rule, value, nearest)
    assert found.place == f"expression {text!r}"
    assert allowed in found.allowed if allowed else found.allowed == ()


ONE_VALUE = "A value was expected here: a number or a code in quotes."
A_QUANTITY = "A quantity was expected here, such as count(case, ...)."
ONE_FACTOR = "present() takes one risk factor."
MEMBERS = "number() takes a unit and, if wanted, a condition."
WHOLE = None


@pytest.mark.parametrize(
    ("text", "rule", "part"),
    [
        ("count()", "count() starts with a unit.", WHOLE),
        ('count("case")', "count() starts with a unit.", WHOLE),
        ("count(case, true, true)", "count() takes at most 2 arguments.", WHOLE),
        ("percent(case, true, true, true)", "percent() takes at most 3 arguments.", WHOLE),
        ("percent(case)", "percent() needs a condition.", WHOLE),
        ("mean(case)", "mean() needs something to take the mean of.", WHOLE),
        ("mean(case, law)", "law is not a number.", "law"),
        ("mean(child, age_band)", "age_band is not a number.", "age_band"),
        ('mean(case, "x")', "A number was expected here.", '"x"'),
        ("mean(case, total_score * 2)", "A number was expected here.", "total_score * 2"),
        ("count(case, where=true)", "Arguments have no names.", WHOLE),
        ("count(case, 1)", "A condition was expected here.", "1"),
        ("count(case, law)", "law is not true or false: compare it with a value.", "law"),
        ("count(case, law == incident)", ONE_VALUE, "incident"),
        ("count(case, law == 1.5)", ONE_VALUE, "1.5"),
        ("count(case, law == None)", ONE_VALUE, "None"),
        ("count(case, law in (1, incident))", ONE_VALUE, "(1, incident)"),
        ('count(case, law == -"s31")', ONE_VALUE, '-"s31"'),
        ("count(case, law == -incident)", ONE_VALUE, "-incident"),
        ('count(case, law < "s31")', "law has no order: use ==, != or in.", ""),
        ('count(case, law_group > "public")', "law_group has no order: use ==, != or in.", ""),
        ("count(child, age < (1, 2))", "< compares with one value; use `in` for several.", "age"),
        ('count(child, age < "x")', "age is a number: compare it with a whole number.", ""),
        ('count(case, total_score > "x")', "A number can be compared with whole numbers only.",
         "total_score"),
        ('count(case, "s31" in law)', "Write the variable on the left of `in`.", '"s31"'),
        ('count(case, law is "s31")', "Compare with ==, !=, <, <=, >, >=, in or not in.", "law"),
        ("count(case, present(neglect, antagonism))", ONE_FACTOR, "present(neglect, antagonism)"),
        ("count(case, present(all))", ONE_FACTOR, "present(all)"),
        ("mean(case, score())", "Name the risk factors, or write all.", "score()"),
        ("count(case, number() > 1)", MEMBERS, "number()"),
        ("count(case, number(child, true, true) > 1)", MEMBERS, "number(child, true, true)"),
        ("count(case, study == focus)", "No study is in focus here.", "focus"),
        ("count(case) * 2", "Write the whole number first: 2 * count(...).", WHOLE),
        ("count(case) / 2", A_QUANTITY, WHOLE),
        ("count(case).real", A_QUANTITY, WHOLE),
        ("[count(case)]", A_QUANTITY, WHOLE),
        ("lambda: 1", A_QUANTITY, WHOLE),
        ("1.5", A_QUANTITY, WHOLE),
        ("true", A_QUANTITY, WHOLE),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_by_its_rule_and_the_part_is_named(
    text: str, rule: str, part: str | None
) -> None:
    value = text if part is None else part
    assert refused(text) == Failure(rule, f"expression {text!r}", value=value)


def test_a_derived_number_is_no_condition() -> None:
    # The message is about the expression for which the name stands.
    found = refused("count(case, total_score)")
    assert (found.rule, found.place) == ("No such function here.", "expression 'score(all)'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "invalid syntax"),
        ("count(case", "'(' was never closed"),
        ("count(case) count(child)", "invalid syntax"),
        ("(" * 1500 + "1" + ")" * 1500, "too"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_reason_that_python_gives(
    text: str, reason: str
) -> None:
    found = refused(text)
    assert found.rule.startswith(f"The expression cannot be read: {reason}")
    assert found.place == text


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_exhausts_the_reader_is_refused(error, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tally.syntax.ast.parse", exhausted)
    rule = "The expression cannot be read: too deeply nested."
    assert refused("count(case)") == Failure(rule, "count(case)")


@pytest.mark.parametrize(
    ("read", "text", "part"),
    [(parse_condition, "law == incident", "incident"), (parse_value, 'score(all) + "x"', '"x"')],
)
def test_a_condition_or_number_that_is_refused_is_named_whole(read, text: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, FRAME, "case")
    (failure,) = caught.value.failures
    assert (failure.place, failure.value) == (f"expression {text!r}", part)


@pytest.mark.parametrize("text", ["count(case)", "count(case) in (1, 2)", "not count(case) > 1"])
def test_what_is_no_comparison_of_quantities_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_relation(text, FRAME)
    rule = "A comparison of quantities was expected here."
    assert caught.value.failures == (Failure(rule, f"expression {text!r}", value=text),)


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os").system("true")',
        'count(case, __import__("os"))',
        'count(case, law == __import__("os").name)',
        "count(case, (lambda: true)())",
        "count(case, [x for x in (1, 2)])",
        "count(case, law == f'{1}')",
    ],
)
def test_text_is_never_run(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("text from data was run")

    monkeypatch.setattr("os.system", fail)
    with pytest.raises(InputError):
        parse(text, FRAME)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("count(case, " + "not " * 101 + "true)", "nested more than"),
        ("1" + "+1" * 150, "nested more than"),
        ("-" * 3000 + "1", "nested more than|cannot be read"),
        ("(" * 1500 + "1" + ")" * 1500, "cannot be read"),
        ("count(case, " + " " * 4000 + "true)", "4000 characters"),
        ("count(case, total_score > 1000000001)", "1000000000 at most"),
        ("9" * 3000, "1000000000 at most"),
    ],
)
def test_text_that_would_exhaust_the_machine_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        parse(text, FRAME)
    (failure,) = caught.value.failures
    assert failure.place == ("" if "characters" in rule else text)


def test_what_lies_at_a_limit_is_read() -> None:
    # 4000 characters, a number of 10 to the 9th, and 100 levels: the call, 98 times not, a name.
    assert parse("count(case)" + " " * 3989, FRAME) == parse("count(case)", FRAME)
    assert parse("1000000000", FRAME).constant == 10**9
    deepest = "count(case, " + "not " * 97 + "true)"
    assert parse(deepest, FRAME)
    assert "nested" in refused(deepest.replace("not ", "not not ", 1)).rule


def test_a_derived_variable_that_is_defined_by_itself_is_refused() -> None:
    circle = replace(FRAME.derived["risk_count"], expression="risk_count + 1")
    frame = replace(FRAME, derived=MappingProxyType({**FRAME.derived, "risk_count": circle}))
    assert refused("mean(case, risk_count)", frame=frame).rule == "risk_count is defined by itself."
