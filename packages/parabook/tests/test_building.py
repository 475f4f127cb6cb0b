"""Does a build give a whole book, or a clear error and the earlier book as it was?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import weather
from weather import contents, text, write_book, write_data, write_notebook

import parabook
from parabook import replace, run
from parabook.errors import BuildError, InputError

pytestmark = pytest.mark.slow
BUILDER = Path(weather.__file__)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Write the book's sources and a dataset of two days."""
    folder = tmp_path_factory.mktemp("sources")
    return write_book(folder / "root"), write_data(folder / "two.csv", days=2)


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    """Build the book once for the tests that only look at it."""
    root, data = sources
    out = tmp_path_factory.mktemp("out") / "html"
    return parabook.build(root, out, inputs={"data": data}, store=None)


def test_every_page_of_the_table_of_contents_stands_in_the_book(built):
    for page in ("index", "intro", "chapters/days", "chapters/about"):
        assert (built / f"{page}.html").is_file()


def test_one_book_is_built_from_many_datasets_and_one_parameter(sources, tmp_path):
    root, _ = sources
    datasets = ((3, 2017), (4, 2018), (6, 2018))
    for place, (days, year) in enumerate(datasets):
        data = write_data(tmp_path / f"{place}.csv", days=days, year=year)
        out = parabook.build(
            root, tmp_path / str(place), parameters={"year": year}, inputs={"data": data}
        )
        assert f"{days} days with rain in {year}" in text(out)


def test_without_input_the_book_is_about_its_own_data_in_their_folder(sources, tmp_path):
    out = parabook.build(sources[0], tmp_path / "html", store=None)
    assert "5 days with rain in 2017" in text(out)


def test_pages_show_the_values_and_the_name_of_the_input_but_not_where_it_lies(built, sources):
    shown = json.loads((built / "_sources" / "chapters" / "days.ipynb").read_text())
    assert "".join(shown["cells"][1]["source"]) == 'data = "two.csv"  # a CSV file\nyear = 2017'
    root, data = sources
    for name, raw in contents(built).items():
        for path in (str(root), str(data.parent), str(built.parent), "parabook-0"):
            assert path.encode() not in raw, f"{name} names {path}"


def test_cells_with_a_tag_are_dropped_if_asked(sources, tmp_path):
    root, data = sources
    kept = parabook.build(root, tmp_path / "kept", store=None)
    assert weather.ONLY_HERE in text(kept)
    dropped = parabook.build(
        root, tmp_path / "html", inputs={"data": data}, drop_tags=["first-edition"], store=None
    )
    assert weather.ONLY_HERE not in text(dropped)


def test_a_build_leaves_nothing_beside_the_book_and_its_sources_as_they_were(sources, tmp_path):
    root, data = sources
    before = contents(root)
    out = parabook.build(root, tmp_path / "html", inputs={"data": data}, store=None)
    assert [path.name for path in out.parent.iterdir()] == ["html"]
    assert contents(root) == before


def test_the_record_says_what_the_book_was_made_of_and_tells_nothing_of_the_data(built, sources):
    raw = (built / "manifest.json").read_text(encoding="utf-8")
    record = json.loads(raw)
    assert record["asked"] == {"data": "two.csv"}
    assert set(record["sources"]) >= {"book", "environment", "parabook"}
    assert record["made"].endswith("Z")
    from parabook import digest

    told = "".join(raw.decode("utf-8", "replace") for raw in contents(built).values())
    assert digest.of_file(sources[1]) not in told


def test_two_builds_give_the_same_bytes_but_for_the_time(sources, built, tmp_path):
    root, data = sources
    again = tmp_path / "elsewhere" / "book"
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "2017"}
    command = [sys.executable, BUILDER, root, data, again]
    subprocess.run(command, env={**os.environ, **elsewhere}, check=True, stdout=subprocess.DEVNULL)
    first, second = contents(built), contents(again)
    for files in (first, second):
        del files["manifest.json"], files[replace.MARK]
    assert first == second


def test_forked_and_ordinary_kernels_give_the_same_book(sources, built, tmp_path, monkeypatch):
    root, data = sources
    monkeypatch.setenv("PARABOOK_KERNELS", "ordinary")
    out = parabook.build(root, tmp_path / "html", inputs={"data": data}, store=None)
    assert contents(out / "_sources") == contents(built / "_sources")


@pytest.mark.skipif(not Path("/proc/net/tcp").is_file(), reason="reads open ports from /proc")
@pytest.mark.parametrize("kernels", ["forked", "ordinary"])
def test_a_kernel_listens_on_no_port_and_shows_what_its_forks_print(tmp_path, monkeypatch, kernels):
    root = write_book(tmp_path / "root")
    write_notebook(root, "days", LISTENING)
    monkeypatch.setenv("PARABOOK_KERNELS", kernels)
    shown = text(parabook.build(root, tmp_path / "html", store=None))
    assert "listens on 0" in shown
    assert "said by a fork" in shown


LISTENING = """
import os
from pathlib import Path

ours = set()
for path in Path("/proc/self/fd").iterdir():
    try:
        ours.add(os.readlink(path))
    except OSError:  # the listing itself
        pass
lines = [line.split() for name in ("tcp", "tcp6") for line in
         Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]]
print("listens on", sum(line[3] == "0A" and f"socket:[{line[9]}]" in ours for line in lines))
child = os.fork()
if not child:
    print("said by a fork", flush=True)
    os._exit(0)
_ = os.waitpid(child, 0)
import time
time.sleep(1)
"""


# -- hooks -----------------------------------------------------------------------------------------


def test_hooks_are_called_in_order_and_can_settle_edit_prepare_and_check(sources, tmp_path):
    called = []

    def settle(book):
        called.append("settle")
        return {"year": 2018}

    def edit(source):
        called.append("edit")
        (source / "intro.md").write_text("# Edited\n", encoding="utf-8")

    def prepare(book, folder):
        called.append(f"prepare {book.parameters['year']}")
        (folder / "plan").write_text("a plan")
        return {"RAIN_PLAN": str(folder / "plan")}

    def look(path):
        called.append(f"look {path.stem}")

    def check(book):
        called.append("check")
        assert "in 2018" in text(book)
        assert "Edited" in (book / "intro.html").read_text()

    parabook.build(
        sources[0], tmp_path / "html", store=None, before_building=[settle], after_staging=[edit],
        before_running=[prepare], after_running=[look], before_placing=[check],
    )  # fmt: skip
    assert called == ["settle", "edit", "prepare 2018", "look days", "look about", "check"]


def test_a_check_of_the_finished_book_keeps_it_from_its_place(sources, tmp_path):
    def refuse(book):
        raise BuildError("a number can be worked out")

    with pytest.raises(BuildError, match="worked out"):
        parabook.build(sources[0], tmp_path / "html", store=None, before_placing=[refuse])
    assert not list(tmp_path.iterdir())


def test_a_rehearsal_runs_every_notebook_and_changes_none(tmp_path):
    root = write_book(tmp_path / "root")
    for name in ("days", "about"):
        note = f"Path(os.environ['RAIN_NOTES'], '{name}').touch()"
        write_notebook(root, name, f"import os\nfrom pathlib import Path\n{note}\nprint(1)")
    before = contents(root)
    (notes := tmp_path / "notes").mkdir()
    found = parabook.rehearsed(parabook.Book(root), root, {"RAIN_NOTES": str(notes)})
    assert sorted(path.name for path in notes.iterdir()) == ["about", "days"]
    assert [cell["text"] for cell in found["days.ipynb"]["cells"][-1]["outputs"]] == [["1\n"]]
    assert contents(root) == before


# -- errors ----------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once_with_the_nearest_name(sources, tmp_path):
    with pytest.raises(InputError) as caught:
        parabook.build(
            sources[0], tmp_path / "html",
            parameters={"yaer": 2018}, inputs={"data": tmp_path / "none"},
        )  # fmt: skip
    said = str(caught.value)
    assert "no parameter 'yaer'. Did you mean 'year'?" in said
    assert f"no such file or folder: {tmp_path / 'none'}" in said
    assert caught.value.exit_status == 2
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_book_is_an_error_that_says_what_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"no _toc\.yml: name the folder of a Jupyter Book"):
        parabook.build(tmp_path)


def failing_book(folder: Path) -> Path:
    root = write_book(folder)
    write_notebook(root, "days", "raise ValueError('the notebook fails')")
    return root


def warning_book(folder: Path) -> Path:
    root = write_book(folder)
    (root / "intro.md").write_text("# Rain\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    return root


def pageless_book(folder: Path) -> Path:
    root = write_book(folder)
    (root / "intro.md").unlink()
    return root


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (failing_book, r"days\.ipynb: ValueError: the notebook fails"),
        (warning_book, r"intro\.md.*nowhere"),
        (pageless_book, "intro"),
    ],
)
def test_the_earlier_book_stands_when_a_build_fails(sources, tmp_path, built, broken, said):
    root, data = broken(tmp_path / "root"), sources[1]
    before = contents(built)
    with pytest.raises(BuildError, match=said) as caught:
        parabook.build(root, built, inputs={"data": data}, store=None)
    assert caught.value.exit_status == 1
    assert contents(built) == before
    assert [path.name for path in built.parent.iterdir()] == ["html"]


def test_data_that_change_during_the_build_are_not_published(sources, tmp_path, monkeypatch):
    data = write_data(tmp_path / "data.csv", days=2)
    really = run.run

    def change_and_run(*arguments, **settings):
        really(*arguments, **settings)
        write_data(data, days=3)

    monkeypatch.setattr(run, "run", change_and_run)
    with pytest.raises(BuildError, match="changed while"):
        parabook.build(sources[0], tmp_path / "html", inputs={"data": data}, store=None)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of resources")
@pytest.mark.parametrize("most", [20_000, 100_000])
def test_a_full_disk_is_an_error_in_a_sentence(sources, tmp_path, most):
    import resource

    root, data = sources

    def limit():
        # As on a full disk, writing fails part of the way through a file: of results, or of pages.
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        [sys.executable, BUILDER, root, data, tmp_path / "html"],
        preexec_fn=limit, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("could not be .*: .*File too large", done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error_in_words(sources):
    with pytest.raises(BuildError, match="Nothing can be written"):
        parabook.build(sources[0], "/proc/book/html", store=None)


def test_two_builds_at_once_give_one_book_and_one_clear_error(sources, tmp_path):
    root, data = sources
    command = [sys.executable, str(BUILDER), str(root), str(data), str(tmp_path / "html")]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1], errors
    assert "Another build" in "".join(errors)
    assert "2 days" in text(tmp_path / "html")
    assert [path.name for path in tmp_path.iterdir()] == ["html"]
