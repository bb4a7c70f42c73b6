"""The bridge leaves out exactly the files that the daemon would pass over."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bridge.workspace.sources import is_source_of
from grpc_backend.extract import detect
from grpc_backend.rpc.wire import sources_to

IS_SOURCE = is_source_of(sources_to(detect.sources()))
ENDINGS = st.sampled_from([*detect.sources().extensions, "PY", "Rs", "txt", "", "dts", "C", "H"])
STEMS = st.sampled_from([*detect.sources().names, *detect.sources().other_names, "a", "", ".", "README", "a.b"])


@given(st.sampled_from(["", "folder/", "a.py/", ".hidden/"]), st.one_of(STEMS, st.text(max_size=8)), ENDINGS)
@example("", ".bashrc", "")
@example("x/", "package-lock", "json")
def test_the_rule_is_the_daemons(folder, stem, ending):
    for name in (stem, f"{stem}.{ending}"):
        path = folder + name.replace("/", "")
        assert IS_SOURCE(path) == bool(detect.dialect_of(path)), path
