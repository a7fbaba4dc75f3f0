"""The door at the back: the page, the description of all calls, the record, what can be set at the start."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from rhflow.cli.main import run
from rhflow.ground.errors import UsageError
from rhflow.simulator.faults import BEHIND, CALLS
from rhflow.simulator.openapi import describe
from rhflow.simulator.routes import NOWHERE, NOWHERE_OLD, Routes
from rhflow.simulator.server import SimulatorServer
from tests.simulator.server_house import CATALOG, HELD, KEY, PICTURE, TALE, House, house, settings
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, old


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator")) as running:
        yield running


def test_the_page_needs_nothing_from_elsewhere(home: House) -> None:
    for path in ("/simulator/", "/simulator"):
        answer = home.client.get(path)
        assert answer.headers["content-type"].startswith("text/html")
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|@import|url\(""", answer.text)
    asked = set(re.findall(r'"(/simulator/[a-z.]+)', answer.text))
    assert asked >= {"/simulator/bill", "/simulator/tasks", "/simulator/clock", "/simulator/faults"}
    for path in asked:
        assert home.client.get(path).status_code == 200, path
    assert "now" in home.client.get("/simulator/clock").json()


def test_the_page_offers_every_fault(home: House) -> None:
    page = home.client.get("/simulator/").text
    (listed,) = re.findall(r'const CALLS = "([^"]*)"', page)
    assert listed.split() == [*CALLS, *BEHIND]


def test_the_page_bears_both_lights_and_small_screens(home: House) -> None:
    """What it looks like is a matter for eyes; that nothing is left to one light alone is not."""
    page = home.client.get("/simulator/").text
    light, dark = (set(re.findall(r"(--[a-z]+):", part)) for part in _lights(page))
    assert light == dark
    assert set(re.findall(r"var\((--[a-z]+)\)", page)) <= light
    colours = re.findall(r"#[0-9a-f]{3,6}\b", page.split("@media (max-width")[0].split("* { box-sizing")[1])
    assert colours == [], "a colour that knows no dark"
    assert "@media (max-width: 44rem)" in page
    assert ":focus-visible" in page


def _lights(page: str) -> tuple[str, str]:
    """The colours by day and by night."""
    day, night = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    return day, night


@pytest.mark.parametrize("dark", [False, True])
def test_what_the_page_says_can_be_read(home: House, dark: bool) -> None:
    """Text against its ground has a contrast of at least 4.5 (WCAG 2, AA)."""
    page = home.client.get("/simulator/").text
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})", _lights(page)[dark]))
    for ink, grounds in {
        "ink": ("ground", "raised", "soft"),
        "quiet": ("ground", "raised"),
        "link": ("ground",),
        "good": ("ground",),
        "wait": ("ground",),
        "bad": ("ground", "alarm"),
        "ground": ("ink",),
    }.items():
        for ground in grounds:
            assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_last_jobs_with_what_they_made(home: House) -> None:
    home.made()
    task = home.made(prompt="last")["taskId"]
    (last,) = home.client.get("/simulator/tasks?last=1").json()["tasks"]
    assert last["task_id"] == task
    assert home.client.get(last["results"][0]["path"]).content.startswith(b"\x89PNG")
    assert "results" not in home.client.get("/simulator/tasks").json()["tasks"][-1]


def routes(home: House) -> Routes:
    return home.simulator._routes


def test_every_call_is_described(home: House) -> None:
    told = home.client.get("/simulator/openapi.json").json()
    assert told["openapi"].startswith("3.")
    found = routes(home)
    for path, methods in told["paths"].items():
        route = found.find(re.sub(r"\{\w+\}", "x", path))
        assert route not in (NOWHERE, NOWHERE_OLD), path
        for method in methods:
            assert method.upper() in route.methods, (path, method)
    described = set(told["paths"])
    assert set(found.exact) - described == {"/simulator"}
    prefixes = {re.sub(r"\{\w+\}$", "", path) for path in described}
    for prefix, _ in found.prefixes:
        assert prefix in prefixes or any(path.startswith(prefix) for path in described), prefix
    assert f"{PICTURE}" in described
    assert PICTURE not in home.client.get("/simulator/openapi.json?models=no").json()["paths"]
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(told))
    assert set(names) <= set(told["components"]["schemas"])
    ids = [call["operationId"] for methods in told["paths"].values() for call in methods.values()]
    assert len(ids) == len(set(ids))


def test_answers_are_as_described(home: House) -> None:
    told = describe(CATALOG.models)
    task = home.made()["taskId"]

    def check(path: str, method: str, answer: httpx.Response) -> None:
        call: Any = told["paths"][path][method]  # type: ignore[index,call-overload]
        schema = call["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": told["components"]}).validate(answer.json())

    for body in ({"taskId": task}, {"taskId": "1"}, {}):
        check("/openapi/v2/query", "post", home.client.post("/openapi/v2/query", json=body))
    for path, body in ((PICTURE, {"prompt": "x", "size": "1k"}), (PICTURE, {}), (TALE, {"prompt": "x"})):
        check(path, "post", home.client.post(path, json=body))
        preview = path.replace("/v2/", "/v2/price-preview/")
        check(preview, "post", home.client.post(preview, json=body))
    with httpx.Client(base_url=home.url) as bare:
        for path in (
            PICTURE,
            "/openapi/v2/query",
            "/openapi/v2/aiapp/list",
            "/openapi/v2/media/upload/binary",
            "/v1/chat/completions",
        ):
            check(path, "post", bare.post(path, json={}))
        check("/openapi/v2/queue/status", "get", bare.get("/openapi/v2/queue/status"))
    upload = home.client.post("/openapi/v2/media/upload/binary", files={"file": picture()})
    check("/openapi/v2/media/upload/binary", "post", upload)
    chat = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    check("/v1/chat/completions", "post", home.client.post("/v1/chat/completions", json=chat))
    for path in ("bill", "tasks", "webhooks", "library", "clock", "faults"):
        check(f"/simulator/{path}", "get", home.client.get(f"/simulator/{path}"))
    check("/simulator/clock", "post", home.client.post("/simulator/clock", json={"advance_s": -1}))


@pytest.mark.parametrize(
    "content", [b'{"taskId": "\\ud800"}', b'{"taskId": NaN}', b"[" * 5000, b"\xff", b'{"taskId": {"a": 1}}']
)
def test_odd_bodies_are_answered(home: House, content: bytes) -> None:
    assert home.client.post("/openapi/v2/query", content=content).json()["errorCode"] in ("1004", "1007")
    assert home.client.post(CREATE, content=content).json()["code"] in (301, 802)
    assert home.client.post(PICTURE, content=content).json()["errorCode"] == "1007"
    assert home.client.post("/simulator/clock", content=content).status_code == 400
    assert home.client.post("/simulator/faults", content=content).status_code == 400


def test_every_call_is_recorded_and_no_key(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "record.jsonl"
    with house(tmp_path, record=file) as home:
        home.submit(webhookUrl="")
        old(home, CREATE, workflowId=PICTURE_FLOW)
        home.client.post("/task/openapi/upload", data={"apiKey": KEY}, files={"file": picture()})
        home.client.get("/api/webapp/apiCallDemo", params={"apiKey": KEY, "webappId": "1"})
        home.client.get(home.made(prompt="b")["results"][0]["url"])
        as_curl_does = json.dumps({"apiKey": KEY, "workflowId": "1"})
        form = {"content-type": "application/x-www-form-urlencoded"}
        home.client.post(CREATE, content=as_curl_does, headers=form)
        for odd in (
            f'{{"apikey": "{KEY}", broken',
            f"apiKey={KEY}&x=1",
            f"curl -H 'Authorization: Bearer {KEY}' {KEY}",
        ):
            home.client.post(CREATE, content=odd)
        home.upload(picture() + bytes(200_000))
    text = file.read_text()
    assert KEY not in text
    assert KEY[:-4] not in text
    lines = [json.loads(line) for line in text.splitlines()]
    submit, create, upload, demo = lines[:4]
    assert (submit["method"], submit["path"], submit["status"]) == ("POST", PICTURE, 200)
    assert submit["request"]["body"]["prompt"] == "a heron"
    assert submit["request"]["headers"]["authorization"] == "Bearer ****WXYZ"
    assert submit["response"]["body"]["taskId"]
    assert create["request"]["body"]["apiKey"] == "****WXYZ"
    assert upload["path"] == "/task/openapi/upload"
    assert demo["query"].startswith("apiKey=%2A%2A%2A%2AWXYZ")
    assert lines[-1]["request"]["body"]["bytes"] > 200_000
    with house(tmp_path, record=file) as home:
        home.bill()
    assert len(file.read_text().splitlines()) == len(lines) + 1, "it goes on where it ended"


def test_a_record_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="record"):
        SimulatorServer(settings(tmp_path / "a", record=tmp_path)).start()


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(
    ("renderer", "word"),
    [
        ("no.such.module:render", "No module"),
        ("rhflow.simulator.wire:nothing", "nothing"),
        ("rhflow.simulator.wire:_NO_USAGE", "no function"),
    ],
)
def test_a_renderer_that_is_not_there_is_said_at_the_start(
    tmp_path: Path, renderer: str, word: str, *, quick: bool
) -> None:
    with pytest.raises(UsageError, match=word):
        SimulatorServer(settings(tmp_path, renderer=renderer, quick=quick)).start()
    with house(tmp_path) as home:
        assert home.submit()["errorCode"] == "", "and nothing is left that holds the folder"


def test_text_models_can_answer_at_once(tmp_path: Path) -> None:
    with house(tmp_path, instant_text=True, timing=HELD) as home:
        said = home.submit(TALE, prompt="a tale")
        assert said["status"] == "SUCCESS"
        (result,) = said["results"]
        assert result["url"] is None
        assert result["text"]
        assert home.query(said["taskId"])["results"] == said["results"]
        assert home.submit()["status"] == "QUEUED"
        failed = home.submit(TALE, prompt="unreadable")
        assert (failed["status"], failed["errorCode"]) == ("FAILED", "1013")
        assert failed["taskId"]


def test_several_results_have_an_order(home: House) -> None:
    done = home.made(prompt="twice")
    assert [item["url"].rsplit("/", 1)[1] for item in done["results"]] == ["0.png", "1.png"]


def test_an_older_folder_is_taken_on(tmp_path: Path) -> None:
    """Version 1 had no coins and no webhooks; its bill and its jobs stay."""
    with house(tmp_path) as home:
        task = home.made()["taskId"]
        database = home.simulator._office.database
        with database.writing() as write:
            for table in ("webhooks", "loras", "assets", "asset_groups", "signing"):
                write.execute(f"DROP TABLE {table}")
            for table, columns in {
                "tasks": ("payer", "coins", "machine_s", "reason", "is_v1"),
                "bill": ("coins",),
            }.items():
                for column in columns:
                    write.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            write.execute("PRAGMA user_version = 1")
    with house(tmp_path) as home:
        assert home.query(task)["status"] == "SUCCESS"
        assert home.bill()["total"] == "0.10"
        assert home.submit()["errorCode"] == ""


def test_a_file_of_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("- {on: submit, code: 1011}\n- on: sbmit\n  code: 3\n")
    assert run(["simulate", "--faults", str(file), "--home", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "faults.yaml:2:3:" in said
    assert "sbmit" in said
    file.write_text("faults: 7\n")
    assert run(["simulate", "--faults", str(file), "--home", str(tmp_path)]) == 2
    assert "no list of faults" in capsys.readouterr().err
    assert run(["simulate", "--faults", str(tmp_path / "none"), "--home", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [["--key", "x"], ["--key", "golden=x"], ["--wallet", "much"], ["--wallet", "-1"], ["--library", "none"]],
)
def test_options_that_make_no_sense(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", "--home", str(tmp_path), *options]) == 2
    assert "error:" in capsys.readouterr().err


def test_the_wrong_method_is_told_the_right_one(home: House) -> None:
    for path, right in ((PICTURE, "POST"), (CREATE, "POST"), ("/simulator/bill", "GET, HEAD")):
        answer = home.client.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, right)


def test_the_clock_stops_before_calendars_do(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        moved = [
            home.client.post("/simulator/clock", json={"advance_s": 1e9}).status_code for _ in range(105)
        ]
        assert moved == [200] * 100 + [400] * 5
        home.submit()
        assert home.client.get("/simulator/bill").status_code == 200
