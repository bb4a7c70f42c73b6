"""What an oracle said is kept, and asked for again where anything that it depends on has changed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.truth.answers import Answer, Answers
from tests.truth.definition import Definition


class Oracle(SimpleNamespace):
    """Knows a definition in each file but those that begin with `broken`, and counts what it is asked."""

    __name__ = "oracle"

    def __init__(self):
        super().__init__(asked=[], prepared=[])

    def prepare(self, project):
        self.prepared.append(project)

    def definitions(self, paths):
        self.asked += paths
        return {path: [Definition(path.stem, 1, "class")] for path in paths if not path.stem.startswith("broken")}

    def unseen(self, path):
        return {len(path.name)}


@pytest.fixture
def files(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    paths = [project / f"{name}.c" for name in ("one", "two", "broken", "three")]
    for path in paths:
        path.write_text(path.stem)
    return paths


def test_a_second_run_asks_nothing(files, tmp_path):
    first, again = Oracle(), Oracle()
    said = Answers(first, tmp_path / "kept").of(files, files[0].parent)
    assert said == Answers(again, tmp_path / "kept").of(files, files[0].parent)
    assert [path.stem for path in said] == ["one", "two", "three"]
    assert said[files[0]] == Answer([Definition("one", 1, "class")], {5})
    assert (first.asked, first.prepared) == (files, [files[0].parent])
    assert (again.asked, again.prepared) == ([], [])


def test_what_has_changed_is_asked_again(files, tmp_path, monkeypatch):
    Answers(Oracle(), tmp_path / "kept").of(files, files[0].parent)
    files[1].write_text("other")
    again = Oracle()
    Answers(again, tmp_path / "kept").of(files, files[0].parent)
    assert again.asked == [files[1]]
    monkeypatch.setenv("CPATH", "/elsewhere")
    Answers(again, tmp_path / "kept").of(files, files[0].parent)
    assert again.asked == [files[1], *files]


def test_an_ended_run_goes_on(files, tmp_path):
    class Ended(Oracle):
        def definitions(self, paths):
            if files[2] in paths:
                raise KeyboardInterrupt
            return super().definitions(paths)

    with pytest.raises(KeyboardInterrupt):
        Answers(Ended(), tmp_path / "kept").of(files, files[0].parent)
    again = Oracle()
    Answers(again, tmp_path / "kept").of(files, files[0].parent)
    assert again.asked == files[1:]


def test_without_a_folder_nothing_is_kept(files):
    oracle = Oracle()
    for _ in range(2):
        Answers(oracle, None).of(files, files[0].parent)
    assert oracle.asked == [*files, *files]
