"""Starting, stopping, being killed, and sharing a folder: what was bought once stays bought once."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from rhflow.ground.errors import StoreError, UsageError
from rhflow.simulator.order import Order, Rendered
from rhflow.simulator.server import SimulatorServer, Timing, running_simulator
from tests.simulator.server_house import CATALOG, KEY, PICTURE, QUICK, RENDERER, house, settings
from tests.simulator.test_server_files import picture

ROOT = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextmanager
def process(folder: Path, mode: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator.server_process", str(folder), mode],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        yield child, child.stdout.readline().strip()
    finally:
        child.kill()
        child.communicate()


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)


def wait_for(task: str, at: httpx.Client, limit_s: float = 30) -> dict[str, object]:
    end = time.monotonic() + limit_s
    while True:
        answer = at.post("/openapi/v2/query", json={"taskId": task}).json()
        if answer["status"] not in ("QUEUED", "RUNNING"):
            return answer
        assert time.monotonic() < end, answer
        time.sleep(0.02)


def buy(at: httpx.Client, prompt: str = "a heron") -> str:
    answer = at.post(PICTURE, json={"prompt": prompt, "size": "1k"}).json()
    assert answer["errorCode"] == "", answer
    return answer["taskId"]


@pytest.mark.parametrize("mode", ["quick", "full"])
def test_a_killed_server_loses_nothing(tmp_path: Path, mode: str) -> None:
    with process(tmp_path, mode) as (child, url):
        with client(url) as at:
            done = buy(at, "done before")
            old = wait_for(done, at)["results"][0]["url"]
            upload = at.post("/openapi/v2/media/upload/binary", files={"file": picture()}).json()["data"]
            open_ones = [buy(at, f"slow 0.5 {number}") for number in range(3)]
            bill = at.get("/simulator/bill").json()
        child.kill()
        child.wait()
    with house(tmp_path) as home:
        assert home.url != url
        assert home.bill() == bill
        again = home.query(done)
        assert again["status"] == "SUCCESS"
        assert again["results"][0]["url"] == old.replace(url, home.url)
        assert home.client.get(again["results"][0]["url"]).content.startswith(b"\x89PNG")
        assert home.client.get(upload["download_url"].replace(url, home.url)).content == picture()
        for task in open_ones:
            assert home.wait(task)["status"] == "SUCCESS"
        assert home.bill() == bill
    assert list((tmp_path / "files" / ".work").iterdir()) == []


@POSIX
def test_render_processes_die_with_their_server(tmp_path: Path) -> None:
    with process(tmp_path, "full") as (child, url):
        with client(url) as at:
            wait_for(buy(at), at)
            buy(at, "slow 30")
        workers = children(child.pid)
        assert workers
        child.kill()
        child.wait()
        end = time.monotonic() + 5
        while any(alive(pid) for pid in workers) and time.monotonic() < end:
            time.sleep(0.02)
        assert not any(alive(pid) for pid in workers)


def children(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, above in pairs if above == parent]


def alive(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip()) and not listed.stdout.strip().startswith("Z")


@POSIX
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_quietly(tmp_path: Path, how: signal.Signals) -> None:
    with process(tmp_path, "full") as (child, url):
        with client(url) as at:
            buy(at, "slow 30")
            time.sleep(0.3)
        start = time.monotonic()
        child.send_signal(how)
        out, err = child.communicate(timeout=25)
        assert time.monotonic() - start < 15, "it does not wait for what is drawn"
        assert child.returncode == 0
        assert out == "stopped\n"
        assert err == ""


def test_two_servers_share_a_folder(tmp_path: Path) -> None:
    drawn: list[str] = []

    def render(order: Order) -> list[Rendered]:
        drawn.append(str(order.arguments["prompt"]))
        time.sleep(0.01)
        return [Rendered(None, "txt", text="x")]

    with house(tmp_path, renderer=render) as one, house(tmp_path, renderer=render) as two:
        tasks = [(one, two)[number % 2].submit(prompt=f"heron {number}")["taskId"] for number in range(40)]
        assert {two.wait(task)["status"] for task in tasks} == {"SUCCESS"}
        assert {one.wait(task)["status"] for task in tasks} == {"SUCCESS"}
        assert one.bill() == two.bill()
        assert len(one.bill()["entries"]) == 40
    assert sorted(drawn) == sorted(f"heron {number}" for number in range(40))


def test_a_folder_that_two_servers_make_at_once(tmp_path: Path) -> None:
    servers = [SimulatorServer(settings(tmp_path / "new")) for _ in range(6)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.base_url for server in servers}) == 6
    for server in servers:
        server.stop()


def test_a_stopped_server_gives_its_jobs_back(tmp_path: Path) -> None:
    with house(tmp_path, quick=False, workers=1) as home:
        task = home.submit(prompt="slow 20")["taskId"]
        time.sleep(0.5)
        start = time.monotonic()
    assert time.monotonic() - start < 10, "it does not wait for what is drawn"
    with house(tmp_path, renderer=lambda _: [Rendered(None, "txt", text="x")]) as home:
        assert home.wait(task, 5)["status"] == "SUCCESS"


def test_render_processes_draw_what_threads_draw(tmp_path: Path) -> None:
    contents = []
    for quick in (True, False):
        with house(tmp_path / str(quick), quick=quick) as home:
            done = home.made(prompt="the same twice")
            contents.append([home.client.get(item["url"]).content for item in done["results"]])
    assert contents[0] == contents[1]
    assert len(contents[0]) == 2


def test_a_render_process_that_dies_is_replaced(tmp_path: Path) -> None:
    with house(tmp_path, quick=False, workers=1) as home:
        answer = home.made(prompt="die")
        assert (answer["status"], answer["errorCode"]) == ("FAILED", "1015")
        assert home.made(prompt="crash")["errorCode"] == "1015"
        assert home.made(prompt="live")["status"] == "SUCCESS"


def test_beside_an_event_loop(tmp_path: Path) -> None:
    """It starts in some 50 ms and stops in 20; the best of three counts, for the machine may be busy."""

    async def main() -> tuple[float, float]:
        before = time.perf_counter()
        async with running_simulator(tmp_path, CATALOG, quick=True, renderer=RENDERER, timing=QUICK) as url:
            started = time.perf_counter() - before
            async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {KEY}"}) as at:
                answer = (await at.post(PICTURE, json={"prompt": "x", "size": "1k"})).json()
                assert answer["errorCode"] == ""
                before = time.perf_counter()
        return started, time.perf_counter() - before

    there = set(threading.enumerate())  # other tests may have a simulator of their own
    times = [asyncio.run(main(), debug=False) for _ in range(3)]
    assert min(started for started, _ in times) < 1.5  # seconds: generous, for a busy machine
    assert min(stopped for _, stopped in times) < 1.5
    gc.collect()
    left = set(threading.enumerate()) - there
    assert not [thread for thread in left if thread.name.startswith(("simulator", "AnyIO"))]


def test_a_cancelled_caller_stops_it(tmp_path: Path) -> None:
    urls: list[str] = []

    async def forever() -> None:
        async with running_simulator(tmp_path, CATALOG, quick=True, renderer=RENDERER) as url:
            urls.append(url)
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(forever())
        while not urls:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0])


@POSIX
def test_ctrl_c_beside_an_event_loop_says_nothing_more_than_that(tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # without a guard around its last line: workers must not mind
    script.write_text(
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "import httpx\n"
        "from rhflow.simulator.server import running_simulator\n"
        "from tests.simulator.server_house import CATALOG, PICTURE, RENDERER\n"
        "async def main():\n"
        f"    home = Path({str(tmp_path / 'home')!r})\n"
        "    async with running_simulator(home, CATALOG, renderer=RENDERER) as url:\n"
        "        headers = {'Authorization': 'Bearer 1234567890'}\n"
        "        async with httpx.AsyncClient(base_url=url, headers=headers) as at:\n"
        "            await at.post(PICTURE, json={'prompt': 'slow 30', 'size': '1k'})\n"
        "            await asyncio.sleep(0.5)\n"
        "            print('ready', flush=True)\n"
        "            await asyncio.sleep(60)\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit('interrupted')\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert select.select([child.stdout], [], [], 20)[0]
    assert child.stdout.readline() == "ready\n"
    start = time.monotonic()
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to everybody in the group
    _, err = child.communicate(timeout=25)
    assert time.monotonic() - start < 15
    assert [line for line in err.splitlines() if "took" not in line] == ["interrupted"]


def test_stopping_does_not_wait_for_a_stalled_call(tmp_path: Path) -> None:
    with house(tmp_path, faults=[{"on": "query", "stall": 60}]) as home:
        broken: list[Exception] = []

        def ask() -> None:
            try:
                home.query("1")
            except httpx.TransportError as error:
                broken.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not home.client.get("/simulator/faults").json()["faults"][0]["played"]:
            time.sleep(0.01)
        start = time.monotonic()
        home.server.stop()
        assert time.monotonic() - start < 20, "the call is stalled for a minute"
        thread.join()
        assert broken


def test_a_taken_port(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        port = int(home.url.rpartition(":")[2])
        with pytest.raises(UsageError, match=str(port)):
            SimulatorServer(settings(tmp_path, port=port)).start()
    with house(tmp_path, port=port) as home:
        assert home.url.endswith(f":{port}")


@pytest.mark.parametrize("content", [b"not a database, and longer than its header would be" * 20])
def test_state_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "simulator.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"simulator\.db"):
        SimulatorServer(settings(tmp_path)).start()


def test_state_of_another_version(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "simulator.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match="another version"):
        SimulatorServer(settings(tmp_path)).start()


def test_queries_are_cheap(tmp_path: Path) -> None:
    """1,300 a second on a quiet machine with this client; the bound leaves room for a busy one."""
    with house(tmp_path) as home:
        task = home.made()["taskId"]
        rate, end = 0.0, time.monotonic() + 20
        while rate < 300 and time.monotonic() < end:
            start = time.perf_counter()
            for _ in range(100):
                home.query(task)
            rate = 100 / (time.perf_counter() - start)
        assert rate >= 300


def test_realistic_waits(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=2, running_s=8)) as home:
        task = home.submit()["taskId"]
        assert home.query(task)["status"] == "QUEUED"
        home.advance(3)
        assert home.query(task)["status"] == "RUNNING"
        home.advance(8)
        assert home.wait(task)["status"] == "SUCCESS"
