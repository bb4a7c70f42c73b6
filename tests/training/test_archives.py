"""What is read of an archive."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from tools.semantic.archives import sources

SOURCE = "/** Adds two numbers. */ export function add(a: number, b: number) { return a + b; }"


def archive(folder, **members):
    path = folder / "one.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def source_map(**contents):
    return json.dumps({"sources": list(contents), "sourcesContent": list(contents.values())}).encode()


@pytest.mark.parametrize("name", ["../src/add.ts", "webpack://one/./src/add.ts", "../../../src/add.ts"])
def test_what_a_map_was_made_of_is_read_once_and_what_was_compiled_is_not(tmp_path, name):
    made = source_map(**{name: SOURCE})
    path = archive(tmp_path, **{"index.js": b"add()", "a.swift": b"add()", "a.js.map": made, "dist/b.mjs.map": made})
    found = [(place.split("/", 1)[-1], content) for place, _, content in sources([path])]
    assert found[0] == (found[0][0], SOURCE.encode())
    assert found[0][0].endswith("add.ts")
    assert [place for place, _ in found].count(found[0][0]) == 1
    assert found[1:] == [("a.swift", b"add()")]


def test_other_packages_in_a_map_are_not_read(tmp_path):
    made = source_map(**{"../node_modules/other/add.ts": SOURCE})
    assert list(sources([archive(tmp_path, **{"dist/a.js.map": made})])) == []


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"sources": ["a.ts"], "sourcesContent": [null]}'])
def test_a_broken_map_costs_itself(tmp_path, broken):
    assert [place for place, _, _ in sources([archive(tmp_path, **{"a.js.map": broken, "b.js": b"b()"})])] == ["b.js"]
