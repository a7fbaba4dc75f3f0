"""One home, opened: journal, bytes, catalogue. What reading commands need, and no more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property

from rhflow.app.author_files import AuthorFiles
from rhflow.app.clock import SystemClock
from rhflow.app.recollection import Recollection
from rhflow.catalog.model import Model
from rhflow.catalog.override import with_overrides
from rhflow.catalog.read import Catalog
from rhflow.catalog_files import load_catalog, read_blueprints, user_catalog
from rhflow.ground.errors import SettingsError, UsageError
from rhflow.language.free_form import PATH_OF_MODEL, drawn_model, form_of, free_model, uncatalogued
from rhflow.ports import Clock
from rhflow.providers.local.registry import local_models
from rhflow.providers.runninghub.site import read_site, realm_of
from rhflow.settings import Settings
from rhflow.store.alive import new_owner
from rhflow.store.blobs import LocalBlobs
from rhflow.store.holdings import Holdings
from rhflow.store.journal import Journal

SIMULATOR_REALM = "simulator"


class Session:
    """What every command has: settings, memory, catalogue."""

    def __init__(self, settings: Settings, *, read_only: bool, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.journal = Journal(settings.home, new_owner(), read_only=read_only)
        self.blobs = LocalBlobs(settings.home / "objects")
        self.holdings = Holdings(self.journal)
        self.memory = Recollection(self.journal, self.holdings, self.blobs)
        self.files = AuthorFiles(self.journal, may_remember=not read_only)

    @cached_property
    def catalog(self) -> Catalog:
        return full_catalog(self.settings)

    @property
    def realm(self) -> str:
        """What enters the keys of paid work."""
        return SIMULATOR_REALM if self.settings.provider == "simulator" else realm_of(self.settings.base_url)

    @property
    def currency(self) -> str:
        """What the far side bills in; the simulator's play money is the vendor's at home."""
        is_simulator = self.settings.provider == "simulator"
        return "CNY" if is_simulator else read_site(self.settings.base_url).currency

    def model(self, model_id: str) -> Model:
        """The model a plan names.

        Raises:
            UsageError: the catalogue has none of that name any more.
        """
        found = self.catalog.find(model_id)
        form = form_of(model_id)
        if found is None and form is not None:
            found = free_model(model_id, form)
        if found is None and form is None and PATH_OF_MODEL.fullmatch(model_id):
            return uncatalogued(model_id)  # a step that says `unchecked: true`; any other is refused later
        if found is None:
            raise UsageError(
                f"The catalogue has no model {model_id!r} any more", "Make a new plan: rhflow run …"
            )
        return found

    def close(self) -> None:
        self.journal.close()


def full_catalog(settings: Settings | None = None) -> Catalog:
    """Every model of the vendor, and the steps of this machine.

    With settings also the newer facts of the home, and what the settings say of single models.

    Raises:
        SettingsError: they speak of a model that is not there.
        StoreError: a catalogue file of the home cannot be read.
    """
    if settings is None:
        return load_catalog().with_models(local_models())
    drawn = [drawn_model(blueprint) for blueprint in read_blueprints(settings.home).values()]
    extra = [*local_models(), *(model for model in drawn if model is not None)]
    known = user_catalog(settings.home, load_catalog()).with_models(extra)
    try:
        return with_overrides(known, settings.models)
    except ValueError as error:
        raise SettingsError(f"A setting of a model makes no sense: {error}") from error


@contextlib.contextmanager
def session(settings: Settings, *, read_only: bool, clock: Clock | None = None) -> Iterator[Session]:
    """Open the home, and let go of it afterwards. `clock` is the machine's where none is given.

    Raises:
        StoreError: it cannot be opened.
    """
    opened = Session(settings, read_only=read_only, clock=clock)
    try:
        yield opened
    finally:
        opened.close()
