"""What a book was made of, for its last page."""

from __future__ import annotations

from scrlib import __version__
from scrlib.building import manifest
from scrlib.data.dataset import Dataset
from scrlib.escape import escape_markdown
from scrlib.showing import display


def text(dataset: Dataset) -> str:
    """Return the record of the build as Markdown.

    A chapter that is run by itself has no record: then only what the data and the package fix is
    told, so that the page is the same wherever it is made.
    """
    about = [
        f"- Version of the code: {__version__}",
        f"- Data: {escape_markdown(dataset.meta.title)} ({dataset.meta.kind})",
    ]
    record = manifest.current()
    if record is None:
        note = "Times, versions and fingerprints are shown in a book made by `scr build`."
        return "\n".join(about) + f"\n\n{note}"
    about += [f"- Built: {record.made}", f"- Commit: `{record.commit or 'not known'}`"]
    inputs = [[name, digest] for name, digest in record.inputs.items()]
    versions = [[name, version] for name, version in record.versions.items()]
    return "\n\n".join(
        (
            "\n".join(about),
            display.listing("Inputs", ("Part", "SHA-256"), inputs, anchor="inputs"),
            display.listing("Versions", ("Package", "Version"), versions, anchor="versions"),
        )
    )
