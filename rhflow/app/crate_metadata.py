"""`ro-crate-metadata.json`, written by the RO-Crate community's own library; nobody else names it.

The library (ro-crate-py, the package `rocrate`) comes with the extra `crate` and is loaded when something is
exported: it has no types, and brings an HTTP client and a template engine. It only ever writes, and only
metadata. Its own zip is not used: it packs a file from memory under its escaped name ("my%20film.yaml"),
deflates films, and looks into a folder called "None". Crates of others are read by `app/crate.py`.
"""

from __future__ import annotations

from typing import Any

from rhflow.ground.errors import UsageError
from rhflow.view.crate_entities import Entity, Told


class MetadataWriter:
    """The library, loaded.

    Raises:
        UsageError: it is not installed.
    """

    def __init__(self) -> None:
        try:
            from rocrate.model import ComputerLanguage, ContextEntity  # noqa: PLC0415  # an extra
            from rocrate.rocrate import ROCrate  # noqa: PLC0415
        except ImportError as error:
            raise UsageError(
                f"Exporting needs the package rocrate, which cannot be loaded here: {error}",
                "Install rhflow with its extra: pip install 'rhflow[crate]'. Importing works without it.",
            ) from error
        self._new_crate: Any = ROCrate
        self._new_language: Any = ComputerLanguage
        self._new_entity: Any = ContextEntity

    def document(self, told: Told) -> bytes:
        """The metadata of a run; equal bytes for equal runs."""
        crate = self._new_crate(version=told.spec)
        crate.metadata.extra_contexts.extend(told.contexts)
        for name, value in told.root.items():
            crate.root_dataset[name] = value
        language = crate.add(self._entity(self._new_language, crate, told.language))
        for name, properties in told.files.items():
            if name == told.workflow:
                crate.add_workflow(dest_path=name, properties=properties, main=True, lang=language)
            else:
                crate.add_file(dest_path=name, properties=properties)
        for entity in told.others:
            crate.add(self._entity(self._new_entity, crate, entity))
        return b"".join(data for _, data in crate.metadata.stream())

    def _entity(self, sort: Any, crate: Any, told: Entity) -> Any:
        return sort(crate, told["@id"], {name: value for name, value in told.items() if name != "@id"})
