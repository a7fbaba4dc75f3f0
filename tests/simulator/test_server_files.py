"""Uploads and results: what is stored, served, cut into ranges, used as input, and let go after a day."""

from __future__ import annotations

import base64
import io
import urllib.parse
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rhflow.media import ffmpeg
from rhflow.simulator.multipart import Malformed, PartReader, boundary_of
from tests.simulator.server_house import CLIP, FILM, KEY, REFERENCES, House, house

DAY = 86_400
UPLOAD = "/openapi/v2/media/upload/binary"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "two.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "color=red:s=64x36:d=2:r=8", "-pix_fmt", "yuv420p", str(path)])
    return path.read_bytes()


def picture(colour: str = "red", form: str = "PNG", size: int = 16) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(buffer, form)
    return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "a")
    return buffer.getvalue()


CONTENTS = {
    "png": ("image", "image/png", picture()),
    "jpg": ("image", "image/jpeg", picture(form="JPEG")),
    "webp": ("image", "image/webp", picture(form="WEBP")),
    "zip": ("zip", "application/zip", archive()),
    "mp3": ("audio", "audio/mpeg", b"ID3" + bytes(100)),
    "wav": ("audio", "audio/wav", b"RIFF\0\0\0\0WAVEfmt " + bytes(50)),
    "mkv": ("video", "video/x-matroska", b"\x1aE\xdf\xa3" + bytes(50)),
}


@pytest.mark.parametrize("suffix", CONTENTS)
def test_an_upload_is_named_after_its_bytes(home: House, suffix: str) -> None:
    kind, mime, content = CONTENTS[suffix]
    answer = home.upload(content, "what-it-is-called.exe")
    name = f"openapi/{sha256(content).hexdigest()}.{suffix}"
    assert answer == {
        "code": 0,
        "message": "success",
        "data": {
            "type": kind,
            "download_url": f"{home.url}/files/{name}",
            "fileName": name,
            "size": str(len(content)),
        },
    }
    served = httpx.get(answer["data"]["download_url"])  # no key: it is a public address
    assert served.content == content
    assert served.headers["content-type"] == mime
    assert served.headers["content-length"] == str(len(content))


def test_a_large_upload_streams(home: House) -> None:
    content = picture() + bytes(range(256)) * 40_000
    answer = home.upload(content)
    assert home.client.get(answer["data"]["download_url"]).content == content
    assert home.upload(content) == answer


PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"--b--\r\n", "multipart/form-data"),
        (b"--b--\r\n", FORM),
        (PART % b"other" + b"x\r\n--b--\r\n", FORM),
        (PART % b"file" + b"<html>\r\n--b--\r\n", FORM),
        (PART % b"file" + b"\x89PNG\r\n\x1a\n", FORM),
        (b"--bad\r\n\r\nx\r\n--b--\r\n", FORM),
        (b"--b\r\n" + b"x" * 20_000, FORM),
    ],
)
def test_a_bad_upload_is_refused(home: House, body: bytes, content_type: str) -> None:
    answer = home.client.post(UPLOAD, content=body, headers={"content-type": content_type})
    assert answer.status_code == 200
    assert answer.json()["code"] == 1007
    assert "data" not in answer.json()


def test_nothing_is_left_of_a_bad_upload(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        assert home.upload(b"no media")["code"] == 1007
    assert list((tmp_path / "files" / ".work").iterdir()) == []
    assert list((tmp_path / "files" / "openapi").iterdir()) == []


def test_ranges(home: House) -> None:
    content = picture(size=64)
    url = home.upload(content)["data"]["download_url"]
    middle = home.client.get(url, headers={"Range": "bytes=10-19"})
    assert (middle.status_code, middle.content) == (206, content[10:20])
    assert middle.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert home.client.get(url, headers={"Range": "bytes=20-"}).content == content[20:]
    assert home.client.get(url, headers={"Range": "bytes=-5"}).content == content[-5:]
    assert home.client.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    tag = middle.headers["etag"]
    same = home.client.get(url, headers={"Range": "bytes=0-1", "If-Range": tag})
    other = home.client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)
    head = home.client.head(url)
    assert head.headers["content-length"] == str(len(content))
    assert head.content == b""


@pytest.mark.parametrize(
    "name",
    [
        "openapi/" + "0" * 64 + ".png",
        "../simulator.db",
        "%2e%2e/simulator.db",
        "..%2fsimulator.db",
        "openapi/",
        "",
        ".work",
    ],
)
def test_only_files_on_the_shelf_are_served(home: House, name: str) -> None:
    assert home.client.get(f"{home.url}/files/{name}").status_code == 404


def test_files_live_for_a_day(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        upload = home.upload(picture())["data"]["download_url"]
        result = home.made()["results"][0]["url"]
        home.advance(DAY - 60)
        assert home.client.get(upload).status_code == 200
        assert home.client.get(result).status_code == 200
        home.advance(61)
        assert home.client.get(upload).status_code == 404
        assert home.client.get(result).status_code == 404
        answer = home.made(CLIP, imageUrl=upload, duration="5")
        assert answer["status"] == "FAILED"
        assert answer["errorCode"] == "1013"
        assert "imageUrl" in answer["errorMessage"]
        assert "expired" in answer["errorMessage"]
        assert home.upload(picture())["data"]["download_url"] == upload
        assert home.client.get(upload).status_code == 200
        home.advance(DAY + 1)
    with house(tmp_path) as home:  # what nobody can fetch keeps no bytes
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
        assert home.client.get(upload.replace(upload.split("/files")[0], home.url)).status_code == 404


def test_an_upload_is_an_input_by_its_path(home: House) -> None:
    """The host of an address does not matter: it changes with every start."""

    def drawn_from(content: bytes, host: str | None = None) -> bytes:
        url = home.upload(content)["data"]["download_url"]
        if host:
            url = host + urllib.parse.urlsplit(url).path
        done = home.made(CLIP, imageUrl=url, duration="5", prompt="same")
        assert done["status"] == "SUCCESS", done
        return home.client.get(done["results"][0]["url"]).content

    red = drawn_from(picture("red"))
    assert red == drawn_from(picture("red"))
    assert red != drawn_from(picture("blue"))
    assert drawn_from(picture("red"), "http://127.0.0.1:1") != red  # the same file, told by another address
    assert drawn_from(picture("red"), "https://old.example:1") != drawn_from(
        picture("blue"), "https://old.example:1"
    )


def test_results_are_inputs(home: House) -> None:
    first = home.made()["results"][0]["url"]
    second = home.made(CLIP, imageUrl=first, duration="5")
    assert second["status"] == "SUCCESS"
    listed = home.made(REFERENCES, imageUrls=[first, first], elements=[{"type": "image", "url": first}])
    assert listed["status"] == "SUCCESS"


def test_an_upload_that_never_was(home: House) -> None:
    answer = home.made(CLIP, imageUrl=f"{home.url}/files/openapi/{'1' * 64}.png", duration="5")
    assert (answer["status"], answer["errorCode"]) == ("FAILED", "1013")
    nested = home.made(REFERENCES, elements=[{"url": f"http://x/files/openapi/{'2' * 64}.png"}])
    assert (nested["status"], nested["errorCode"]) == ("FAILED", "1013")


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("data:image/png;base64," + base64.b64encode(picture()).decode(), ""),
        ("data:image/jpeg;charset=x;base64," + base64.b64encode(picture(form="JPEG")).decode(), ""),
        ("data:image/png," + urllib.parse.quote_from_bytes(picture()), ""),
        ("data:image/png;base64,****", "1013"),
        ("data:image/png;base64," + base64.b64encode(b"<html>").decode(), "1013"),
        ("data:image/png;base64", "1013"),
    ],
)
def test_data_addresses(home: House, uri: str, code: str) -> None:
    answer = home.made(CLIP, imageUrl=uri, duration="5")
    assert answer["errorCode"] == code, answer
    assert answer["status"] == ("FAILED" if code else "SUCCESS")


@pytest.mark.parametrize("scheme", ["https://media.example/cat.png?sign=1", "asset://42"])
def test_what_cannot_be_fetched_gets_a_stand_in(home: House, scheme: str) -> None:
    def drawn(url: str) -> bytes:
        done = home.made(CLIP, imageUrl=url, duration="5")
        assert done["status"] == "SUCCESS", done
        return home.client.get(done["results"][0]["url"]).content

    assert drawn(scheme) == drawn(scheme)
    assert drawn(scheme) != drawn(scheme + "1")


def test_stand_ins_are_of_the_kind_that_is_wanted(home: House) -> None:
    assert home.made(FILM, videoUrl="https://media.example/film.mp4")["status"] == "SUCCESS"
    made = list(home.server.settings.folder.glob("files/.stand-ins/video-quick-*/stand-in.mp4"))
    assert made


def test_a_file_above_the_limit_of_its_parameter(home: House) -> None:
    url = home.upload(picture() + bytes(1_100_000))["data"]["download_url"]
    answer = home.submit(CLIP, imageUrl=url, duration="5")
    assert answer["errorCode"] == "1008"
    assert "imageUrl" in answer["errorMessage"]


def test_the_length_of_an_input_is_billed(home: House, film: bytes) -> None:
    url = home.upload(film)["data"]["download_url"]
    price = home.client.post("/openapi/v2/price-preview/ink/video-edit", json={"videoUrl": url}).json()
    done = home.made(FILM, videoUrl=url)
    assert price["estimatedPrice"] == 1.0  # 2 s at 0.5
    assert done["usage"]["thirdPartyConsumeMoney"] == "1.00"


def test_a_client_that_leaves_in_the_middle(home: House) -> None:
    def half() -> Iterator[bytes]:
        yield PART % b"file" + picture()
        raise KeyError

    headers = {"content-type": FORM}
    with home.caller(KEY) as leaver, pytest.raises(KeyError):
        leaver.post(UPLOAD, content=half(), headers=headers)
    assert home.upload(picture("green"))["code"] == 0


# ---------------------------------------------------------------------------------------- the body itself

BOUNDARY = b"b0undary"


def encode(parts: list[tuple[str, bytes]]) -> bytes:
    body = b""
    for name, content in parts:
        head = f'--{BOUNDARY.decode()}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + b"--" + BOUNDARY + b"--\r\n"


DELIMITER = b"\r\n--" + BOUNDARY
PIECES = [b"\r\n", b"--", b"--" + BOUNDARY, b"\r\n--", DELIMITER[:-1], b"\r", b"x"]
NASTY = st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)


@given(
    content=NASTY.filter(lambda content: DELIMITER not in content),
    before=st.lists(st.binary(max_size=20).filter(lambda c: b"--" not in c), max_size=2),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_the_file_comes_out_whole_however_it_is_cut(
    content: bytes, before: list[bytes], cuts: list[int]
) -> None:
    body = encode([*[("other", each) for each in before], ("file", content), ("file", b"a second one")])
    got = bytearray()
    reader = PartReader(BOUNDARY, "file", got.extend)
    start = 0
    for end in [*sorted(min(cut, len(body)) for cut in cuts), len(body)]:
        reader.feed(body[start:end])
        start = end
    assert bytes(got) == content
    assert reader.found
    assert reader.is_complete


@pytest.mark.parametrize(
    "head", ["", "text/plain", "multipart/form-data", 'multipart/form-data; boundary=""']
)
def test_a_boundary_is_needed(head: str) -> None:
    with pytest.raises(Malformed):
        boundary_of(head)


def test_a_quoted_boundary() -> None:
    assert boundary_of('multipart/form-data; boundary="a b"') == b"a b"
