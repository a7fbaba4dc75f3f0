"""`rhflow doctor`: every finding provoked for real, with its exit code and its way out."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rhflow.app import doctor, doctor_account, doctor_home, doctor_machine, file_systems
from rhflow.app.clock import SystemClock
from rhflow.app.doctor_network import check_clock
from rhflow.app.file_systems import NETWORK, linux_mounts, mac_mounts, named_by, synced_by
from rhflow.media.ffmpeg import ffmpeg_path
from rhflow.media.fonts import font_files, font_for
from rhflow.store import trial
from rhflow.view.doctor_view import Checked
from tests.cli.front import KEY, STILL, FarSide, Front

Far = Callable[..., FarSide]


@pytest.fixture(scope="module")
def _machine() -> list[Checked]:
    return list(doctor_machine.check_machine())


@pytest.fixture(autouse=True)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _machine: list[Checked]) -> None:
    """This machine is looked at once, but by the tests that change something about it."""
    if "forgetful" not in request.fixturenames:
        monkeypatch.setattr(doctor, "check_machine", lambda: _machine)


def look(front: Front, *words: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """The findings by name."""
    document = front.json("doctor", "doctor", *words, code=code)
    assert document["exit_code"] == code
    assert document["usable"] is (code == 0)
    for item in document["findings"]:
        assert item["level"] == "ok" or item["fix"], item
        assert item["message"].endswith((".", ")", '."')), item
    return {item["name"]: item for item in document["findings"]}


def settings(front: Front, *words: str) -> dict[str, tuple[str | None, str]]:
    document = front.json("doctor", "doctor", "--offline", *words, code=None)
    return {item["name"]: (item["value"], item["origin"]) for item in document["settings"]}


@pytest.fixture
def two_sites(far_side: Far, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[FarSide, FarSide]]:
    """Two simulators stand in as the vendor's two sites, with keys of their own; the second is in force."""

    def start(first: set[str], second: set[str]) -> tuple[FarSide, FarSide]:
        both = [far_side(accept_keys=frozenset(keys)) for keys in (first, second)]
        monkeypatch.setattr(doctor_account, "SITES", tuple(far.address for far in both))
        return both[0], both[1]

    return start


# -- without a key, without a network


def test_a_new_machine_is_usable(front: Front) -> None:
    found = look(front)
    assert {item["level"] for item in found.values()} == {"ok"}
    assert "simulator" in found["key"]["message"]
    assert {"facts", "disk", "sqlite", "journal", "purchases", "python", "ffmpeg"} <= set(found)
    assert "host" not in found, "nobody is asked without a key"
    said = front.ok("doctor")
    assert said.out.rstrip().endswith("All is well: ready to run on the simulator.")
    assert front.ok("doctor", "-q").out == ""
    assert "kind: " in front.ok("doctor", "-v").out


def test_it_changes_nothing(front: Front, far: FarSide) -> None:
    front.write("still.rhflow.yaml", STILL)
    front.ok("run", "still.rhflow.yaml", "--yes", "-q")

    def everything() -> dict[Path, tuple[int, bytes]]:
        files = [
            path
            for path in front.folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))
        ]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before, bill = everything(), far.bill()
    look(front)
    assert everything() == before
    assert far.bill() == bill
    shutil.rmtree(front.folder / ".rhflow")
    assert look(front, "--home", "elsewhere")["home"]["facts"]["exists"] is False
    assert not (front.folder / "elsewhere").exists()


def test_the_vendor_is_wanted_and_there_is_no_key(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHFLOW_PROVIDER", "runninghub")
    found = look(front, code=4)
    assert found["key"]["level"] == "problem"
    assert "RUNNINGHUB_API_KEY" in found["key"]["fix"]


def test_offline_asks_nobody(front: Front, far: FarSide) -> None:
    far.faults({"on": "account", "code": "http-5xx"}, {"on": "queue", "code": "http-5xx"})
    found = look(front, "--offline")
    assert "--offline" in found["host"]["message"]
    faults = far.client.get("/simulator/faults").json()["faults"]
    assert sum(fault["seen"] for fault in faults) == 0
    assert "balance" not in found


# -- the key, and what the site says of it


KINDS = [
    ("shared-key-0123456789abcdef012345", "SHARED", "ok", "wallet"),
    ("normal-key-0123456789abcdef012345", "NORMAL", "warning", "1014"),
    ("exclusive-key-0123456789abcdef01234", "EXCLUSIVE", "warning", "1014"),
    ("free-key-0123456789abcdef01234567", "NORMAL", "warning", "801"),
    ("lapsed-key-0123456789abcdef012345", "EXCLUSIVE", "warning", "machines"),
]


@pytest.mark.parametrize(("key", "kind", "level", "word"), KINDS, ids=[row[0].split("-")[0] for row in KINDS])
def test_the_kind_of_the_key_says_what_it_buys(
    front: Front, far_side: Far, key: str, kind: str, level: str, word: str
) -> None:
    far_side(key=key)
    found = look(front)["key-kind"]
    assert (found["facts"]["kind"], found["level"]) == (kind, level)
    assert word in found["message"]
    assert level == "ok" or "/enterprise-api/sharedApi" in found["fix"]


def test_balance_and_concurrency(front: Front, far_side: Far) -> None:
    far = far_side(concurrency=3)
    found = look(front)
    assert found["balance"]["facts"]["currency"] == "CNY"
    assert (found["concurrency"]["facts"]["limit"], found["concurrency"]["facts"]["running"]) == (3, 0)
    assert "up to 8 are wanted" in found["concurrency"]["message"]
    assert found["clock"]["level"] == "ok"
    assert far.bill() == []


@pytest.mark.parametrize(
    ("key", "options", "code"), [(KEY, {"wallet": "0"}, "812"), ("normal" + KEY[6:], {"coins": 0}, "416")]
)
def test_an_empty_purse(front: Front, far_side: Far, key: str, options: dict[str, Any], code: str) -> None:
    from decimal import Decimal

    far_side(
        key=key, **{name: Decimal(value) if name == "wallet" else value for name, value in options.items()}
    )
    found = look(front, code=4)["balance"]
    assert code in found["message"]
    assert "vip-rights" in found["fix"]


def test_a_quota_that_is_used_up(front: Front, far_side: Far) -> None:
    from decimal import Decimal

    front.write("still.rhflow.yaml", STILL)
    far_side(wallet=Decimal("0.14"))
    front.ok("run", "still.rhflow.yaml", "--yes", "-q")
    found = look(front, code=4)
    assert found["quota"]["facts"] == {"limit": "0.14", "used": "0.14"}
    assert KEY[-4:] not in json.dumps(found)


def test_the_key_of_the_other_site(front: Front, two_sites: Callable[..., Any]) -> None:
    first, second = two_sites({KEY}, {"another"})
    found = look(front, code=4)["host"]
    assert found["facts"]["other_takes_it"] is True
    assert f"RUNNINGHUB_BASE_URL={first.address}" in found["fix"]
    assert f"{second.address}/enterprise-api" in found["fix"]
    assert "802" in found["message"]


def test_a_key_that_neither_site_knows(front: Front, two_sites: Callable[..., Any]) -> None:
    first, second = two_sites({"one"}, {"two"})
    found = look(front, code=4)["host"]
    assert found["facts"]["other_takes_it"] is False
    assert "does not, either" in found["message"]
    assert first.address in found["fix"]
    assert second.address in found["fix"]


def test_the_other_site_cannot_be_asked(front: Front, two_sites: Callable[..., Any]) -> None:
    first, _ = two_sites({KEY}, {"two"})
    first.faults({"on": "account", "code": "http-5xx"})
    found = look(front, code=4)["host"]
    assert "cannot say" in found["message"]


def test_a_stand_ins_key_is_shown_to_nobody_else(front: Front, far_side: Far) -> None:
    far_side(accept_keys=frozenset({"another"}))
    found = look(front, code=4)["host"]
    assert "other" not in found["facts"]
    assert "127.0.0.1" in found["fix"]


CODES: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("416", "436", "801", "802", "806", "811", "812", "1002", "1014"), (4, "key")),
    **dict.fromkeys(("http-401", "http-403"), (4, "key")),
    **dict.fromkeys(("412", "1000", "http-404", "http-5xx"), (5, "far_side")),
    **dict.fromkeys(("421", "1003", "http-429"), (0, "far_side")),
}
"""What the site may say to a free question, and how that ends."""


def test_what_the_site_says_becomes_a_sentence(front: Front, far: FarSide) -> None:
    for code, (exit_code, area) in CODES.items():
        far.faults({"on": "account", "code": int(code) if code.isdecimal() else code})
        found = look(front, code=exit_code)["host"]
        assert (found["area"], found["facts"]["code"]) == (area, code)
        assert found["level"] == ("problem" if exit_code else "warning")
        assert code.removeprefix("http-") in found["message"]


def test_nobody_there(front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "http://127.0.0.1:9")
    found = look(front, code=6)["host"]
    assert found["area"] == "network"
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://no-such-host.invalid")
    assert "name is not known" in look(front, code=6)["host"]["message"]


def test_a_page_that_is_no_api(front: Front, far: FarSide) -> None:
    far.faults({"on": "account", "answer": {"status": 200, "body": "<html>Welcome to the hotel</html>"}})
    assert look(front, code=5)["host"]["area"] == "far_side"


def test_with_the_simulator_chosen_the_key_is_in_nobodys_way(
    front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHFLOW_PROVIDER", "simulator")
    far.faults({"on": "account", "code": 802})
    assert look(front)["host"]["level"] == "warning"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Bearer " + KEY, 4, "holds characters no key can have"),
        ("ключ" + KEY, 4, "holds characters no key can have"),
        ('"' + KEY + '"', 0, "begins with"),
        ("RUNNINGHUB_API_KEY=" + KEY, 0, "begins with"),
        ("short", 0, "has 5 characters"),
    ],
)
def test_what_is_no_key(
    front: Front, monkeypatch: pytest.MonkeyPatch, text: str, code: int, said: str
) -> None:
    monkeypatch.setenv("RUNNINGHUB_API_KEY", text)
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://www.runninghub.cn")
    found = look(front, "--offline", code=code)
    assert said in found["key"]["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
def test_a_key_file_that_others_can_read(front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNNINGHUB_API_KEY")
    file = front.write("secret.txt", KEY)
    file.chmod(0o644)
    front.write("rhflow.toml", 'api_key_file = "secret.txt"\n')
    found = look(front)
    assert found["key-file"]["fix"] == f"chmod 600 {file}"
    assert found["key"]["facts"]["from"] == "rhflow.toml"
    file.chmod(0o600)
    assert "key-file" not in look(front)
    file.unlink()
    missing = look(front, code=2)["settings"]
    assert "secret.txt" in missing["message"]


def test_the_users_own_file_may_name_the_key_file(front: Front, tmp_path: Path) -> None:
    folder = tmp_path / "person" / "rhflow"
    folder.mkdir()
    (folder / "key").write_text(KEY, encoding="utf-8")
    (folder / "key").chmod(0o600)
    (folder / "config.toml").write_text('api_key_file = "key"\n', encoding="utf-8")
    assert settings(front)["api_key"] == (None, f"user file, {folder / 'key'}")


def test_no_part_of_the_key_is_shown(front: Front, far_side: Far) -> None:
    key = "qzxwvkjhgfdsapoiuytrewqmnblkcvxz"
    far_side(key=key)
    told = "".join(front.call("doctor", *words).out for words in (["-v"], ["--json"], ["--offline", "-v"]))
    for start in range(len(key) - 3):
        assert key[start : start + 4] not in told


# -- settings, the way out, the clock


def test_where_each_setting_comes_from(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(front)["provider"] == ("simulator", "default: there is no key")
    front.write(
        "rhflow.toml",
        'concurrency = 3\nbudget = "5 CNY"\n[models."seedream-v4/text-to-image"]\nprice = "0.20 CNY"\n',
    )
    monkeypatch.setenv("RHFLOW_POLL", "2.5")
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://www.runninghub.ai")
    found = settings(front)
    assert found["concurrency"] == ("3", "rhflow.toml")
    assert found["poll"] == ("2.5 s", "RHFLOW_POLL")
    assert found["base_url"] == ("https://www.runninghub.ai", "RUNNINGHUB_BASE_URL")
    assert found["budget"] == ("5.00 CNY for the run", "rhflow.toml")
    assert found['models."seedream-v4/text-to-image"'][1] == "rhflow.toml"
    assert settings(front, "--home", "h")["home"][1] == "command line"


def test_settings_that_make_no_sense(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    front.write("rhflow.toml", "concurrency = [")
    found = look(front, code=2)
    assert "rhflow.toml" in found["settings"]["message"]
    assert found["ffmpeg"]["level"] == "ok", "the rest is looked at all the same"
    front.write("rhflow.toml", '[models."no/such-model"]\nprice = "1 CNY"\n')
    assert "no/such-model" in look(front, code=2)["settings"]["message"]
    (front.folder / "rhflow.toml").unlink()
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://me:opensesame@www.runninghub.cn")
    said = front.call("doctor")
    assert said.code == 2
    assert "opensesame" not in said.out + said.err


def test_slips_of_the_pen(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNINGHUB_APIKEY", KEY)
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://www.runninghub.ai")
    monkeypatch.setenv("RH_API_BASE_URL", "https://www.runninghub.cn")
    found = look(front)
    assert found["unread-variable"]["fix"] == "Perhaps RUNNINGHUB_API_KEY was meant."
    assert found["disagreement"]["facts"] == {"counts": "RUNNINGHUB_BASE_URL", "ignored": "RH_API_BASE_URL"}
    assert KEY not in front.ok("doctor", "-v").out


def test_old_facts(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + 400 * 86_400)
    found = look(front)["facts"]
    assert found["level"] == "warning"
    assert "rhflow models refresh" in found["fix"]


def test_a_clock_that_is_wrong(front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + 3600)
    found = look(front)["clock"]
    assert found["level"] == "warning"
    assert abs(found["facts"]["ahead_s"] - 3600) < 60
    assert check_clock("no date", 0, "x") is None
    behind = check_clock("Thu, 01 Jan 1970 01:00:00 GMT", 0, "x")
    assert behind is not None
    assert "3600 s behind" in behind.said


def test_proxy_and_certificates(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNINGHUB_API_KEY", KEY)
    for name in (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    assert "without a proxy" in look(front, "--offline")["proxy"]["message"]
    monkeypatch.setenv("HTTPS_PROXY", "http://me:opensesame@proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/x.pem")
    found = look(front, "--offline")
    assert found["proxy"]["facts"] == {"proxy": "http://proxy.example:3128"}
    assert "opensesame" not in json.dumps(found)
    assert found["certificates"]["level"] == "warning"
    monkeypatch.setenv("SSL_CERT_FILE", str(front.folder / "none.pem"))
    assert look(front, "--offline", code=6)["certificates"]["level"] == "problem"
    monkeypatch.setenv("SSL_CERT_FILE", str(front.write("one.pem", "x")))
    assert look(front, "--offline")["certificates"]["level"] == "ok"


def test_a_proxy_nobody_can_speak_to(front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "https://www.runninghub.cn")
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "proxy" in look(front, code=2)["settings"]["message"]
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:port")
    assert "no address" in look(front, code=6)["proxy"]["message"]


# -- the home


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no rights of that kind here")
def test_a_home_that_cannot_be_written(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # for whom every folder can be written: say it on the system's behalf
        refused = OSError(30, "Read-only file system")
        monkeypatch.setattr(doctor_home.tempfile, "TemporaryFile", lambda **_: (_ for _ in ()).throw(refused))
    else:
        (front.folder / ".rhflow").chmod(0o500)
    found = look(front, code=9)
    assert found["home"]["level"] == "problem"
    assert "--home DIR" in found["home"]["fix"]
    (front.folder / ".rhflow").chmod(0o700)


@pytest.mark.parametrize(("free", "level", "code"), [(5_000_000, "problem", 9), (900_000_000, "warning", 0)])
def test_little_room(front: Front, monkeypatch: pytest.MonkeyPatch, free: int, level: str, code: int) -> None:
    usage = shutil.disk_usage(front.folder)
    monkeypatch.setattr(doctor_home.shutil, "disk_usage", lambda _: usage._replace(free=free))
    assert look(front, code=code)["disk"]["level"] == level


def test_a_damaged_journal(front: Front) -> None:
    front.write(".rhflow/journal.db", b"this is no database at all, " * 100)
    found = look(front, code=9)
    assert found["journal"]["level"] == "problem"
    assert found["python"]["level"] == "ok"


def test_purchases_that_wait(front: Front, far_side: Far) -> None:
    far = far_side()
    front.write("still.rhflow.yaml", STILL)
    far.faults({"on": "submit", "do": "drop_after"})
    assert front.call("run", "still.rhflow.yaml", "--yes").code == 8
    found = look(front)["purchases"]
    assert (found["level"], found["facts"]["in_doubt"]) == ("warning", 1)
    assert "rhflow audit" in found["fix"]


def test_what_the_dead_left(front: Front) -> None:
    front.write("still.rhflow.yaml", STILL)
    front.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick", "-q")
    dead = front.write(".rhflow/living/elsewhere-1-00000000.alive", "")
    long_ago = time.time() - 90_000
    os.utime(dead, (long_ago, long_ago))
    found = look(front)["leftovers"]
    assert found["facts"]["things"] == 1
    assert "locks ended with them" in found["message"]


def test_who_is_at_work(front: Front) -> None:
    from rhflow.store.alive import Presence

    front.write("still.rhflow.yaml", STILL)
    front.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick", "-q")
    here = Presence(front.folder / ".rhflow" / "living", "another-computer-77-00000000")
    try:
        found = look(front)["at-work"]
    finally:
        here.close()
    assert found["level"] == "warning"
    assert "process 77" in found["message"]


def test_sqlite_is_tried_with_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = trial.try_sqlite(tmp_path)
    assert (found.has_wal, found.has_locks, found.trouble) == (True, True, None)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(trial, "_OTHER_PROCESS", 'print("free")')  # what a folder without locks makes of it
    assert trial.try_sqlite(tmp_path).has_locks is False
    assert trial.try_sqlite(tmp_path / "none").trouble


def test_a_home_without_locks(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_OTHER_PROCESS", 'print("free")')
    found = look(front, code=9)["sqlite"]
    assert "does not see its locks" in found["message"]


_LINUX = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 22 0:27 / /mnt/my\040films rw,nosuid shared:1 - nfs4 server:/films rw,vers=4.2
32 22 0:28 / /mnt/laptop rw - fuse.sshfs me@laptop: rw
33 32 0:29 / /mnt/laptop/disk rw - ext4 /dev/vdb rw
"""
_MAC = """/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//me@nas/films on /Volumes/films (smbfs, nodev, nosuid, mounted by me)
"""
_TYPES = [
    ("/srv/me/.rhflow", linux_mounts, _LINUX, "ext4", False),
    ("/mnt/my films/a/.rhflow", linux_mounts, _LINUX, "nfs4", True),
    ("/mnt/laptop/x", linux_mounts, _LINUX, "fuse.sshfs", True),
    ("/mnt/laptop/disk/x", linux_mounts, _LINUX, "ext4", False),
    ("/Volumes/me", mac_mounts, _MAC, "apfs", False),
    ("/Volumes/films/x", mac_mounts, _MAC, "smbfs", True),
]


@pytest.mark.parametrize(
    ("place", "read", "text", "kind", "is_network"), _TYPES, ids=[row[0] for row in _TYPES]
)
def test_file_systems(place: str, read: Any, text: str, kind: str, is_network: bool) -> None:
    from pathlib import PurePosixPath

    mounts = [(PurePosixPath(point), name) for point, name in read(text)]
    assert named_by(PurePosixPath(place), iter(mounts)) == kind
    assert bool(NETWORK.fullmatch(kind)) is is_network


@pytest.mark.skipif(sys.platform != "linux", reason="mountinfo is Linux's")
def test_a_network_home_is_warned_of(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = front.write("mounts", f"1 0 0:1 / {front.folder.resolve()} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(file_systems, "_MOUNTS", mounts)
    found = look(front)["file-system"]
    assert (found["level"], found["facts"]["kind"]) == ("warning", "nfs4")


def test_a_synced_home_is_warned_of(front: Front) -> None:
    assert synced_by(Path("/srv/me/Dropbox/films/.rhflow")) == "Dropbox"
    assert synced_by(Path("/srv/me/films")) is None
    assert look(front, "--home", "OneDrive - Me/.rhflow")["file-system"]["level"] == "warning"


def test_out_that_cannot_be_written(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    out = front.folder / "out"
    out.mkdir()
    real = doctor_home.tempfile.TemporaryFile

    def refusing(*, dir: Path) -> Any:  # noqa: A002
        if Path(dir) == out:
            raise PermissionError(13, "Permission denied")
        return real(dir=dir)

    monkeypatch.setattr(doctor_home.tempfile, "TemporaryFile", refusing)
    found = look(front)["out"]
    assert found["level"] == "warning"
    assert look(front, "--out", "other")["out"]["level"] == "ok"


# -- the machine


@pytest.fixture
def forgetful() -> Any:
    """What was found of ffmpeg and fonts is forgotten before and after."""
    for each in (ffmpeg_path, font_files, font_for):
        each.cache_clear()
    yield
    for each in (ffmpeg_path, font_files, font_for):
        each.cache_clear()


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in as ffmpeg")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be run"),
        ("#!/bin/sh\necho ffmpeg version 3.1\n", "without H.264 or AAC"),
        ("#!/bin/sh\necho Unknown encoder libx264 >&2\nexit 1\n", "Unknown encoder libx264"),
    ],
)
def test_ffmpeg_that_is_none(
    front: Front, monkeypatch: pytest.MonkeyPatch, forgetful: None, text: str | None, said: str
) -> None:
    file = front.folder / "ffmpeg"
    if text is not None:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    monkeypatch.setenv("RHFLOW_FFMPEG", str(file))
    found = look(front, code=9)["ffmpeg"]
    assert said in found["message"]
    assert settings(front)["ffmpeg"] == (str(file), "RHFLOW_FFMPEG")


def test_fonts(front: Front, monkeypatch: pytest.MonkeyPatch, forgetful: None) -> None:
    monkeypatch.setenv("RHFLOW_FONT", "none.ttf")
    assert "none.ttf" in look(front)["font"]["message"]
    from rhflow.media import fonts

    monkeypatch.setattr(fonts, "_packaged", list)
    monkeypatch.setattr(fonts, "_of_system", list)
    for each in (font_files, font_for):
        each.cache_clear()
    found = look(front)["chinese-letters"]
    assert found["level"] == "warning"
    assert "rhflow[cjk]" in found["fix"]


def test_a_missing_package(front: Front, monkeypatch: pytest.MonkeyPatch, forgetful: None) -> None:
    real = doctor_machine.metadata.requires("rhflow") or []
    monkeypatch.setattr(doctor_machine.metadata, "requires", lambda _: [*real, "no-such-package>=1"])
    found = look(front, code=9)["packages"]
    assert "no-such-package" in found["message"]
    assert re.match(r"\d+\.\d+", found["facts"]["httpx"])
