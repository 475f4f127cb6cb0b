"""Do fingerprints, records of builds and settled notebooks hold what they must and no more?"""

from __future__ import annotations

import copy
import subprocess
from dataclasses import replace

import pytest
from weather import notebook

from parabook import digest, notebooks, record
from parabook.record import Origin, Record

RECORD = Record({"year": 2017}, {"book": "a"}, {"Python": "3.11"}, "commit", "now", {"year": 2017})

# -- fingerprints ------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """Make a folder of two files, one in a folder of its own."""
    found = tmp_path / "folder"
    (found / "inner").mkdir(parents=True)
    (found / "a.csv").write_text("1", encoding="utf-8")
    (found / "inner" / "b.csv").write_text("2", encoding="utf-8")
    return found


def test_the_fingerprint_of_a_file_is_its_sha_256(tmp_path):
    # FIPS 180-2, appendix B.1.
    (tmp_path / "file").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest.of_path(tmp_path / "file") == expected


@pytest.mark.parametrize("change", ["text", "name", "place", "more", "less"])
def test_any_change_in_a_folder_changes_its_fingerprint(folder, change):
    before, file = digest.of_path(folder), folder / "inner" / "b.csv"
    if change == "text":
        file.write_text("3", encoding="utf-8")
    elif change == "name":
        file.rename(folder / "inner" / "c.csv")
    elif change == "place":
        file.rename(folder / "b.csv")
    elif change == "more":
        (folder / "c.csv").touch()
    else:
        file.unlink()
    assert digest.of_path(folder) != before


def test_scratch_files_do_not_change_a_fingerprint(folder):
    before = digest.of_path(folder)
    for name in ("__pycache__", ".ipynb_checkpoints", ".git"):
        (folder / name).mkdir()
        (folder / name / "file").touch()
    (folder / ".DS_Store").touch()
    assert digest.of_path(folder) == before


def test_texts_cut_in_other_places_have_another_fingerprint():
    assert digest.of_texts(["ab", "c"]) != digest.of_texts(["a", "bc"])


# -- records -----------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written(tmp_path):
    (tmp_path / "record.json").write_text(RECORD.text(), encoding="utf-8")
    assert record.load(tmp_path / "record.json") == RECORD


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"made": 1}', "not JSON", "[" * 100_000])
def test_a_file_that_is_no_record_is_taken_for_none(tmp_path, text):
    (tmp_path / "record.json").write_text(text, encoding="utf-8")
    assert record.load(tmp_path / "record.json") is None


def test_the_time_of_a_build_is_utc_and_can_be_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert record.now() == "1970-01-02T00:00:00Z"


def test_books_of_one_origin_have_one_key_whenever_they_are_made():
    origin = Origin(RECORD, {"data": "a"}, ("extra",))
    plain = origin.key("secret")
    assert replace(origin, record=replace(RECORD, made="later")).key("secret") == plain
    for name in ("asked", "sources", "versions"):
        other = replace(origin, record=replace(RECORD, **{name: {"another": "value"}}))
        assert other.key("secret") != plain, name
    assert replace(origin, inputs={"data": "b"}).key("secret") != plain
    assert replace(origin, extras=()).key("secret") != plain
    assert origin.key("another secret") != plain


def test_a_commit_says_whether_files_differ_from_it(tmp_path):
    def git(*arguments: str) -> str:
        given = ["-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *given], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "file").touch()
    git("add", "file")
    git("commit", "-q", "-m", "One file")
    assert record.commit(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "file").write_text("changed", encoding="utf-8")
    assert record.commit(tmp_path) == f"{git('rev-parse', 'HEAD')} with changes"


def test_sources_outside_a_repository_have_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert record.commit(tmp_path) == ""


def test_a_chapter_run_by_itself_has_no_record(monkeypatch):
    monkeypatch.delenv(record.VARIABLE, raising=False)
    assert record.current() is None


# -- notebooks ---------------------------------------------------------------------------------


def as_papermill_leaves_it() -> dict:
    found = copy.deepcopy(notebook("A chapter", "print(data)"))
    injected = copy.deepcopy(found["cells"][1])
    injected["metadata"]["tags"] = ["injected-parameters"]
    injected["source"] = 'data = "/home/analyst/cases"\nyear = 2015'
    found["cells"].insert(2, injected)
    for number, cell in enumerate(found["cells"]):
        cell["metadata"] |= {"papermill": {"duration": 0.1}, "execution": {"started": "now"}}
        cell["metadata"].setdefault("tags", [])
        if cell["cell_type"] == "code":
            cell["execution_count"] = number + 40
            result = {"output_type": "execute_result", "execution_count": number + 40}
            cell["outputs"] = [result | {"data": {"text/plain": "1"}, "metadata": {}}]
    found["metadata"] |= {
        "papermill": {"input_path": "/home/analyst/a.ipynb"},
        "language_info": {"name": "python", "version": "3.12.1"},
        "mystnb": {"kept": True},
    }
    return found


def test_a_settled_notebook_has_no_trace_of_its_run():
    text = str(notebooks.settled(as_papermill_leaves_it(), {"data": "cases", "year": 2015}))
    for trace in ("papermill", "/home/", "duration", "started", "injected", "3.12.1"):
        assert trace not in text


def test_a_settled_notebook_shows_the_values_it_was_run_with_and_keeps_comments():
    found = notebooks.settled(as_papermill_leaves_it(), {"data": 'a "b".xlsx', "year": 2015})
    source = "".join(found["cells"][1]["source"])
    assert source == 'data = "a \\"b\\".xlsx"  # a CSV file\nyear = 2015'


def test_a_settled_notebook_keeps_its_own_metadata_and_counts_its_cells_from_one():
    found = notebooks.settled(as_papermill_leaves_it())
    assert found["metadata"]["mystnb"] == {"kept": True}
    assert found["cells"][1]["metadata"] == {"tags": ["parameters"]}
    assert "tags" not in found["cells"][3]["metadata"]
    assert [cell.get("execution_count") for cell in found["cells"]] == [None, 1, None, 2]
    assert [
        cell["outputs"][0]["execution_count"] for cell in (found["cells"][1], found["cells"][3])
    ] == [1, 2]


def test_settling_twice_is_settling_once():
    once = notebooks.settled(as_papermill_leaves_it())
    assert notebooks.settled(copy.deepcopy(once)) == once


def test_settling_leaves_its_argument_as_it_was():
    given = as_papermill_leaves_it()
    before = copy.deepcopy(given)
    notebooks.settled(given, {"year": 2015})
    assert given == before
