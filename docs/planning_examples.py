"""Make the rendered examples of docs/examples: `python docs/planning_examples.py`.

A plan of the sample company is drawn up and exported as anybody would, and printed by LibreOffice;
one page is kept as a picture too. Needs LibreOffice and poppler-utils.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
DAY = "2026-09-30"
MADE = {"plan.ja": ("A010", "ja", ".docx", 1), "plan.en": ("A014", "en", ".pptx", 5)}
"""For each example: account, language, kind of document, and the page kept as a picture."""
DOTS_PER_INCH = "80"


def main() -> None:
    """Make every example anew."""
    EXAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        tagayasu(workspace, "demo")
        for name, (account, language, ending, page) in MADE.items():
            drawn = tagayasu(
                workspace,
                "plan",
                "draft",
                account,
                "--as-of",
                DAY,
                "--language",
                language,
                "--json",
            )
            document = Path(folder) / f"{name}{ending}"
            plan = json.loads(drawn)["plan_id"]
            tagayasu(workspace, "plan", "export", plan, "--to", str(document))
            printed(document, page)


def printed(document: Path, page: int) -> None:
    """Keep the document as PDF, and one page of it as PNG."""
    profile = (document.parent / "office").as_uri()
    run("libreoffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf",
        "--outdir", str(EXAMPLES), str(document))  # fmt: skip
    run("pdftoppm", "-png", "-singlefile", "-r", DOTS_PER_INCH, "-f", str(page),
        str(EXAMPLES / f"{document.stem}.pdf"),
        str(EXAMPLES / f"{document.stem}.page{page}"))  # fmt: skip


def tagayasu(workspace: Path, *words: str) -> str:
    """What a command prints."""
    return run(sys.executable, "-m", "api.cli.main", "--workspace", str(workspace), *words)


def run(program: str, *arguments: str) -> str:
    """What a program prints; ends where it is not installed or fails."""
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"{program} is not installed.")
    command = [found, *arguments]
    done = subprocess.run(  # noqa: S603 - programs and arguments of our own
        command, check=True, capture_output=True, text=True, timeout=300, cwd=ROOT
    )
    return done.stdout


if __name__ == "__main__":
    main()
