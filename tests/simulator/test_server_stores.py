"""What is kept on the far side: uploads for nodes, LoRA files, assets, lists of models."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.media import ffmpeg
from rhflow.simulator import uploading
from tests.simulator.server_house import CLIP, KEY, REFERENCES, House, house
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_workflows import CREATE, WITH_LORA, change, old

UPLOAD = "/task/openapi/upload"
LORA = "/api/openapi/getLoraUploadUrl"
ASSETS = "/openapi/v2/assets/"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "home") as running:
        yield running


@pytest.fixture
def bare(home: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=home.url, trust_env=False) as client:
        yield client


def test_the_older_upload_gives_a_name_and_no_address(home: House, bare: httpx.Client) -> None:
    form = {"apiKey": KEY, "fileType": "image"}
    told = bare.post(UPLOAD, data=form, files={"file": ("a.bin", picture())}).json()
    assert (told["code"], told["msg"]) == (0, "success")
    name = told["data"]["fileName"]
    assert told["data"] == {"fileName": name, "fileType": "image"}
    assert bare.get(f"/files/{name}").status_code == 404
    again = bare.post(UPLOAD, data=form, files={"file": ("b.png", picture())}).json()
    assert again["data"]["fileName"] == name


def test_the_older_upload_says_no(home: House, bare: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert uploading.OLD_LIMIT == 30 * 1024 * 1024
    monkeypatch.setattr(uploading, "OLD_LIMIT", 1000)

    def code(content: bytes, **form: str) -> int:
        return bare.post(UPLOAD, data=form, files={"file": ("a.png", content)}).json()["code"]

    assert code(picture() + bytes(2000), apiKey=KEY) == 809
    assert code(picture()) == 802
    assert code(b"nothing known", apiKey=KEY) == 301
    assert bare.post(UPLOAD, json={}).json()["code"] == 301
    assert code(picture(), apiKey=KEY) == 0


def announce(home: House, content: bytes, name: str = "style") -> dict[str, Any]:
    digest = md5(content, usedforsecurity=False).hexdigest()
    told = old(home, LORA, loraName=name, md5Hex=digest)
    assert told["code"] == 0, told
    return told["data"]


def put(home: House, url: str, content: bytes) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.put(url, content=content, headers={"content-type": "application/octet-stream"})


def test_a_lora_is_put_where_it_was_announced(home: House, tmp_path: Path) -> None:
    content = b"safetensors" * 5000
    told = announce(home, content)
    assert told["fileName"] == f"api-lora-cn/{md5(content, usedforsecurity=False).hexdigest()}.safetensors"
    body = {"nodeInfoList": [change("12", "lora_name", told["fileName"])]}
    assert old(home, CREATE, workflowId=WITH_LORA, **body)["code"] == 433, "not there yet"
    assert put(home, told["url"], b"other bytes").status_code == 400
    assert put(home, told["url"], content).status_code == 200
    assert old(home, CREATE, workflowId=WITH_LORA, **body)["code"] == 0
    stored = list((tmp_path / "home" / "files" / ".loras").iterdir())
    before = stored[0].stat().st_mtime_ns
    again = announce(home, content, "another name")
    assert put(home, again["url"], content).status_code == 200
    assert list((tmp_path / "home" / "files" / ".loras").iterdir()) == stored
    assert stored[0].stat().st_mtime_ns == before, "a known MD5 is not stored twice"
    found = home.client.post("/openapi/v2/resource/list", json={"resourceType": "LORA", "size": 50}).json()[
        "data"
    ]
    assert told["fileName"] in {item["nodeModelName"] for item in found["records"]}


def test_an_address_for_a_lora_dies_after_an_hour(home: House) -> None:
    told = announce(home, b"x")
    home.advance(3500)
    assert put(home, told["url"], b"x").status_code == 200
    home.advance(200)
    gone = put(home, told["url"], b"x")
    assert gone.status_code == 403
    assert b"AccessDenied" in gone.content


def test_an_address_for_a_lora_is_signed(home: House) -> None:
    told = announce(home, b"x")
    parts = urllib.parse.urlsplit(told["url"])
    later = parts._replace(query=parts.query.replace("Expires=", "Expires=9"))
    other = parts._replace(path=parts.path.replace(parts.path[-20:-12], "0" * 8))
    for url in (later, other, parts._replace(query="")):
        assert put(home, urllib.parse.urlunsplit(url), b"x").status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"loraName": "a"}, {"loraName": "", "md5Hex": "0" * 32}, {"loraName": "a", "md5Hex": "xyz"}]
)
def test_a_lora_that_is_announced_badly(home: House, body: dict[str, Any]) -> None:
    assert old(home, LORA, **body)["code"] == 301


def test_listing_models(home: House) -> None:
    def listed(**body: Any) -> dict[str, Any]:
        return home.client.post("/openapi/v2/resource/list", json=body).json()

    assert listed(resourceType="LORA")["data"]["total"] == 3
    assert [item["nodeModelName"] for item in listed(resourceName="grain")["data"]["records"]] == [
        "film-grain-xl.safetensors"
    ]
    assert listed(tags=["video"], baseModels=["Wan2.2"])["data"]["total"] == 2
    assert listed(resourceType="SONG")["code"] == 301
    assert listed(size=51)["code"] == 301
    assert listed(current=0)["code"] == 301
    second = listed(current=2, size=3)["data"]
    assert (second["current"], len(second["records"]), second["pages"]) == (2, 3, 3)


def asset(home: House, call: str, **body: Any) -> dict[str, Any]:
    return home.client.post(f"{ASSETS}{call}", json=body).json()


def test_an_asset_stands_for_its_media(home: House) -> None:
    urls = [home.upload(picture(colour, size=320))["data"]["download_url"] for colour in ("red", "blue")]
    ids = [asset(home, "create", name="face", url=url)["data"]["assetUri"] for url in urls]
    assert all(uri.startswith("asset://") for uri in ids)

    def first(**body: Any) -> bytes:
        return home.client.get(home.made(REFERENCES, **body)["results"][0]["url"]).content

    by_asset = [first(imageUrls=[uri]) for uri in ids]
    assert by_asset[0] != by_asset[1]
    home.advance(90_000)
    assert home.client.get(urls[0]).status_code == 404
    assert home.made(REFERENCES, imageUrls=[ids[0]])["status"] == "SUCCESS", "an asset outlives its upload"
    gone = asset(home, "create", url=urls[0])
    assert gone["code"] == 301
    assert "expired" in gone["msg"]


def test_assets_are_listed_changed_and_deleted(home: House) -> None:
    group = asset(home, "groups/create", name="people", description="faces")["data"]["groupId"]
    url = home.upload(picture(size=320))["data"]["download_url"]
    made = asset(home, "create", name="one", url=url, groupId=group)["data"]
    asset(home, "create", name="far", url="https://media.example/a.mp4")
    assert asset(home, "list")["data"]["total"] == 2
    assert [item["name"] for item in asset(home, "list", groupId=group)["data"]["records"]] == ["one"]
    assert [item["name"] for item in asset(home, "list", assetType="VIDEO")["data"]["records"]] == ["far"]
    changed = asset(home, "update", assetId=made["assetId"], name="two", groupId=None)["data"]
    assert (changed["name"], changed["groupId"]) == ("two", None)
    assert asset(home, "groups/update", groupId=group, name="folk")["data"]["name"] == "folk"
    assert asset(home, "groups/list")["data"]["total"] == 1
    asset(home, "groups/delete", groupId=group)
    assert asset(home, "groups/query", groupId=group)["code"] == 301
    assert asset(home, "delete", assetId=made["assetId"])["code"] == 0
    assert asset(home, "query", assetId=made["assetId"])["code"] == 301
    failed = home.made(REFERENCES, imageUrls=[made["assetUri"]])
    assert failed["errorCode"] == "1013"
    assert "deleted" in failed["errorMessage"]
    assert home.made(REFERENCES, imageUrls=["asset://of-the-real-site"])["status"] == "SUCCESS"


def test_what_may_be_an_asset(home: House, tmp_path: Path) -> None:
    def refused(content: bytes, **more: Any) -> str:
        told = asset(home, "create", url=home.upload(content)["data"]["download_url"], **more)
        assert told["code"] == 301, told
        return told["msg"]

    assert "300" in refused(picture(size=64))
    assert "not video" in refused(picture(size=320), assetType="VIDEO")
    for seconds, rate, word in ((1, 24, "lasts"), (3, 12, "frames a second")):
        film = tmp_path / f"{seconds}.mp4"
        ffmpeg.run(
            [
                "-f",
                "lavfi",
                "-i",
                f"color=red:s=320x320:d={seconds}:r={rate}",
                "-pix_fmt",
                "yuv420p",
                str(film),
            ]
        )
        assert word in refused(film.read_bytes())
    assert asset(home, "create", url="ftp://a.example/x.png")["code"] == 301
    assert asset(home, "create", url="https://a.example/x.png", groupId="none")["code"] == 301
    assert asset(home, "create", url="https://a.example/x.png", assetType="SONG")["code"] == 301


def test_an_upload_named_in_a_node_dies_with_its_day(home: House) -> None:
    url = home.upload(picture())["data"]["download_url"]
    home.advance(90_000)
    assert home.made(CLIP, imageUrl=url, duration="5")["errorCode"] == "1013"


def test_records_of_jobs_are_let_go(home: House) -> None:
    task = home.made()["taskId"]
    home.advance(29 * 86_400)
    assert home.query(task)["status"] == "SUCCESS"
    home.advance(2 * 86_400)
    assert home.query(task)["errorCode"] == "1004"
    assert old(home, "/task/openapi/outputs", taskId=task)["code"] == 423
    assert len(home.bill()["entries"]) == 1
