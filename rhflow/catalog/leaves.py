"""Leaves inside arguments: what a reference or a medium promises, against what a parameter takes.

`LeafCheck.replace` gives the value with every leaf replaced by something a JSON Schema can
look at, collects complaints about the leaves, and remembers the spots nobody can judge yet.
"""

from __future__ import annotations

from rhflow.catalog.complaint import Complaint
from rhflow.catalog.model import Param
from rhflow.catalog.schema import one_format
from rhflow.ground.diagnostics import Severity
from rhflow.ground.media import Kind, kind_of_suffix
from rhflow.ground.references import (
    FACT_WORDS,
    LIST_WORDS,
    OUTPUT_WORDS,
    BlobMedia,
    Deferred,
    FileMedia,
    Media,
    Ref,
    Resolved,
    UrlMedia,
)
from rhflow.ground.values import Json, Path, path_text

_MEGABYTE = 1024 * 1024
_WITH_ARTICLE = {
    Kind.IMAGE: "an image",
    Kind.VIDEO: "a video",
    Kind.AUDIO: "a sound",
    Kind.TEXT: "text",
    Kind.MODEL3D: "a 3D model",
}
_SUBTYPES = {"JPEG": "JPG", "QUICKTIME": "MOV", "MPEG": "MP3", "X-WAV": "WAV", "WAVE": "WAV", "X-M4A": "M4A"}


def is_one_medium(value: Resolved) -> bool:
    """A leaf that stands for exactly one thing, so never for a list."""
    return isinstance(value, FileMedia | UrlMedia | BlobMedia) or (
        isinstance(value, Ref) and value.output in OUTPUT_WORDS
    )


def is_list_of_media(value: Resolved) -> bool:
    """A list, or a reference that becomes one."""
    return isinstance(value, list) or (isinstance(value, Ref) and value.output in LIST_WORDS)


class LeafCheck:
    """One pass over one argument.

    `gaps`: a list may hold nulls where a step was skipped (steps on this machine leave them out).
    """

    def __init__(self, param: Param, *, gaps: bool = False) -> None:
        self.found: list[Complaint] = []
        self.open: set[Path] = set()
        """Spots that stand for a value nobody knows yet."""
        self._param = param
        self._gaps = gaps
        self._undocumented = param.type in ("array", "object") and not param.enum
        self._any_medium = param.type == "string" and bool(param.accept)

    def replace(self, value: Resolved, path: Path) -> Json:
        """The value without leaves; a spot in `open` holds null."""
        match value:
            case dict():
                return {key: self.replace(item, (*path, key)) for key, item in value.items()}
            case list():
                return [self.replace(item, (*path, index)) for index, item in enumerate(value)]
            case Deferred():
                self.open.add(path)
                return None
            case Ref():
                self.open.add(path)
                self._reference(value, path)
                return None
            case FileMedia() | UrlMedia() | BlobMedia():
                self.open.add(path)
                self._medium(value, path)
                return None
            case None if self._gaps and len(path) > 1:
                self.open.add(path)
                return None
            case str() if self._param.kind is not None:
                self._plain(value, path)
                return value
            case _:
                return value

    def _complain(
        self, path: Path, name: str, message: str, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        self.found.append(Complaint(path, message, name, hint, severity))

    def _reference(self, ref: Ref, path: Path) -> None:
        param, where = self._param, path_text(path)
        if ref.output in LIST_WORDS:
            kind = OUTPUT_WORDS[LIST_WORDS[ref.output]]
            if len(path) == 1 and not (param.multiple or param.multiple_uncertain or param.type == "array"):
                self._complain(path, "argument-type", f"{where} wants {self._wanted()}, not a list")
            elif len(path) > 1 and param.kind is not None:
                hint = f"write it without the brackets around it: {param.name}: ${{{{ … }}}}"
                self._complain(path, "media-list", f"{where} is a list inside a list", hint)
            elif kind is not None:
                self._kind(kind, path)
        elif ref.output in OUTPUT_WORDS:
            kind = OUTPUT_WORDS[ref.output]
            if len(path) == 1 and param.type == "array":
                self._complain(path, "argument-type", f"{where} wants a list", f"write {param.name}: [ … ]")
            elif kind is not None:
                self._kind(kind, path)
        elif ref.output in FACT_WORDS and param.kind is not None:
            message = f"{where} wants {_WITH_ARTICLE[param.kind]}; {ref.output} is none"
            self._complain(path, "media-kind", message)

    def _kind(self, kind: Kind, path: Path) -> bool:
        """Complain where the kind is not the one the spot takes."""
        param = self._param
        if param.kind is not None:
            fits = kind is param.kind
        elif self._undocumented or (self._any_medium and kind is not Kind.TEXT):
            fits = True
        else:
            fits = kind is Kind.TEXT and param.type in ("string", "enum", "array")
        if not fits:
            name = "argument-type" if param.kind is None and kind is Kind.TEXT else "media-kind"
            message = f"{path_text(path)} wants {self._wanted()}, not {_WITH_ARTICLE[kind]}"
            self._complain(path, name, message)
        return fits

    def _wanted(self) -> str:
        param = self._param
        if param.kind is not None:
            return _WITH_ARTICLE[param.kind]
        return {
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
            "enum": "one of its options",
            "array": "one of its options",
        }.get(param.type, "text")

    def _medium(self, medium: Media, path: Path) -> None:
        if not self._kind(medium.kind, path):
            return
        match medium:
            case FileMedia():
                self._format(_suffix(medium.path), _last(medium.path), path, "error")
                if medium.bytes is not None:
                    self._size(medium.bytes, _last(medium.path), path)
            case BlobMedia():
                self._format(medium.suffix, "this result", path, "warning")
            case UrlMedia() if medium.url.startswith("data:"):
                self._data(medium.url, path)
            case UrlMedia():
                address = _address(medium.url)
                self._format(_suffix(address), _last(address), path, "warning")

    def _format(self, suffix: str, what: str, path: Path, severity: Severity) -> None:
        """Complain of a format the vendor does not list; what a bare URL promises is only a warning."""
        accept = list(dict.fromkeys(one_format(word) for word in self._param.accept))
        shown = one_format(suffix)
        if accept and suffix and shown not in accept:
            message = f"{path_text(path)} takes {' or '.join(accept)}; {what} is {shown}"
            self._complain(path, "media-format", message, f"convert it to {accept[0]}", severity)

    def _size(self, count: int, what: str, path: Path) -> None:
        limit = self._param.max_size_mb
        if limit is not None and count > limit * _MEGABYTE:
            message = f"{path_text(path)} takes at most {limit:g} MB; {what} has {count / _MEGABYTE:.1f} MB"
            self._complain(path, "media-size", message, "make it smaller")

    def _data(self, url: str, path: Path) -> None:
        head, _, body = url.partition(",")
        mime = head.removeprefix("data:").split(";", 1)[0]
        subtype = mime.rpartition("/")[2].upper()
        self._format(_SUBTYPES.get(subtype, subtype), "the data URI", path, "error")
        if head.endswith(";base64"):
            self._size(len(body) * 3 // 4, "the data URI", path)

    def _plain(self, text: str, path: Path) -> None:
        """A string nobody has looked at yet: only its promise of a kind is judged."""
        if text.startswith("data:"):
            word = text.removeprefix("data:").partition("/")[0]
            kind = Kind(word) if word in ("image", "video", "audio", "text") else None
        else:
            kind = kind_of_suffix(_last(_address(text)))
        if kind is not None:
            self._kind(kind, path)


def _address(url: str) -> str:
    return url.partition("?")[0].partition("#")[0] if "://" in url else url


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _suffix(name: str) -> str:
    _, dot, suffix = _last(name).rpartition(".")
    return suffix if dot else ""
