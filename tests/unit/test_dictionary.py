"""Does the data dictionary say what the codebook says?"""

from __future__ import annotations

from scrlib.coding import dictionary
from scrlib.report import coding_frame
from tally.data import layout

FRAME = coding_frame().whole
README = dictionary.README.read_text(encoding="utf-8")


def test_the_readme_holds_the_dictionary_of_this_codebook():
    inside = README.split(dictionary.BEGIN)[1].split(dictionary.END)[0]
    assert inside.strip() == dictionary.markdown(FRAME)


def test_every_column_and_every_code_stands_in_it():
    for table in layout.tables(FRAME).values():
        for column in table.columns:
            assert f"| `{column.name}` | {column.label} |" in README
            if column.name != "study":
                assert all(f"`{item.code}`" in README for item in column.categories)


def test_every_row_of_a_table_has_as_many_cells_as_its_header():
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    inside = [row for row in rows if row in dictionary.markdown(FRAME)]
    assert {row.replace("\\|", "").count("|") for row in inside} == {7}


def test_every_folder_of_data_is_described():
    for path in dictionary.README.parent.iterdir():
        if path.is_dir():
            assert f"`{path.name}/" in README
