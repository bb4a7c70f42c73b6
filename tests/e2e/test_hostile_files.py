"""Files that break indexers: each is reported where it belongs, and nothing else is harmed."""

from __future__ import annotations

import json
import os
import random

from tests.conftest import codeindex

RANDOM = random.Random(7)


def hostile(root):
    """Make the zoo; return what `status` must say of each path that is left out."""
    (root / "invalid_utf8.py").write_bytes(b"def before_invalid(): pass\n# \xff\xfe\ndef after_invalid(): pass\n")
    (root / "nul.py").write_bytes(b"def hidden_by_nul(): pass\n\0")
    (root / "huge.py").write_bytes(b"def in_huge(): pass\n" + b"# padding\n" * (3 * 1024 * 1024))
    words = ";".join(f"var v{number}=function(a,b){{return a+{number}}}" for number in range(20_000))
    (root / "bundle.js").write_text(words)
    (root / "deep.py").write_text("def deep(): pass\nx = " + "(" * 10_000 + ")" * 10_000 + "\ndef after_deep(): pass\n")
    (root / "deep.c").write_text("int first(void) { return 0; }\nvoid f(void) {" + "{" * 10_000 + "}" * 10_000 + "}\n")
    (root / "empty.py").write_bytes(b"")
    (root / "loop").symlink_to(root)
    (root / "dangling.py").symlink_to(root / "nowhere.py")
    os.mkfifo(root / "pipe.py")
    (root / "spaces and ünïcode.py").write_text("def in_strange_path(): pass\n")
    (root / os.fsdecode(b"bad_\xff_name.py")).write_text("def in_bad_name(): pass\n")
    return {
        "nul.py": "binary",
        "huge.py": "too_large",
        "bundle.js": "minified",
        "pipe.py": "not_regular",
        "dangling.py": "symlink",
    }


def test_each_hostile_file_costs_only_itself(home, project):
    expected = hostile(project)
    indexed = json.loads(codeindex(home, "index", "--json", cwd=project).stdout)
    assert indexed["freshness"]["complete"] is True
    assert indexed["freshness"]["failed_files"] == 0
    # Problems are told while a bridge has described the workspace, and afterwards.
    status = json.loads(codeindex(home, "status", "--json", cwd=project).stdout)
    reasons = {problem["path"]: problem["reason"] for problem in status["problems"]}
    assert expected.items() <= reasons.items()
    assert any(reason == "bad_name" for reason in reasons.values())
    found = {
        "before_invalid": 0, "after_invalid": 0, "deep": 0, "after_deep": 0, "first": 0, "in_strange_path": 0,
        "HttpResponse": 0, "hidden_by_nul": 1, "in_huge": 1, "in_bad_name": 1,
    }  # fmt: skip
    for name, code in found.items():
        assert codeindex(home, "search", f'"{name}"', cwd=project).returncode == code, name
