"""Assistant: the core's one door. Every front door opens one and talks through it.

Opening reads the settings and nothing else; embedder, memory and model come up when they are first needed.
"""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from assistant.config import load_settings
from assistant.keys import Keys
from assistant.locations import locations
from memory.errors import UsageError
from memory.folders import private_folder, tighten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from assistant.chat import Chat
    from assistant.locations import Locations
    from assistant.models.base import ChatModel, ModelChoice, Progress
    from assistant.settings import Settings
    from memory.embeddings import Embedder
    from memory.memory import Memory
    from prompts import PromptSet


class Assistant:
    """Settings, memory and model of one run. Safe to use from several threads; close it at the end.

    Attributes:
        settings: of this run.
        locations: where everything lives.
    """

    def __init__(
        self,
        settings: Settings,
        where: Locations,
        environ: Mapping[str, str],
        *,
        model: str = "",
        background: bool = False,
    ) -> None:
        self.settings = settings
        self.locations = where
        self._environ = Keys(environ, where.keys_file)
        self._flag = model
        self._background = background
        self._lock = threading.RLock()
        self._embedder: Embedder | None = None
        self._memory: Memory | None = None
        self._model: ChatModel | None = None

    @classmethod
    def open(
        cls,
        environ: Mapping[str, str],
        *,
        model: str = "",
        overrides: Mapping[str, object] | None = None,
        background: bool = False,
    ) -> Self:
        """An assistant for this environment; reads the settings and touches nothing else.

        Args:
            environ: usually `os.environ`.
            model: the `--model` flag; wins over everything.
            overrides: other flags by dotted key, such as `{"memory.project": "garden"}`.
            background: keep the indexes up to date in a thread, for programs that stay open.

        Raises `ConfigError`.
        """
        where = locations(environ)
        return cls(load_settings(where, environ, overrides), where, environ, model=model, background=background)

    @cached_property
    def choice(self) -> ModelChoice:
        """Which chat model answers, and why. Raises `UsageError` for a name that cannot be."""
        from assistant.models.choose import choose

        return choose(self.settings, self._environ, self.locations.models, self._flag)

    @property
    def embedder(self) -> Embedder:
        """What embeds. Its files are pulled and loaded at its first use, or by `prepare`."""
        with self._lock:
            if self._embedder is None:
                from memory.embeddings import load_embedder

                self._embedder = load_embedder(self._choice_of_indexes[0], self.locations.models)
            return self._embedder

    @property
    def memory(self) -> Memory:
        """The memory, opened when it is first asked for.

        Raises `StorageError`, `JournalError`, `IndexMismatchError` or `UsageError`.
        """
        with self._lock:
            if self._memory is None:
                self._memory = self.open_memory()
            return self._memory

    @property
    def _choice_of_indexes(self) -> tuple[str, str]:
        """Embedder and store: what was set, or else what the memory was changed over to, or else the defaults."""
        from memory.journal.choices import chosen_at

        chosen = chosen_at(self.locations.journal)
        names, said = self.settings, self.settings.sources
        return (
            names.embeddings if "embeddings" in said or not chosen else chosen.embeddings,
            names.memory.store if "memory.store" in said or not chosen else chosen.store,
        )

    def open_memory(self, *, adopt_embedder: bool = False) -> Memory:
        """A memory of this assistant's own settings that the caller closes; for changing over to another embedder."""
        from memory.embeddings import load_embedder
        from memory.memory import Memory
        from memory.secrets import Screen
        from memory.types import Scope

        chosen = self.settings.memory
        memory = Memory.open(
            self.locations.data if self.incognito else private_folder(self.locations.data),
            embedder=self.embedder,
            store=self._choice_of_indexes[1],
            store_options=chosen.store_options,
            scope=Scope(chosen.profile, chosen.project),
            background=self._background,
            adopt_embedder=adopt_embedder,
            follow=lambda name: load_embedder(name, self.locations.models),
            look=self.incognito,
        )
        memory.journal.screen = Screen(chosen.secrets)
        return memory

    def tighten(self) -> str:
        """Make folders and files the user's alone (0700, 0600) where they are not; a sentence about it, or nothing.

        Model files are left as they are: they hold nothing of the user's.
        """
        where = self.locations
        folders = (where.data, where.state, where.cache, where.prompts)
        loose = tighten(folders, (where.config, where.config_file, where.keys_file))
        if not loose:
            return ""
        what = str(loose[0]) + (f" and {len(loose) - 1} more" if len(loose) > 1 else "")
        return f"Others on this machine could have opened {what}; now they are yours alone."

    def rebuild(self, progress: Progress | None = None) -> None:
        """Make all indexes anew from the journal with this run's embedder and store, then switch to them.

        The old ones serve until then. May be interrupted: the next one goes on from there.
        """
        from memory.journal import Journal
        from memory.registry import check_store
        from memory.upkeep.changeover import change_over

        embeddings, store = self._choice_of_indexes
        check_store(store)
        self.prepare(progress)
        data = private_folder(self.locations.data)
        journal = Journal.open(data / "journal.db")
        try:
            options = self.settings.memory.store_options
            change_over(journal, data, self.embedder, store, options, embeddings=embeddings, progress=progress)
        finally:
            journal.close()

    @property
    def incognito(self) -> bool:
        """Whether this run writes nothing to the disk."""
        return self.settings.memory.incognito

    @property
    def engine_log(self) -> Path:
        """Where an embedded engine logs; nowhere in an incognito run."""
        return Path(os.devnull) if self.incognito else self.locations.log_file

    @property
    def model(self) -> ChatModel:
        """The chat model; nothing of it is loaded before its `ready` is awaited."""
        with self._lock:
            if self._model is None:
                from assistant.models.create import create

                self._model = create(self.choice, self.settings, self._environ, self.locations.models, self.engine_log)
            return self._model

    async def change_model(self, name: str) -> None:
        """Answer with another chat model from now on. Raises `UsageError` for a wrong name; then all stays as it was.

        Chats that were made before keep the one that is closed here.
        """
        from assistant.models.choose import choose

        choose(self.settings, self._environ, self.locations.models, name)
        with self._lock:
            old, self._model, self._flag = self._model, None, name
            for cached in ("choice", "prompts"):
                self.__dict__.pop(cached, None)
        if old:
            await old.close()

    def other_model(self, name: str) -> ChatModel:
        """A chat model by name beside the chosen one; the caller closes it. Raises `UsageError` for a wrong name."""
        from assistant.models.choose import choose
        from assistant.models.create import create

        choice = choose(self.settings, self._environ, self.locations.models, name)
        return create(choice, self.settings, self._environ, self.locations.models, self.engine_log)

    @cached_property
    def prompts(self) -> PromptSet:
        """The wording for the chosen model. Raises `ConfigError` when a file of the user's is wrong."""
        import prompts
        from memory.errors import ConfigError

        try:
            return prompts.load(self.choice.profile, self.locations.prompts)
        except prompts.PromptError as error:
            raise ConfigError(error.message, error.hint) from error

    def prepare(self, progress: Progress | None = None) -> None:
        """Pull and load the embedder now. It blocks: call it in a thread. Raises `ArtifactError` or `ModelError`."""
        from memory.embeddings import load_embedder

        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(self._choice_of_indexes[0], self.locations.models, progress)
        self._embedder.embed(["ready"])

    def session_id(self, wanted: str) -> str:
        """The id of the session that is meant by an id, its beginning, or `last`. Raises `UsageError` for none."""
        if wanted != "last":
            return wanted if self.memory.is_branch(wanted) else self.memory.session(wanted).id
        if said := self.memory.journal.last_said(self.memory.scope):
            return said
        latest = self.memory.sessions(1)
        if not latest:
            raise UsageError("There is no last session: nothing was said yet.", "Leave out --session to start one.")
        return latest[0].id

    def chat(self, session: str | None = None, *, remember: bool = True, recall: bool = True) -> Chat:
        """A conversation.

        Args:
            session: id (or its beginning) of a session to go on with, or `last`; None starts a new one.
            remember: False keeps nothing of the conversation, as does an incognito run.
            recall: False recalls nothing.

        Raises `UsageError` for an unknown session, and what `memory`, `choice` and `prompts` raise.
        """
        from assistant.chat import Chat
        from memory.journal import new_id

        memory = self.memory
        found = self.session_id(session) if session else new_id()
        return Chat(
            memory=memory,
            model=self.model,
            prompts=self.prompts,
            settings=self.settings,
            session=found,
            remember=remember and not self.incognito,
            recall=recall and (self.settings.memory.incognito_recall or not self.incognito),
        )

    async def warm_up(self) -> None:
        """Have an embedded model read what all its prompts begin with; see `assistant.warmup`."""
        from assistant.warmup import warm_up

        await warm_up(self.model, self.prompts)

    async def aclose(self) -> None:
        """Let go of model and memory, from within an event loop."""
        model, self._model = self._model, None
        try:
            if model:
                await model.close()
        finally:
            await asyncio.to_thread(self._close_memory)

    def close(self) -> None:
        """Let go of model and memory. Doing it twice is allowed."""
        try:
            if self._model:
                worker = threading.Thread(target=lambda: asyncio.run(self.aclose()), name="recollect-close")
                worker.start()
                worker.join()
        finally:
            self._close_memory()

    def _close_memory(self) -> None:
        with self._lock:
            memory, self._memory = self._memory, None
        if memory:
            memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
