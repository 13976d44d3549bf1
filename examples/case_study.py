"""The case study of the documentation, with all its numbers: from a log to a budget.

    python examples/case_study.py [--out DIR] [--invoices FILE]

Runs the Python of docs/case-study.md from top to bottom, so that what the page says and what this prints cannot differ. Reports are
written to DIR (default: case-study). With the invoices of the online retailer the last part runs too.
"""

import argparse
import os
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "case-study.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("case-study"))
    parser.add_argument(
        "--invoices", type=Path, help="online_retail_invoices.csv; not shipped"
    )
    options = parser.parse_args()
    if options.invoices:
        os.environ["CPM_ONLINE_RETAIL"] = str(options.invoices.resolve(strict=True))
    options.out.mkdir(parents=True, exist_ok=True)
    os.chdir(options.out)
    namespace: dict[str, object] = {}
    parts = re.finditer(
        r"^#+ (?P<title>[^\n]+)$|```python\n(?P<code>.*?)```",
        PAGE.read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    for part in parts:
        if part["title"]:
            print(f"\n{part['title']}\n{'-' * len(part['title'])}")
        else:
            exec(compile(part["code"], PAGE.name, "exec"), namespace)
    print(f"\nreports are in {Path.cwd()}")


if __name__ == "__main__":
    main()
