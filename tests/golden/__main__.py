"""Write what the extractor says now into the golden cases: `python -m tests.golden [LANGUAGE ...]`; read the diff."""

from __future__ import annotations

import sys

from tests.golden.case import cases, rendered


def main() -> None:
    for case in cases():
        if len(sys.argv) > 1 and case.parent.name not in sys.argv[1:]:
            continue
        text = rendered(case)
        if text != case.read_bytes().decode():
            case.write_bytes(text.encode())
            print(f"{case.parent.name}/{case.name}")


if __name__ == "__main__":
    main()
