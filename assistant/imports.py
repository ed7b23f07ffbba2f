"""An import that came through a door: one at a time, in the background, whole or not at all.

Whoever works on one says so every few seconds. One of which nothing was heard for a while has died
with its process: it counts as failed, and the workspace is as it was.
"""

from __future__ import annotations

import contextvars
import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
import structlog

from crm.audit import Audit, Noted
from crm.database import alone, aware, clean, utc, utc_now
from crm.errors import ConflictedError, InputError, NotAllowedError, NotFoundError, TagayasuError
from crm.importer import ImportReport, import_folder
from crm.mapping import load_mapping
from crm.scope import Principal
from crm.uploads import Sent, unpack

FOLDER = "uploads"
_BEAT_SECONDS = 3.0
_DEAD = timedelta(seconds=20)
_LOCK = 7_406_013
_LEFT_SECONDS = 24 * 3600
_FILES = 200
"""Characters of the names of what was sent that are kept."""
log = structlog.get_logger(__name__)

Status = Literal["running", "done", "failed"]

metadata = sa.MetaData()
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("doing", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("report", sa.Text),
    sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
    sa.Column("seen_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
)


class RunningError(ConflictedError):
    """Another import is running: there is one at a time."""


@dataclass(frozen=True)
class Import:
    """An import and what became of it: `report` when it is done, `reason` when it failed."""

    id: str
    person: str
    file: str
    dry_run: bool
    status: Status
    doing: str
    reason: str | None
    report: dict[str, Any] | None
    begun_at: datetime
    ended_at: datetime | None


class Imports:
    """The imports of a workspace that came through a door, shared by every process."""

    def __init__(self, engine: sa.Engine, workspace: Path, audit: Audit) -> None:
        self._engine, self._workspace, self._audit = engine, workspace, audit

    def begin(
        self, who: Principal, sent: Iterable[Sent], mapping: bytes, *, dry_run: bool
    ) -> Import:
        """Take in what was sent and begin to import it; it goes on after this returns.

        Raises NotAllowedError for anybody but an admin, InputError when what was sent cannot be
        used at all, RunningError while another import runs.
        """
        who.ensure_may_write()
        if "admin" not in who.roles:
            raise NotAllowedError("Only an admin may import.", "Ask an admin of your company.")
        id_ = secrets.token_hex(8)
        folder = self._workspace / FOLDER / id_
        try:
            names = unpack(sent, folder / "export")
            (folder / "mapping.yaml").write_bytes(mapping)
            try:
                load_mapping(folder / "mapping.yaml")
            except TagayasuError as error:
                raise InputError(_outside(error.what, folder), error.remedy) from None
            self._claim(id_, who, ", ".join(names), dry_run)
            self._sweep()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        context = contextvars.copy_context()
        work = (self._work, id_, folder, who, dry_run)
        # A server that is stopped does not wait for it: an import that is cut off did nothing.
        threading.Thread(target=context.run, args=work, name=f"import-{id_}", daemon=True).start()
        return self.of(id_)

    def of(self, id_: str) -> Import:
        """An import by its id, with its whole report; NotFoundError when there is none."""
        self._bury()
        with self._engine.connect() as con:
            row = con.execute(sa.select(imports).where(imports.c.id == id_)).mappings().first()
        if row is None:
            raise NotFoundError("There is no such import.", "List them.")
        return _import(row)

    def page(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Import]:
        """The imports without their reports, the newest first; those behind a moment and an id."""
        self._bury()
        columns = [c for c in imports.c if c.name != "report"]
        query = sa.select(*columns, sa.null().label("report"))
        if after is not None:
            moment, id_ = utc(after[0]), after[1]
            same = (imports.c.begun_at == moment) & (imports.c.id > id_)
            query = query.where((imports.c.begun_at < moment) | same)
        query = query.order_by(imports.c.begun_at.desc(), imports.c.id).limit(limit)
        with self._engine.connect() as con:
            return [_import(row) for row in con.execute(query).mappings()]

    def _claim(self, id_: str, who: Principal, file: str, dry_run: bool) -> None:
        """Be the one import that runs."""
        now = utc_now()
        row = {
            "id": id_, "person": who.person_id, "file": clean(file)[:_FILES], "dry_run": dry_run,
            "status": "running", "doing": "", "begun_at": now, "seen_at": now,
        }  # fmt: skip
        with self._engine.begin() as con:
            alone(con, _LOCK)
            con.execute(_dead())
            running = sa.select(imports.c.id).where(imports.c.status == "running")
            if con.scalar(running) is not None:
                raise RunningError("Another import is running.", "Wait until it has ended.")
            con.execute(sa.insert(imports).values(row))

    def _sweep(self) -> None:
        """Remove what processes that died have left of what was sent to them."""
        for folder in (self._workspace / FOLDER).iterdir():
            if time.time() - folder.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    def _bury(self) -> None:
        with self._engine.begin() as con:
            con.execute(_dead())

    def _work(self, id_: str, folder: Path, who: Principal, dry_run: bool) -> None:
        """Import, and say what became of it; what was sent is gone before that is told."""
        ended = threading.Event()
        doing = [""]
        beat = threading.Thread(target=self._beat, args=(id_, ended, doing), daemon=True)
        beat.start()
        report: str | None = None
        reason: str | None = None
        try:
            found = import_folder(
                folder / "export", folder / "mapping.yaml", self._workspace, dry_run=dry_run,
                progress=lambda at, _done: doing.__setitem__(0, at),
            )  # fmt: skip
            self._audit.record(who, noted(found))
            report = json.dumps(report_json(found), default=str)
        except TagayasuError as error:
            reason = _outside(f"{error.what} {error.remedy}".strip(), folder)
        except Exception as error:  # noqa: BLE001 - a door: the id goes out, the rest stays here
            log_id = secrets.token_hex(6)
            log.error("import_failed", log_id=log_id, error=type(error).__name__)
            reason = f"Something went wrong (log id {log_id})."
        shutil.rmtree(folder, ignore_errors=True)
        ended.set()
        self._end(id_, "failed" if report is None else "done", reason=reason, report=report)

    def _beat(self, id_: str, ended: threading.Event, doing: list[str]) -> None:
        while not ended.wait(_BEAT_SECONDS):
            alive = sa.update(imports).where(imports.c.id == id_, imports.c.status == "running")
            try:
                with self._engine.begin() as con:
                    con.execute(alive.values(seen_at=utc_now(), doing=clean(doing[0])))
            except sa.exc.SQLAlchemyError as error:
                log.warning("import_not_heard", error=type(error).__name__)

    def _end(
        self, id_: str, status: Status, *, reason: str | None = None, report: str | None = None
    ) -> None:
        said = {"status": status, "reason": reason, "report": report}
        ended = sa.update(imports).where(imports.c.id == id_)
        with self._engine.begin() as con:
            con.execute(ended.values(ended_at=utc_now(), doing="", **said))


def noted(report: ImportReport) -> Noted:
    """An import as the audit log has it: which snapshot, and how many rows."""
    counts = {t.table: [t.read, t.accepted, t.rejected] for t in report.tables}
    said = {"dry_run": report.dry_run, "unchanged": report.unchanged}
    return Noted("import", f"snapshot:{report.snapshot}", {**said, "rows": counts})


def report_json(report: ImportReport) -> dict[str, Any]:
    """The whole report as JSON, without the places on the server's disk."""
    whole = asdict(report)
    return {k: v for k, v in whole.items() if not k.endswith("_file")}


def _dead() -> sa.Update:
    """Those that died with their process are failed."""
    lost = (imports.c.status == "running") & (imports.c.seen_at < utc_now() - _DEAD)
    reason = "The server was stopped while it ran; the workspace is as it was. Import again."
    return sa.update(imports).where(lost).values(status="failed", reason=reason, ended_at=utc_now())


def _outside(text: str, folder: Path) -> str:
    """A sentence without the places on the server's disk."""
    for place in (folder / "export", folder):
        text = text.replace(f"{place}/", "").replace(str(place), "what was sent")
    return text


def _import(row: sa.RowMapping) -> Import:
    kept = {key: row[key] for key in ("id", "person", "file", "status", "doing", "reason")}
    return Import(
        **kept,
        dry_run=bool(row["dry_run"]),
        report=json.loads(row["report"]) if row["report"] else None,
        begun_at=aware(row["begun_at"]),
        ended_at=row["ended_at"] and aware(row["ended_at"]),
    )
