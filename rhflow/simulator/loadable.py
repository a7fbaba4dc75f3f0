"""Which files a node of a graph can load: uploads, LoRA files, and what saved graphs name."""

from __future__ import annotations

from rhflow.simulator.loras import Loras
from rhflow.simulator.shelf import Shelf, is_upload
from rhflow.simulator.workflows.library import Library


class Loadable:
    """The files of one account, as nodes see them."""

    def __init__(self, shelf: Shelf, loras: Loras, library: Library) -> None:
        self._shelf = shelf
        self._loras = loras
        self._named = library.names_of_files()

    def is_there(self, kind: str, name: str) -> bool:
        """Whether a node can load a file of that kind of input (`IMAGE_FILE`, `LORA_FILE`) and that name."""
        if kind == "LORA_FILE":
            return self._loras.is_there(name)
        if name.lower().startswith(("http://", "https://", "data:")) or name in self._named:
            return True
        return is_upload(name) and self._shelf.find(name) is not None
