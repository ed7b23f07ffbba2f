"""Writes the synthetic sample company: the same bytes on every machine, from the seed alone.

Run `python examples/sample_company/generate.py [--out DIR]`.
"""

import argparse
from pathlib import Path

from generator import build
from generator.tables import write_tables

DATA = Path(__file__).parent / "data"


def generate() -> dict[str, list[dict[str, str]]]:
    """All seventeen canonical tables by name, every cell as the text the CSV holds."""
    return build()


def write(out: Path) -> None:
    """Writes one CSV per table into the folder."""
    write_tables(generate(), out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the synthetic sample company as CSV.")
    parser.add_argument("--out", type=Path, default=DATA, help="folder for the CSV files")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
