"""What several files of unit tests share."""

from __future__ import annotations

import pytest

from scrlib.auditing.known import Knowledge


@pytest.fixture
def agreeing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let random cases stand for cases that agree with the report, which they do not."""
    monkeypatch.setattr(Knowledge, "broken", ())
