"""The laws of the house, as checks over syntax trees: what may know what, and what may stand where.

Each law is a function from a `House` to sentences, one per breach; `test_house.py` asks for none in
rhflow, and proves on toy houses that every law can be broken. docs/house.md tells the reasons.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PURE = ("ground", "lifecycle", "catalog", "language", "planning", "ports")
FACE = ""  # rhflow/__init__.py
ALL_ROOMS = "everyone"

MAY_KNOW: dict[str, str] = {
    "ground": "",
    "lifecycle": "ground",
    "catalog": "ground",
    "language": "ground lifecycle catalog",
    "planning": "ground lifecycle catalog language",
    "ports": "ground lifecycle catalog language planning",
    "media": "ground lifecycle catalog language planning ports",
    "catalog_files": "ground lifecycle catalog language planning ports media",
    "store": "ground lifecycle catalog language planning ports media",
    "providers": "ground lifecycle catalog language planning ports media",
    "runner": "ground lifecycle catalog language planning ports media",
    "view": "ground lifecycle catalog planning ports",
    "settings": "ground lifecycle catalog language planning ports media",
    "web": "ground lifecycle catalog language planning ports media view settings",
    "simulator": "ground catalog media",
    "app": ALL_ROOMS,
    "cli": ALL_ROOMS,
    "library": ALL_ROOMS,
    "testing": ALL_ROOMS,
    "__main__": ALL_ROOMS,
    FACE: ALL_ROOMS,
}
"""Which rooms a room may import from; its own is always open to it."""

LOADS_LATE = ("__init__.py", "__main__.py", "cli/main.py", "app/crate_metadata.py")
"""Where an import may hide in a function: the lazy face, the quick door, commands loaded by name, and the
seam of a heavy library that comes with an extra."""

LOADS_BY_NAME = (*LOADS_LATE, "providers/local/registry.py")
"""Where modules may be loaded by a name: the same, and the listing of local steps."""

IMPURE_MODULES = re.compile(
    "asyncio|httpx|sqlite3|os|subprocess|socket|time|random|shutil|tempfile|secrets|threading|signal|glob"
)
IMPURE_CALLS = re.compile("open|input|print|exec|eval|__import__")
IMPURE_METHODS = re.compile(
    "read_text|read_bytes|write_text|write_bytes|mkdir|unlink|iterdir|is_file|is_dir|today|utcnow|uuid4"
)

ONLY_IN: dict[str, tuple[str, ...]] = {
    "networkx": ("planning/graph.py",),
    "yaml": ("language/document.py",),
    "regex": ("language/patterns.py",),
    "httpx": ("providers/runninghub/",),
    "hashlib": ("ground/hashing.py",),
    "rfc8785": ("ground/hashing.py",),
    "rocrate": ("app/crate_metadata.py",),
    "rich": ("cli/",),
    "typer": ("cli/",),
    "click": ("cli/",),
    "sqlite3": ("store/", "simulator/"),
    "imageio_ffmpeg": ("media/ffmpeg.py",),
    "starlette": ("simulator/", "web/"),
    "uvicorn": ("simulator/", "web/", "cli/"),
    "websockets": ("providers/runninghub/channel.py",),
    "PIL": ("media/", "simulator/", "providers/local/"),
}
"""A library and the only places that may say its name: one spelling, so that it can be replaced."""

NO_ROOM_CALLED = re.compile("utils?|helpers?|common|base|misc|core|managers?")

FILE_LINES = 400
FUNCTION_LINES = 60


@dataclass(frozen=True)
class Import:
    """One imported name: the module it comes from, and the line; `late` inside a function."""

    target: str
    line: int
    late: bool


@dataclass(frozen=True)
class Module:
    """One file of the package: where it stands (`catalog/model.py`), and its tree."""

    where: str
    tree: ast.Module
    lines: int

    @property
    def name(self) -> str:
        """Its dotted name below the package: `catalog.model`, `catalog` for the `__init__`."""
        return self.where.removesuffix(".py").removesuffix("__init__").strip("/").replace("/", ".")

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, however deep; `from a import b` counts as `a.b`."""
        found: list[Import] = []
        package = self.where.split("/")[:-1]

        def walk(node: ast.AST, late: bool) -> None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Import):
                    found.extend(Import(alias.name, child.lineno, late) for alias in child.names)
                elif isinstance(child, ast.ImportFrom):
                    above = ["rhflow", *package][: len(package) + 2 - child.level] if child.level else []
                    start = ".".join([*above, *([child.module] if child.module else [])])
                    found.extend(Import(f"{start}.{alias.name}", child.lineno, late) for alias in child.names)
                deeper = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                walk(child, late or deeper)

        walk(self.tree, late=False)
        return found


@dataclass(frozen=True)
class House:
    """Every module of a package folder called rhflow."""

    folder: Path

    @cached_property
    def modules(self) -> list[Module]:
        found = []
        for path in sorted(self.folder.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            where = path.relative_to(self.folder).as_posix()
            found.append(Module(where, ast.parse(text, where), text.count("\n")))
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(module.name for module in self.modules)

    def inside(self, item: Import) -> str | None:
        """The module of this house an import reaches, None for a stranger: `catalog.model`."""
        head, _, rest = item.target.partition(".")
        if head != "rhflow":
            return None
        while rest and rest not in self.names:
            rest = rest.rpartition(".")[0]
        return rest


Law = Callable[[House], Iterator[str]]


def stands_in(where: str, places: tuple[str, ...]) -> bool:
    """Whether a file is one of these places; a place ending in `/` is a folder."""
    return any(where == place or (place.endswith("/") and where.startswith(place)) for place in places)


def imports_go_down(house: House) -> Iterator[str]:
    for module in house.modules:
        if module.room not in MAY_KNOW:
            yield f"{module.where}: no floor for {module.room!r}: enter it in tests/laws.py and docs/house.md"
            continue
        known = MAY_KNOW[module.room]
        for item in module.imports:
            target = house.inside(item)
            if target is None or known == ALL_ROOMS or item.target == "rhflow.__version__":
                continue
            room = target.split(".")[0]
            if room != module.room and room not in known.split():
                yield f"{module.where}:{item.line}: {module.room} may not know {room or 'the face of rhflow'}"


def no_cycles(house: House) -> Iterator[str]:
    graph: dict[str, set[str]] = {}
    for module in house.modules:
        targets = {house.inside(item) for item in module.imports if not item.late}
        graph[module.name] = {target for target in targets if target is not None} - {module.name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield "imports in a circle: " + " -> ".join(name or "rhflow" for name in error.args[1])


def no_hidden_imports(house: House) -> Iterator[str]:
    for module in house.modules:
        if not stands_in(module.where, LOADS_BY_NAME):
            for line, word in words(module):
                if word == "import_module":
                    yield f"{module.where}:{line}: import_module hides what is known here"
        if not stands_in(module.where, LOADS_LATE):
            for item in module.imports:
                if item.late:
                    yield f"{module.where}:{item.line}: import of {item.target} inside a function"


def pure_floors_touch_nothing(house: House) -> Iterator[str]:
    for module in house.modules:
        if module.room not in (*PURE, "view"):
            continue
        for item in module.imports:
            if IMPURE_MODULES.fullmatch(item.target.split(".")[0]):
                yield f"{module.where}:{item.line}: a pure floor may not import {item.target}"
            if item.target == "pathlib.Path" and module.room != "ports":
                yield f"{module.where}:{item.line}: a pure floor has no files; PurePath names them"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                name = called(node)
                impure = IMPURE_CALLS if isinstance(node.func, ast.Name) else IMPURE_METHODS
                if impure.fullmatch(name):
                    yield f"{module.where}:{node.lineno}: a pure floor may not call {name}()"


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def one_spelling(house: House) -> Iterator[str]:
    for module in house.modules:
        for item in module.imports:
            for library, places in ONLY_IN.items():
                if f"{item.target}.".startswith(f"{library}.") and not stands_in(module.where, places):
                    yield f"{module.where}:{item.line}: {library} belongs to {' and '.join(places)} alone"


def words(module: Module) -> Iterator[tuple[int, str]]:
    """Every name and text in the code, docstrings and comments left out."""
    prose = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        for word in (getattr(node, field, None) for field in ("id", "attr", "arg", "name", "value")):
            if isinstance(word, str) and id(node) not in prose:
                yield getattr(node, "lineno", 0), word


def vendor_words_stop_at_the_wire(house: House) -> Iterator[str]:
    for module in house.modules:
        if not stands_in(module.where, ("providers/runninghub/wire.py", "simulator/")):
            for line, word in words(module):
                if "taskId" in word:
                    yield f"{module.where}:{line}: taskId is the vendor's word; only wire.py says it"


def sql_stands_in_sql_files(house: House) -> Iterator[str]:
    query = re.compile(
        r"\s*(SELECT\s.+\sFROM|INSERT\s.*INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b", re.DOTALL
    )
    for module in house.modules:
        if module.room == "simulator":
            continue  # an annex; its few queries stand beside the tables they ask
        for line, word in words(module):
            if query.match(word):
                yield f"{module.where}:{line}: a query in Python; it belongs into a .sql file"


def rooms_open_with_a_chapter(house: House) -> Iterator[str]:
    known = {module.where for module in house.modules}
    for folder in sorted({module.where.rpartition("/")[0] for module in house.modules}):
        where = f"{folder}/__init__.py".lstrip("/")
        if where not in known:
            yield f"{where}: missing; a room has a door, and it opens like a chapter"
    for module in house.modules:
        if module.where.endswith("__init__.py") and "\n" not in (ast.get_docstring(module.tree) or ""):
            yield f"{module.where}: says too little: what is it for, what may not enter, whom to meet first?"


def every_room_has_a_name(house: House) -> Iterator[str]:
    for module in house.modules:
        for word in re.split(r"[./_]", module.where):
            if NO_ROOM_CALLED.fullmatch(word):
                yield f"{module.where}: {word} is no name; what is it?"


def oversize(house: House) -> dict[str, str]:
    """What passes the alarm: `where` or `where::function` -> a sentence."""
    found = {}
    for module in house.modules:
        if module.lines > FILE_LINES:
            found[module.where] = f"{module.where}: {module.lines} lines; which noun is missing?"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > FUNCTION_LINES:
                    found[f"{module.where}::{node.name}"] = (
                        f"{module.where}:{node.lineno}: {node.name} has {size} lines; which noun is missing?"
                    )
    return found


LAWS: tuple[Law, ...] = (
    imports_go_down,
    no_cycles,
    no_hidden_imports,
    pure_floors_touch_nothing,
    one_spelling,
    vendor_words_stop_at_the_wire,
    sql_stands_in_sql_files,
    rooms_open_with_a_chapter,
    every_room_has_a_name,
)
