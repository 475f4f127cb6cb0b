"""Does everything derive from the coding frame, and is a frame that makes no sense refused?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sample_data
import yaml

from scrlib import paths
from scrlib import report as published
from scrlib.report import coding_frame, read_dataset
from tally import codebook, language
from tally import evaluate as quantities
from tally import grid as tables
from tally.codebook import Codebook
from tally.data import layout, storage
from tally.errors import Failure, InputError

FRAME = coding_frame()
VARIABLES = "variables.yaml"
GRANDPARENT = (
    "      - {code: extended_family, label: Extended family, in: {perpetrator_group: familial}}\n"
)


def edited(folder: Path, before: str, after: str, name: str = VARIABLES) -> Codebook:
    """Return the frame of a copy in which one text of one file was replaced."""
    copy = folder / "codebook"
    shutil.copytree(paths.CODEBOOK, copy)
    text = (copy / name).read_text(encoding="utf-8")
    assert text.count(before) == 1, "the text to replace must stand in the file once"
    (copy / name).write_text(text.replace(before, after), encoding="utf-8")
    return codebook.load(copy)


@pytest.fixture
def wider(tmp_path: Path) -> Codebook:
    """Return the frame with one more suspected perpetrator, by one more line of one file."""
    line = "      - {code: neighbour, label: Neighbour, in: {perpetrator_group: extra_familial}}\n"
    return edited(tmp_path, GRANDPARENT, GRANDPARENT + line)


def neighbour(folder: Path) -> dict[str, sample_data.Rows]:
    content = sample_data.tables()
    content["cases"][1][5] = "neighbour"
    return content


# -- adding a category is an edit to one file --------------------------------------------------


def test_a_dataset_with_an_unknown_category_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neighbour"):
        read_dataset(sample_data.write_folder(tmp_path / "data", neighbour(tmp_path)))


def test_a_category_that_is_added_to_the_frame_is_read(tmp_path: Path, wider: Codebook) -> None:
    found = storage.read(sample_data.write_folder(tmp_path / "data", neighbour(tmp_path)), wider)
    assert found.frames["case"]["perpetrator"].iloc[0] == "neighbour"


def test_a_category_that_is_added_may_be_written_by_its_label(
    tmp_path: Path, wider: Codebook
) -> None:
    content = sample_data.tables()
    content["cases"][1][5] = "Neighbour"
    found = storage.read(sample_data.write_folder(tmp_path / "data", content), wider)
    assert found.frames["case"]["perpetrator"].iloc[0] == "neighbour"


def test_a_category_that_is_added_has_a_label_and_its_place_in_the_order(wider: Codebook) -> None:
    order = [item.code for item in wider.categories("perpetrator")]
    assert wider.label("perpetrator", "neighbour") == "Neighbour"
    assert order.index("neighbour") == order.index("extended_family") + 1


def test_a_category_that_is_added_is_in_what_a_workbook_allows(wider: Codebook) -> None:
    columns = {item.name: item for item in layout.tables(wider)["cases"].columns}
    assert "Neighbour" in {item.label for item in columns["perpetrator"].categories}


def test_a_category_that_is_added_is_in_the_domain_of_what_is_solved(wider: Codebook) -> None:
    assert "neighbour" in wider.variables["perpetrator"].codes
    assert "neighbour" not in FRAME.variables["perpetrator"].codes


def test_a_category_that_is_added_has_its_row_in_the_tables(
    tmp_path: Path, wider: Codebook
) -> None:
    data = storage.read(sample_data.write_folder(tmp_path / "data", neighbour(tmp_path)), wider)
    declared = published.load_tables(data.codebook)
    grid = tables.compute(declared["table_07"], data).grid
    assert grid.loc["neighbour", "frequency"] == "1"
    assert grid.loc["extra_familial_total", "share"] == "50%"
    assert "neighbour" in {row.key for row in declared["table_08"].rows}


def test_a_category_that_is_added_counts_in_its_group(tmp_path: Path, wider: Codebook) -> None:
    data = storage.read(sample_data.write_folder(tmp_path / "data", neighbour(tmp_path)), wider)
    asked = language.parse('count(case, perpetrator_group == "extra_familial")', data.codebook)
    assert quantities.evaluate(asked, data) == 2


def test_a_score_that_is_changed_changes_the_total(tmp_path: Path) -> None:
    before = "- {code: high, label: High, score: 3}"
    frame = edited(tmp_path, before, before.replace("3", "4"), "risk_factors.yaml")
    data = storage.read(sample_data.write_folder(tmp_path / "data"), frame)
    asked = language.parse("max(case, total_score)", data.codebook)
    # By hand: case A1 has a high rating and an earlier plan, 4 and 2.
    assert quantities.evaluate(asked, data) == 6


# -- what the files say, and no more -----------------------------------------------------------

LEFT_OUT = {
    "kind": "category", "section": "", "definition": "", "minimum": 0, "maximum": 0,
    "optional": False, "measure": "",
}  # fmt: skip
"""What an entry of a variable means where it is left out."""


def parsed(name: str) -> dict:
    """Read a file of the frame without the module that is tested."""
    return yaml.safe_load((paths.CODEBOOK / name).read_text(encoding="utf-8"))


def anew() -> Codebook:
    # Read within a test, so that mutation testing sees which tests depend on the reading.
    return codebook.load.__wrapped__(paths.CODEBOOK)


def categories_of(raw: list[dict]) -> list[codebook.Category]:
    return [
        codebook.Category(
            c["code"],
            c["label"],
            c.get("short", c["label"]),
            c.get("score", 0),
            if_used=c.get("if_used", False),
        )
        for c in raw
    ]


@pytest.mark.parametrize("raw", parsed(VARIABLES)["variables"], ids=lambda raw: raw["name"])
def test_a_variable_and_its_groups_are_what_the_file_says(raw: dict) -> None:
    frame = anew().whole
    found = frame.variables[raw["name"]]
    wanted = LEFT_OUT | {key: raw[key] for key in (*LEFT_OUT, "unit", "label") if key in raw}
    assert {key: getattr(found, key) for key in wanted} == wanted
    if found.kind != "study":
        assert list(found.categories) == categories_of(raw.get("categories", []))
    for group in raw.get("groups", ()):
        grouping = frame.groupings[group["name"]]
        told = (grouping.variable, grouping.label, grouping.section, list(grouping.categories))
        of_file = (group["label"], group["section"], categories_of(group["categories"]))
        assert told == (raw["name"], *of_file)


def test_factors_units_derived_variables_and_links_are_what_the_files_say() -> None:
    frame, raw, ratings = anew().whole, parsed(VARIABLES), parsed("risk_factors.yaml")
    assert frame.factors == tuple(item["code"] for item in ratings["factors"])
    for item in ratings["factors"]:
        found = frame.variables[item["code"]]
        told = (found.unit, found.kind, found.label, found.section, found.measure, found.definition)
        assert told == ("case", "rating", item["label"], item["section"], item["scale"], "")
        assert dict(found.formerly) == item.get("formerly", {})
        assert list(found.categories) == categories_of(ratings["scales"][item["scale"]]["levels"])
    for name, item in raw["units"].items():
        given = {"of": None, "id": None, **item}
        assert frame.units[name] == codebook.Unit(name, **given)
    assert list(frame.derived.values()) == [codebook.Derived(**item) for item in raw["derived"]]
    assert list(frame.linked) == [codebook.Linked(**item) for item in ratings["linked"]]
    assert list(frame.studies) == [codebook.Study(**i) for i in parsed("studies.yaml")["studies"]]
    years = [(item.code, item.label) for item in frame.variables["study"].categories]
    assert years == [(item.study, item.label) for item in frame.studies]


def test_a_frame_of_one_bare_variable_has_nothing_else() -> None:
    bare = {"name": "colour", "unit": "thing", "label": "Colour"}
    group = {"name": "shade", "label": "Shade", "categories": []}
    unit = {"label": "thing", "plural": "things", "table": "things"}
    frame = codebook.assemble({"units": {"thing": unit}, "variables": [bare]}, {}, ())
    found = frame.variables["colour"]
    assert {key: getattr(found, key) for key in LEFT_OUT} == LEFT_OUT
    assert (found.codes, dict(found.formerly)) == ((), {})
    assert (frame.factors, frame.linked, frame.studies) == ((), (), ())
    assert not frame.groupings
    assert not frame.derived
    grouped = {"units": {"thing": unit}, "variables": [{**bare, "groups": [group]}]}
    assert codebook.assemble(grouped, {}, ()).groupings["shade"].section == ""


def test_a_factor_may_have_a_definition() -> None:
    unit = {"label": "thing", "plural": "things", "table": "things"}
    factor = {"code": "noise", "label": "N", "scale": "s", "section": "2", "definition": "Loud."}
    ratings = {"scales": {"s": {"levels": []}}, "factors": [factor]}
    frame = codebook.assemble({"units": {"thing": unit}, "variables": []}, ratings, ())
    assert frame.variables["noise"].definition == "Loud."


def test_labels_are_found_by_name_and_code() -> None:
    # From variables.yaml, read by eye.
    assert FRAME.label("law_group") == "Law type"
    assert FRAME.label("law_group", "private") == "Private law"
    assert FRAME.label("involvement", "current") == "At the time of the incident"
    assert FRAME.label("total_score") == FRAME.label("total_score", 7) == "Overall risk rating"
    assert FRAME.label("age", 7) == "7"
    assert FRAME.variables["law"].label_of("both") == "Public and private law"


# -- the frame that ships ----------------------------------------------------------------------


def test_the_frame_holds_what_the_report_describes() -> None:
    """Section 2: 13 factors; Table 6: ten incidents; Table 7: thirteen; Table 1: five studies."""
    assert len(FRAME.factors) == 13
    assert len(FRAME.categories("incident")) == 10
    assert len(FRAME.categories("perpetrator")) == 13
    assert [item.study for item in FRAME.studies] == [2012, 2013, 2014, 2015, 2017]


def test_scores_are_those_of_the_report() -> None:
    """Section 3.4 and footnote 6: three for high, two for medium, one for low; a plan 3, 2, 0."""
    neglect = {item.code: item.score for item in FRAME.categories("neglect")}
    plan = {item.code: item.score for item in FRAME.categories("child_protection_plan")}
    assert neglect == {"high": 3, "medium": 2, "low": 1, "none": 0}
    assert plan == {"current": 3, "previous": 2, "no": 0}


@pytest.mark.parametrize("name", FRAME.groupings)
def test_every_value_is_in_exactly_one_group(name: str) -> None:
    grouping = FRAME.groupings[name]
    placed = [code for codes in grouping.members.values() for code in codes]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(FRAME.variables[grouping.variable].codes)


def test_every_variable_says_where_the_report_describes_it() -> None:
    named = (*FRAME.variables.values(), *FRAME.groupings.values(), *FRAME.derived.values())
    assert [item.name for item in named if not item.section] == []


def test_the_two_factors_that_were_renamed_carry_their_former_names() -> None:
    renamed = {name: FRAME.variables[name].formerly for name in FRAME.factors}
    assert {name for name, former in renamed.items() if former} == {
        "child_vulnerabilities", "parental_vulnerabilities",
    }  # fmt: skip


def test_a_member_may_be_asked_about_its_case_and_a_case_not_about_its_members() -> None:
    assert {"sex", "age_band", "law_group", "total_score"} <= set(FRAME.names("child"))
    assert not {"sex", "age", "role"} & set(FRAME.names("case"))


def test_a_value_that_is_not_known_has_a_label() -> None:
    assert FRAME.variables["age"].label_of(None) == "Not known"
    assert FRAME.variables["age"].label_of(7) == "7"


def test_a_datasets_own_studies_replace_those_that_ship() -> None:
    later = codebook.Study(2019, "2019", "2017-01", "2018-12")
    frame = FRAME.with_studies([later])
    assert frame.studies == (later,)
    assert frame.variables["study"].codes == (2019,)
    assert frame.label("study", 2019) == "2019"
    assert FRAME.variables["study"].codes == (2012, 2013, 2014, 2015, 2017)


# -- frames that make no sense -----------------------------------------------------------------


def test_a_category_without_a_group_is_named(tmp_path: Path) -> None:
    line = "      - {code: neighbour, label: Neighbour}\n"
    with pytest.raises(InputError, match="'neighbour' of perpetrator must be in one group"):
        edited(tmp_path, GRANDPARENT, GRANDPARENT + line)


def test_bands_that_overlap_are_named_with_both(tmp_path: Path) -> None:
    before = "- {code: 1_5, label: 1 to 5, from: 1, to: 5}"
    if before not in (paths.CODEBOOK / VARIABLES).read_text(encoding="utf-8"):
        before = before.replace("1_5", '"1_5"', 1)
    with pytest.raises(InputError) as caught:
        edited(tmp_path, before, before.replace("to: 5", "to: 6"))
    (failure,) = caught.value.failures
    assert failure.rule == "6 of age must be in one group of age_band."
    assert (failure.place, failure.value) == (VARIABLES, "1_5, 6_10")


def test_a_code_that_is_used_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        edited(tmp_path, GRANDPARENT, GRANDPARENT * 2)
    rule = "A code may be used once only."
    assert caught.value.failures == (
        Failure(rule, "codebook", column="perpetrator", value="extended_family"),
    )


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    lines = "      - {code: a, label: A}\n      - {code: b, label: B}\n"
    with pytest.raises(InputError) as caught:
        edited(tmp_path, GRANDPARENT, GRANDPARENT + lines)
    assert len(caught.value.failures) == 2


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^variables\.yaml: The file is not valid YAML: "):
        edited(tmp_path, GRANDPARENT, "      - {code: [}\n")


def test_a_folder_without_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no coding frame"):
        codebook.load(tmp_path)
