"""The architecture is a test: the laws hold in rhflow, and each of them can be broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import laws

HOUSE = laws.House(Path(__file__).parent.parent / "rhflow")

LARGE_FOR_A_REASON: dict[str, str] = {}
"""`where` or `where::function` -> why it is better whole. Empty is the aim."""

CHAPTER = '"""A room.\n\nFor a reason."""\n'


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_the_law_holds(law: laws.Law) -> None:
    breaches = list(law(HOUSE))
    assert not breaches, "\n".join(["", *breaches])


def test_nothing_is_oversize_without_a_reason() -> None:
    found = laws.oversize(HOUSE)
    unargued = [sentence for key, sentence in found.items() if key not in LARGE_FOR_A_REASON]
    assert not unargued, "\n".join(["", *unargued])
    assert set(LARGE_FOR_A_REASON) <= set(found), "an exception whose reason has gone: take it out"


def test_every_floor_stands_on_known_floors() -> None:
    known = {room for rooms in laws.MAY_KNOW.values() if rooms != laws.ALL_ROOMS for room in rooms.split()}
    assert known <= set(laws.MAY_KNOW)
    assert "lifecycle" not in laws.MAY_KNOW["catalog"].split()
    assert not {"providers", "store"} & set(laws.MAY_KNOW["runner"].split())


BROKEN = [
    (
        laws.imports_go_down,
        {"catalog/a.py": "from rhflow.lifecycle import b", "lifecycle/b.py": ""},
        "catalog may not know lifecycle",
    ),
    (
        laws.imports_go_down,
        {"store/a.py": "import rhflow.providers.b", "providers/b.py": ""},
        "store may not know providers",
    ),
    (
        laws.imports_go_down,
        {"runner/a.py": "from ..store.b import X", "store/b.py": "X = 1"},
        "runner may not know store",
    ),
    (
        laws.imports_go_down,
        {"ground/a.py": "import rhflow", "__init__.py": ""},
        "ground may not know the face",
    ),
    (laws.imports_go_down, {"cellar/a.py": ""}, "no floor for 'cellar'"),
    (
        laws.no_cycles,
        {"ground/a.py": "from . import b", "ground/b.py": "import rhflow.ground.a"},
        "in a circle: ground.",
    ),
    (
        laws.no_hidden_imports,
        {"planning/a.py": "def f():\n    import json"},
        "import of json inside a function",
    ),
    (
        laws.no_hidden_imports,
        {"planning/a.py": "class C:\n    async def f(self):\n        from a import b"},
        "import of a.b",
    ),
    (laws.pure_floors_touch_nothing, {"ground/a.py": "import os.path"}, "may not import os.path"),
    (laws.pure_floors_touch_nothing, {"view/a.py": "from time import time"}, "may not import time.time"),
    (laws.pure_floors_touch_nothing, {"ground/a.py": "x = open('y')"}, "may not call open()"),
    (laws.pure_floors_touch_nothing, {"catalog/a.py": "x = p.read_text()"}, "may not call read_text()"),
    (laws.pure_floors_touch_nothing, {"language/a.py": "from pathlib import Path"}, "PurePath"),
    (
        laws.one_spelling,
        {"planning/plan.py": "import networkx as nx"},
        "networkx belongs to planning/graph.py alone",
    ),
    (laws.one_spelling, {"runner/a.py": "from rich.table import Table"}, "rich belongs to cli/ alone"),
    (laws.no_hidden_imports, {"store/a.py": "from importlib import import_module"}, "hides what is known"),
    (
        laws.no_hidden_imports,
        {"runner/a.py": "import importlib as i\ni.import_module(x)"},
        "hides what is known",
    ),
    (laws.vendor_words_stop_at_the_wire, {"runner/a.py": "x = {'taskId': 1}"}, "only wire.py says it"),
    (laws.vendor_words_stop_at_the_wire, {"ports.py": "class A:\n    taskId: str"}, "only wire.py says it"),
    (
        laws.sql_stands_in_sql_files,
        {"store/a.py": "q = '''\n  SELECT a\n  FROM b'''"},
        "belongs into a .sql file",
    ),
    (laws.rooms_open_with_a_chapter, {"view/a.py": ""}, "view/__init__.py: missing"),
    (laws.rooms_open_with_a_chapter, {"view/__init__.py": '"""The view."""'}, "says too little"),
    (laws.every_room_has_a_name, {"media/file_utils.py": ""}, "utils is no name"),
    (laws.every_room_has_a_name, {"core/a.py": ""}, "core is no name"),
    (lambda house: iter(laws.oversize(house).values()), {"view/a.py": "x = 1\n" * 401}, "401 lines"),
    (
        lambda house: iter(laws.oversize(house).values()),
        {"view/a.py": "def f():\n" + "    x = 1\n" * 60},
        "f has 61 lines",
    ),
]


@pytest.mark.parametrize(("law", "files", "sentence"), BROKEN, ids=[row[2] for row in BROKEN])
def test_a_breach_is_found(law: laws.Law, files: dict[str, str], sentence: str, tmp_path: Path) -> None:
    said = "\n".join(law(build(tmp_path, files)))
    assert sentence in said


GOOD = {
    "__init__.py": CHAPTER + "def __getattr__(name):\n    from rhflow.app import x\n",
    "ground/__init__.py": CHAPTER,
    "ground/a.py": "import json\nfrom pathlib import PurePath\n",
    "ground/hashing.py": "import hashlib\n",
    "catalog/__init__.py": CHAPTER + "from rhflow.catalog.model import Model\n",
    "catalog/model.py": '"""Says taskId in prose."""\nfrom rhflow.ground import a\nclass Model: ...\n',
    "providers/__init__.py": CHAPTER,
    "providers/b.py": "import asyncio\nfrom rhflow import __version__\nfrom ..catalog.model import Model\n",
    "app.py": "from rhflow.providers.b import x\nfrom rhflow.catalog import Model\n",
}


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_a_good_house_passes(law: laws.Law, tmp_path: Path) -> None:
    assert list(law(build(tmp_path, GOOD))) == []


def build(folder: Path, files: dict[str, str]) -> laws.House:
    for where, text in files.items():
        path = folder / "rhflow" / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return laws.House(folder / "rhflow")
