"""What training must never see, since it decides how good the result is: by package, and by sentence.

By package: the names below in every registry (their forks, types and bindings included), and the crates that most
others in Debian depend on. By sentence: see `fetch_sentences`.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from functools import cache
from typing import Final

COMMON_CRATES: Final = 300

# The suites' corpora, and the repositories of semble's benchmark.
_NAMES: Final = """
cpython python3 python django scipy three effect golang rustc rust-std openjdk networkx sqlalchemy celery rxjs date-fns
lodash underscore aiohttp fastapi flask httpx model2vec pydantic requests starlette axios express redux gin cobra chi
gson commons-lang commons-lang3 jackson-databind guzzle monolog laravel illuminate sinatra rack rails tokio trpc
messagepack-csharp ktor cats alamofire click serde zod nlohmann-json json phoenix axum vitest newtonsoft-json dapper
kotlinx-coroutines exposed circe http4s vapor snapkit plug ecto abseil fmtlib fmt curl redis libuv bats aeson
telescope.nvim lazy.nvim zig nvm bash-it pandoc xmonad mini.nvim zls zig-clap actionpack actionview activerecord
activesupport railties activemodel actioncable actionmailer activejob fp-ts rxjava
""".split()
_PREFIXES: Final = r"(golang-github-[a-z0-9]+-|golang-|ruby-|rust-|librust-|php-|lib|python3?-|@types/|haskell-|node-)?"
_SUFFIXES: Final = r"([0-9.]*|-java|-es|-dev|-core|-macros|-json|\.js|-doc)?"
_HELD_OUT: Final = re.compile(
    rf"^({_PREFIXES}({'|'.join(map(re.escape, _NAMES))}){_SUFFIXES}"
    r"|@(trpc|vitest|effect|reduxjs)/.*|serde[-_].*|tokio-.*)$"
)


def is_held_out(registry: str, name: str) -> bool:
    """Whether a package is one of those that decide, or of the same project."""
    folded = name.lower()
    if registry == "debian" and folded.startswith("rust-") and folded in common_crates():
        return True
    return bool(_HELD_OUT.match(folded))


@cache
def common_crates() -> frozenset[str]:
    """Debian's source packages of the crates that most other crates there depend on."""
    listed = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    counts: Counter[str] = Counter()
    for stanza in listed.split("\n\n"):
        if not stanza.startswith("Package: librust-"):
            continue
        depends = re.search(r"^Depends: (.*)$", stanza, re.MULTILINE)
        counts.update({_crate(one) for one in re.findall(r"librust-[a-z0-9.+-]+-dev", depends[1] if depends else "")})
    return frozenset(f"rust-{crate}" for crate, _ in counts.most_common(COMMON_CRATES))


def _crate(package: str) -> str:
    """A crate's name out of `librust-NAME[-VERSION][+FEATURE]-dev`."""
    bare = package.removeprefix("librust-").removesuffix("-dev").split("+")[0]
    return re.sub(r"-[0-9.]+$", "", bare)
