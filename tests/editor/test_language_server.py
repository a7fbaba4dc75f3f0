"""The schema in the language server that editors use, spoken to as an editor does.

Needs Node.js and, once per session, the registry that npm is set up for; skipped with a sentence where
either is missing. docs/editor.md shows the conversation, and this test holds it to that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.app.session import full_catalog
from rhflow.language.editor_schema import editor_text
from tests.cli.front import ROOT
from tests.conftest import BLESS
from tests.editor.language_server import LanguageServer, serving

SERVER = "yaml-language-server@1.25.0"
PATIENCE = 20
PAGE = ROOT / "docs" / "editor.md"

HEAD = "# yaml-language-server: $schema=pipeline.schema.json\nrhflow: 1\n"
HERO = HEAD + "steps:\n  hero:\n    uses: seedream-v4/text-to-image\n"
WITH = HERO + "    with:\n"
CLIP = HEAD + "steps:\n  clip:\n    uses: hailuo-2.3-fast/image-to-video\n    with:\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js is not on this machine, so no editor's language server is tried")
    folder = tmp_path_factory.mktemp("language-server")
    words = ["install", "--prefix", str(folder), "--cache", str(folder / "cache")]
    words += ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", SERVER]
    try:
        done = subprocess.run([npm, *words], cwd=folder, capture_output=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the registry did not give {SERVER} within {PATIENCE} s")
    if done.returncode:
        pytest.skip(f"npm could not install {SERVER}, probably for want of a registry")
    (folder / "pipeline.schema.json").write_text(editor_text(full_catalog()), encoding="utf-8")
    program = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    with serving([node, str(program), "--stdio"], folder) as session:
        yield session


def test_uses_offers_every_name(server: LanguageServer) -> None:
    found = server.complete(HEAD + "steps:\n  hero:\n    uses: |\n")
    names = {name for model in full_catalog().models if model.endpoint for name in model.all_names}
    shown = {name if len(name) < 60 else f"{name[:57].strip()}..." for name in names}
    missing = {name for name in shown if name not in found and f'"{name}"' not in found}
    assert not missing
    assert found["seedream-v4/text-to-image"].startswith("Text to image, gives image. Price:")
    assert found["local/concat"] == "Gives video; done on this machine, free."


def test_with_offers_the_parameters_of_the_model(server: LanguageServer) -> None:
    model = full_catalog().find("seedream-v4/text-to-image")
    assert model is not None
    found = server.complete(WITH + "      |\n")
    assert {param.name for param in model.params} <= set(found)
    assert found["prompt"].startswith("Required. Text;")
    assert "imageUrl" in server.complete(CLIP + "      |\n")
    assert "imageUrl" not in found


def test_options(server: LanguageServer) -> None:
    assert set(server.complete(WITH + "      resolution: |\n")) == {"1k", "2k", "4k"}
    assert {'"6"', '"10"'} <= set(server.complete(CLIP + "      duration: |\n"))
    assert set(server.complete(CLIP + "      enablePromptExpansion: |\n")) == {"true", "false"}
    assert set(server.complete(HERO + "    on_rejected: |\n")) == {"stop", "fallback", "skip"}


def test_the_keys_of_a_step(server: LanguageServer) -> None:
    found = server.complete(HEAD + "steps:\n  hero:\n    |\n")
    assert {"uses", "with", "foreach", "if", "matrix", "takes", "fallback", "timeout"} <= set(found)
    assert all(found[key] for key in ("uses", "takes", "fallback"))
    group = "steps:\n  shots:\n    foreach: [1]\n    steps:\n      still:\n"
    nested = f"{HEAD}{group}        uses: seedream-v4/text-to-image\n"
    assert "resolution" in server.complete(nested + "        with:\n          |\n")
    rung = HERO + "    fallback:\n      - uses: hailuo-2.3-fast/image-to-video\n        with:\n          |\n"
    assert "imageUrl" in server.complete(rung)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "steps:\n  hero:\n    uses: seedream|-v4/text-to-image\n", "Text to image, gives image."),
        (WITH + "      resol|ution: 2k\n", 'One of "1k", "2k" and "4k".'),
        (WITH + "      pro|mpt: ${{ inputs.style }}\n", "Required. Text;"),
        (HERO + "    tak|es: 3\n", "Buy this many results"),
        (HEAD + "budg|et: 40 CNY\nsteps: {}\n", "40 CNY: the run stops"),
    ],
)
def test_hover(server: LanguageServer, text: str, words: str) -> None:
    shown = server.hover(text)
    assert words in shown
    assert len(shown) < 1000, "no list of nine hundred names"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (WITH + "      prompt: a\n      resolution: 9k\n", (7, 18), 'Valid values: "1k", "2k", "4k"'),
        (WITH + "      prompt: a\n      resoluton: 2k\n", (7, 6), "resoluton is not allowed"),
        (WITH + "      resolution: 2k\n", (5, 4), 'Missing property "prompt"'),
        (HERO + "    wiht: {}\n", (5, 4), "wiht is not allowed"),
        (HERO.replace("image", "imag"), (4, 10), "The catalogue has no model of this name"),
        (HERO.replace("hero", "Hero") + "    with: {prompt: a}\n", (3, 2), "An id is small letters"),
    ],
)
def test_what_is_wrong(server: LanguageServer, text: str, place: tuple[int, int], words: str) -> None:
    found = {
        (item["range"]["start"]["line"], item["range"]["start"]["character"]): item["message"]
        for item in server.problems(text)
    }
    assert words in found[place]


@pytest.mark.parametrize(
    "text",
    [
        *(
            path.read_text(encoding="utf-8").replace("../schemas/", "")
            for path in (ROOT / "pipelines").glob("*.rhflow.yaml")
        ),
        (ROOT / "rhflow" / "cli" / "templates" / "film.rhflow.yaml").read_text(encoding="utf-8"),
        HEAD
        + (Path(__file__).parent / "cases" / "film.rhflow.yaml")
        .read_text(encoding="utf-8")
        .split("\n", 1)[1],
        WITH
        + "      prompt: ${{ inputs.p }}\n      resolution: ${{ inputs.r }}\n      width: ${{ inputs.w }}\n",
        CLIP + "      {prompt: a, imageUrl: a.png, duration: 6, enablePromptExpansion: '${{ true }}'}\n",
    ],
)
def test_nothing_is_wrong(server: LanguageServer, text: str) -> None:
    assert server.problems(text) == []


def test_the_page_shows_the_conversation(server: LanguageServer) -> None:
    def offered(text: str, *some: str) -> str:
        found = server.complete(text)
        rows = [f"  {name}  {found[name].partition(' The same as')[0]}".rstrip() for name in some]
        return "\n".join([f"completion, {len(found)} entries, among them", *rows])

    def wrong(text: str) -> str:
        rows = [(item["range"]["start"], item["message"]) for item in server.problems(text)]
        return "\n".join(f"{at['line'] + 1}:{at['character'] + 1}  {said}" for at, said in rows) or "nothing"

    def hover(text: str) -> str:
        return "hover  " + server.hover(text).partition("\n\nSource")[0]

    names = ("seedream-v4/text-to-image", "hailuo-2.3-fast/image-to-video", "local/concat")
    parts = [
        ("    uses: |", offered(HEAD + "steps:\n  hero:\n    uses: |\n", *names)),
        ("    with:\n      |", offered(WITH + "      |\n", "prompt", "resolution", "width")),
        ("      resolution: |", offered(WITH + "      resolution: |\n", "1k", "2k", "4k")),
        ("      pro|mpt: …", hover(WITH + "      pro|mpt: a\n")),
        ("    tak|es: 3", hover(HERO + "    tak|es: 3\n")),
        ("      resolution: 9k", wrong(WITH + "      prompt: a\n      resolution: 9k\n")),
        ("      resoluton: 2k", wrong(WITH + "      prompt: a\n      resoluton: 2k\n")),
        ("    uses: seedream-v4/text-to-imag", wrong(HERO.replace("image", "imag"))),
        (
            "      resolution: ${{ inputs.size }}",
            wrong(WITH + "      prompt: a\n      resolution: ${{ inputs.size }}\n"),
        ),
    ]
    told = "\n\n".join(f"{typed}\n-> " + said.replace("\n", "\n   ") for typed, said in parts)
    page = PAGE.read_text(encoding="utf-8")
    block = re.compile(r"(?<=<!-- conversation -->\n```text\n).*?(?=```\n)", re.DOTALL)
    if BLESS:
        page = block.sub(lambda _: f"{told}\n", page)
        PAGE.write_text(page, encoding="utf-8", newline="\n")
    shown = block.search(page)
    assert shown
    assert shown[0] == f"{told}\n"
