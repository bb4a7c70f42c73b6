"""Whether a licence, as a registry states it, lets anyone do what training does without conditions on the result."""

from __future__ import annotations

import re
from typing import Final

# Names as SPDX, PyPI's classifiers, npm and Debian's machine-readable copyright files spell them, folded.
_PERMISSIVE: Final = re.compile(
    r"^(mit(-0|-cmu|-style|-x11)?|mit license|the mit license( \(mit\))?|expat|x11|isc( license)?( \(iscl\))?|0bsd"
    r"|(new |modified |simplified |revised )?bsd([ -](0|1|2|3|4)[- ]?clause)?([ -](new|uc|like|style|license|variant))*"
    r"|bsd[- ][234]c?|[23]-clause bsd( license)?"
    r"|apache( software)?( license)?,?([ -]*(version )?v?[12](\.[01])?)?( license)?"
    r"|apache-2(\.0)?( with llvm-exception)?|asl ?2(\.0)?|python(-2\.0)?|psf(-2\.0)?|python software foundation license"
    r"|bsl-1\.0|boost( software license)?( 1\.0)?|unlicense|the unlicense( \(unlicense\))?|cc0(-1\.0)?|wtfpl|ncsa"
    r"|public[- ]domain|curl|openssl|postgresql( license)?|hpnd|historical permission notice and disclaimer( \(hpnd\))?"
    r"|zlib(/libpng)?|unicode(-3\.0|-dfs-2016)?|tcl|tcl-bsd|icu|libpng(-2\.0)?|blueoak-1\.0\.0|artistic-2\.0|zpl(-2\.1)?"
    r"|zope public license|ruby|w3c)$"
)


def is_permissive(stated: str) -> bool:
    """Judge an expression: of alternatives one must be permissive, of what applies together all must be."""
    folded = stated.strip().lower()
    if re.fullmatch(r"\([^()]*\)", folded):
        folded = folded[1:-1].strip()
    for splitter, judge in ((r"\s+or\s+|\s*\|\s*", any), (r"\s+and\s+|\s*,\s+(?!version)|\s*;\s*|\s*&\s*", all)):
        parts = re.split(splitter, folded)
        if len(parts) > 1:
            return judge(is_permissive(part) for part in parts)
    return bool(_PERMISSIVE.match(folded))
