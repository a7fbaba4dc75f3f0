"""What the acts of a graph work with: the renderer, a folder per node, the files that were given."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name

from PIL import Image, ImageOps

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.order import Order, Render, Rendered, RenderFailed
from rhflow.simulator.workflows.graph import Node
from rhflow.simulator.workflows.values import MEDIA, Film, NodeFailed, Pictures, Prompt, Sound, Take, Value

_OPENER = "rhflow.simulator.renders.picture:open_picture"


@dataclass(slots=True)
class Studio:
    """One graph being carried out."""

    order: Order
    render: Render
    name: str
    """Of the workflow, for captions."""
    metadata: JsonObject | None = None
    """What is written into pictures that are saved."""
    saved: list[Rendered] = field(default_factory=list)
    _count: int = 0

    def given(self, node: Node, field_name: str) -> Path:
        """The file that an input names.

        Raises:
            NodeFailed: it could not be fetched.
        """
        files = self.order.media.get(f"{node.id}.{field_name}", [])
        if not files:
            raise NodeFailed(f"The file {node.inputs.get(field_name)} is not there", "FileNotFoundError")
        return Path(files[0])

    def file(self, node: Node, suffix: str) -> Path:
        """A fresh file of a node."""
        self._count += 1
        folder = Path(self.order.folder) / f"node-{node.id}".replace("/", "_")
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self._count}.{suffix}"

    def draw(
        self,
        node: Node,
        task: str,
        output: str,
        arguments: dict[str, Json],
        media: dict[str, tuple[Path, ...]] | None = None,
        tool: str = "",
    ) -> list[Rendered]:
        """Have the renderer do a node's part.

        Raises:
            NodeFailed: it could not.
        """
        folder = self.file(node, "d")
        outcome = self.render(
            Order(
                endpoint=f"{self.name}/{tool}" if tool else self.name,
                task=task,
                output=output,
                arguments=arguments,
                media={key: [str(file) for file in files] for key, files in (media or {}).items() if files},
                folder=str(folder),
                quick=self.order.quick,
            )
        )
        if isinstance(outcome, RenderFailed):
            raise NodeFailed(outcome.message)
        return outcome

    def draw_files(
        self,
        node: Node,
        task: str,
        output: str,
        arguments: dict[str, Json],
        media: dict[str, tuple[Path, ...]] | None = None,
        tool: str = "",
    ) -> tuple[Path, ...]:
        """The same for media.

        Raises:
            NodeFailed: it could not, or made nothing.
        """
        drawn = self.draw(node, task, output, arguments, media, tool)
        files = tuple(Path(item.path) for item in drawn if item.path)
        if not files:
            raise NodeFailed("The node made nothing")
        return files

    def save(self, node: Node, path: Path, suffix: str) -> None:
        """Hand in a result."""
        self.saved.append(Rendered(str(path), suffix, node=node.id))


def open_picture(path: Path) -> Image.Image:
    """A picture as RGB, upright, without the caption that our renderer wrote on it.

    Raises:
        NodeFailed: it is none, or a broken one.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            if not _carries_more(opened):
                return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NodeFailed(f"cannot identify image file {path.name!r}", "PIL.UnidentifiedImageError") from error
    # Found when first used: the drawing code is large, and most that import this draw nothing.
    cleaned: Image.Image = resolve_name(_OPENER)(path)
    return cleaned


def _carries_more(picture: Image.Image) -> bool:
    """Whether something came with the pixels under which the caption may be."""
    return bool(getattr(picture, "private_chunks", None) or {"comment", "xmp"} & set(picture.info))


def as_prompt(value: Value) -> Prompt:
    """Words, from whatever came along the link."""
    if isinstance(value, Prompt):
        return value
    if isinstance(value, Pictures):
        return Prompt(pictures=value.files)
    return Prompt(text_of(value))


def text_of(value: Value) -> str:
    """A value as text; media and models have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def number(value: Value, default: float) -> float:
    """A value as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return float(text_of(value) or default)
    except ValueError:
        return default


def pictures_of(value: Value) -> tuple[Path, ...]:
    """The files of a batch of pictures.

    Raises:
        NodeFailed: it is something else.
    """
    if not isinstance(value, Pictures):
        raise NodeFailed(f"Expected images, got {_what(value)}", "TypeError")
    return value.files


def sound_of(value: Value) -> Path | None:
    """The file of a sound; None where there is none."""
    return value.file if isinstance(value, Sound) else None


def first_medium(values: dict[str, Value]) -> Value:
    """What a node that nobody knows hands on: a medium, else anything."""
    media = [value for value in values.values() if isinstance(value, MEDIA)]
    return media[0] if media else next((value for value in values.values() if value is not None), None)


def _what(value: Value) -> str:
    names = {Film: "a video", Take: "video frames", Sound: "audio", Prompt: "a conditioning", str: "a text"}
    return names.get(type(value), "something else")
