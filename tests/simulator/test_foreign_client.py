"""A client that others wrote (runninghub-sdk, from the package index), against our simulator.

It was written to the vendor's API and knows nothing of us. Each of its calls stands in a table: it passes,
perhaps with a remark on who differs from whom, or it belongs to the vendor's web site and not to the API.
A test sees that none is left out.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from runninghub_sdk import RunningHubClient
from runninghub_sdk.exceptions import NetworkError, RunningHubError

from rhflow.catalog_files import load_catalog
from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import KEY, House, house
from tests.simulator.shown_tables import show
from tests.simulator.test_server_webhooks import receiver
from tests.simulator.test_server_workflows import ALIVE_APP, PICTURE_FLOW, change

MODEL = "seedream-v4/text-to-image"
SOON = Timing(queued_s=0.02, running_s=0.02)
PNG = b"\x89PNG"
PATIENCE = {"poll_interval": 0.02, "timeout": 20}
PROMPT = [change("6", "text", "a heron in the reeds")]


class Room:
    """The client, the simulator it talks to, and a folder."""

    def __init__(self, home: House, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.client = self.caller(KEY)

    def caller(self, key: str) -> RunningHubClient:
        return RunningHubClient(api_key=key, base_url=self.home.url)

    @property
    def picture(self) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (320, 320), "teal").save(file, "PNG")
        return file.getvalue()

    def ran(self) -> str:
        """A workflow that has ended well: its task id."""
        task = self.client.run(PICTURE_FLOW, PROMPT).task_id
        self.client.wait_for_completion(task, **PATIENCE)
        return str(task)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("simulator")
    with house(folder, catalog=load_catalog(), renderer=RENDERER, timing=SOON) as running:
        yield running


@pytest.fixture
def room(home: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Room(home, tmp_path)
    with made.client:
        yield made


# -- its calls, one function each; the name of the function is the name of the call


def run(room: Room) -> None:
    told = room.client.run(PICTURE_FLOW, PROMPT)
    assert len(told.task_id) == 19
    assert told.task_status.value in ("QUEUED", "RUNNING")
    assert json.loads(told.prompt_tips)["node_errors"] == {}
    with pytest.raises(RunningHubError, match="380"):
        room.client.run("1")


def run_with_modifier(room: Room) -> None:
    told = room.client.run_with_modifier(PICTURE_FLOW, room.client.create_modifier().text("6", "a fox"))
    assert room.client.wait_for_completion(told.task_id, **PATIENCE)


def wait_for_completion(room: Room) -> None:
    seen: list[str] = []
    task = room.client.run(PICTURE_FLOW, PROMPT).task_id
    (output,) = room.client.wait_for_completion(
        task, on_status_change=lambda status: seen.append(status.value), **PATIENCE
    )
    assert (output.node_id, output.file_type) == ("9", "png")
    assert seen[-1] == "SUCCESS"


def get_status(room: Room) -> None:
    assert room.client.get_status(room.ran()).value == "SUCCESS"


def get_outputs(room: Room) -> None:
    (output,) = room.client.get_outputs(room.ran())
    assert output.file_url.startswith(room.home.url), "although the client says Host: www.runninghub.cn"
    assert float(output.consume_money) > 0


def download_file(room: Room) -> None:
    (output,) = room.client.get_outputs(room.ran())
    path = room.client.download_file(output.file_url, room.folder / "one.png")
    assert path.read_bytes().startswith(PNG)


def download_outputs(room: Room) -> None:
    (path,) = room.client.download_outputs(room.client.get_outputs(room.ran()), room.folder)
    assert path.read_bytes().startswith(PNG)


def download_task_outputs(room: Room) -> None:
    (path,) = room.client.download_task_outputs(room.ran(), room.folder)
    assert path.read_bytes().startswith(PNG)


def download_history_outputs(room: Room) -> None:
    (output,) = room.client.get_outputs(room.ran())
    told = room.client.download_history_outputs([{"fileUrl": output.file_url}], room.folder)
    assert len(told["downloaded"]) == 1


def cancel(room: Room) -> None:
    room.home.faults({"on": "run", "stall": 60})
    task = room.client.run(PICTURE_FLOW, PROMPT).task_id
    room.home.faults()
    room.client.cancel(task)
    assert room.client.get_status(task).value == "FAILED"
    with pytest.raises(ValueError, match="CANCEL"):  # it knows four words for a status
        room.client.query_v2(task)


def get_workflow_json(room: Room) -> None:
    assert json.loads(room.client.get_workflow_json(PICTURE_FLOW))["6"]["class_type"] == "CLIPTextEncode"


def get_workflow_json_parsed(room: Room) -> None:
    assert room.client.get_workflow_json_parsed(PICTURE_FLOW)["9"]["class_type"] == "SaveImage"


def get_ai_app_api_demo(room: Room) -> None:
    demo = room.client.get_ai_app_api_demo(ALIVE_APP)
    assert demo.webapp_name == "A picture comes alive"
    fields = {field.field_type: field for field in demo.node_info_list}
    assert {"IMAGE", "INT", "LIST"} <= set(fields)
    assert json.loads(fields["LIST"].field_data)


def run_ai_app(room: Room) -> None:
    name = room.client.upload_file(room.picture, "a.png").file_name
    told = room.client.run_ai_app(ALIVE_APP, [change("52", "image", name)])
    outputs = room.client.wait_for_completion(told.task_id, **PATIENCE)
    assert [output.file_type for output in outputs] == ["mp4"]


def run_ai_app_with_modifier(room: Room) -> None:
    modifier = room.client.create_modifier().text("6", "slow waves")
    told = room.client.run_ai_app_with_modifier(ALIVE_APP, modifier)
    assert room.client.wait_for_completion(told.task_id, **PATIENCE)


def run_model_api(room: Room) -> None:
    told = room.client.run_model_api(MODEL, {"prompt": "a heron"})
    assert (told.error_code, told.results) == ("", None)
    refused = room.client.run_model_api(MODEL, {"prompt": 3})
    assert (refused.error_code, refused.task_id) == ("1007", "")


def query_v2(room: Room) -> None:
    told = room.client.query_v2(room.ran())
    assert told.status is not None
    assert told.status.value == "SUCCESS"
    assert told.usage is not None
    assert told.results


def wait_for_query_v2_completion(room: Room) -> None:
    task = room.client.run_model_api(f"/openapi/v2/{MODEL}", {"prompt": "a heron"}).task_id
    told = room.client.wait_for_query_v2_completion(task, **PATIENCE)
    assert told.results
    assert told.results[0]["outputType"] == "png"


def preview_model_price(room: Room) -> None:
    before = len(room.home.bill()["entries"])
    told = room.client.preview_model_price(MODEL, {"prompt": "a heron"})
    assert (told.estimated_price, told.currency, told.error_code) == (0.14, "CNY", "")
    assert room.client.preview_model_price(MODEL, {"prompt": 3}).error_code == "1007"
    assert len(room.home.bill()["entries"]) == before


def upload_file(room: Room) -> None:
    told = room.client.upload_file(room.picture, "a.png")
    assert told.type == "image"
    assert told.file_name.startswith("openapi/")
    path = room.client.download_file(told.download_url, room.folder / "back.png")
    assert path.read_bytes() == room.picture


def upload_image(room: Room) -> None:
    path = room.folder / "a.png"
    path.write_bytes(room.picture)
    assert room.client.upload_image(path)["downloadUrl"].endswith(".png")


def get_lora_upload_url(room: Room) -> None:
    told = room.client.get_lora_upload_url("mine", "0" * 32)
    assert told.file_name == f"api-lora-cn/{'0' * 32}.safetensors"


def upload_lora(room: Room) -> None:
    assert room.client.upload_lora("mine", b"lora" * 100).endswith(".safetensors")


def get_account_status(room: Room) -> None:
    told = room.client.get_account_status()
    assert (told.api_type, told.currency) == ("SHARED", "CNY")
    assert float(told.remain_money or 0) > 0
    with room.caller("normal" + KEY[6:]) as consumer:
        poor = consumer.get_account_status()
    assert (poor.api_type, poor.remain_money) == ("NORMAL", None)


def list_api_keys(room: Room) -> None:
    (told,) = room.client.list_api_keys()
    assert told.is_enabled
    assert told.key.startswith("***")


def get_queue_status(room: Room) -> None:
    told = room.client.get_queue_status()
    assert (told.api_key_type, told.concurrent_limit) == ("SHARED", 50)


def validate_api_key(room: Room) -> None:
    assert room.client.validate_api_key() is True
    with house(room.folder / "strict", accept_keys=frozenset({"another"})) as strict:
        with RunningHubClient(api_key=KEY, base_url=strict.url) as stranger:
            with pytest.raises(NetworkError, match="401"):  # it waits for code 401 or 806 in an HTTP 200
                stranger.validate_api_key()
            with pytest.raises(RunningHubError) as refused:
                stranger.get_account_status()
        assert refused.value.code == 802


def get_webhook_detail(room: Room) -> None:
    with receiver() as hook:
        task = room.client.run(PICTURE_FLOW, PROMPT, webhook_url=hook.url).task_id
        (event,) = hook.wait(1)
        while (told := room.client.get_webhook_detail(task)).callback_status != "SUCCESS":
            pass
    assert told.event_data == event["eventData"]
    assert json.loads(told.event_data)["data"][0]["nodeId"] == "9"


def retry_webhook(room: Room) -> None:
    with receiver() as hook:
        task = room.client.run(PICTURE_FLOW, PROMPT, webhook_url=hook.url).task_id
        hook.wait(1)
        room.client.retry_webhook(room.client.get_webhook_detail(task).id, hook.url)
        hook.wait(2)


def list_public_models(room: Room) -> None:
    told = room.client.list_public_models("LORA", resource_name="grain")
    assert told.records[0].node_model_name == "film-grain-xl.safetensors"
    tag = told.records[0].tags[0]  # type: ignore[index]
    assert tag.id
    again = room.client.list_public_models("LORA", tags=[tag.id])
    assert told.records[0].node_model_name in {item.node_model_name for item in again.records}


PASSES: dict[str, tuple[Callable[[Room], None], str, str]] = {
    "run": (run, "`/task/openapi/create`", "no such workflow: code 380 becomes its own error"),
    "run_with_modifier": (run_with_modifier, "the same", ""),
    "wait_for_completion": (
        wait_for_completion,
        "`/status` and `/outputs`",
        "a task that failed: it raises 805, and with it gets no further than we do",
    ),
    "get_status": (get_status, "`/task/openapi/status`", ""),
    "get_outputs": (
        get_outputs,
        "`/task/openapi/outputs`",
        "it sends `Host: www.runninghub.cn` wherever it calls, which is not taken for where files are",
    ),
    "download_file": (download_file, "`/files/…`", ""),
    "download_outputs": (download_outputs, "the same", ""),
    "download_task_outputs": (download_task_outputs, "the same", ""),
    "download_history_outputs": (download_history_outputs, "the same", ""),
    "cancel": (
        cancel,
        "`/task/openapi/cancel`",
        "`query_v2` then raises: it knows four words for a status, the vendor's contract has `CANCEL`, too",
    ),
    "get_workflow_json": (get_workflow_json, "`/api/openapi/getJsonApiFormat`", ""),
    "get_workflow_json_parsed": (get_workflow_json_parsed, "the same", ""),
    "get_ai_app_api_demo": (get_ai_app_api_demo, "`/api/webapp/apiCallDemo`", ""),
    "run_ai_app": (run_ai_app, "`/task/openapi/ai-app/run`", ""),
    "run_ai_app_with_modifier": (run_ai_app_with_modifier, "the same", ""),
    "run_model_api": (run_model_api, "`/openapi/v2/{endpoint}`", "a refusal is handed over, not raised"),
    "query_v2": (query_v2, "`/openapi/v2/query`", ""),
    "wait_for_query_v2_completion": (wait_for_query_v2_completion, "the same", ""),
    "preview_model_price": (preview_model_price, "`/openapi/v2/price-preview/{endpoint}`", ""),
    "upload_file": (upload_file, "`/openapi/v2/media/upload/binary`", ""),
    "upload_image": (upload_image, "the same", ""),
    "get_lora_upload_url": (get_lora_upload_url, "`/api/openapi/getLoraUploadUrl`", ""),
    "upload_lora": (upload_lora, "the same, then `PUT`", ""),
    "get_account_status": (get_account_status, "`/uc/openapi/accountStatus`", ""),
    "list_api_keys": (
        list_api_keys,
        "`/openapi/v2/api-key/list`",
        "it wants a number for `status`; no other source says, so the simulator gives 1",
    ),
    "get_queue_status": (get_queue_status, "`/openapi/v2/queue/status`", ""),
    "validate_api_key": (
        validate_api_key,
        "the same",
        "a wrong key raises: it waits for code 401 or 806, the simulator says 1002 with HTTP 401",
    ),
    "get_webhook_detail": (get_webhook_detail, "`/task/openapi/getWebhookDetail`", ""),
    "retry_webhook": (retry_webhook, "`/task/openapi/retryWebhook`", ""),
    "list_public_models": (
        list_public_models,
        "`/openapi/v2/resource/list`",
        "it wants `tags` with id and name; of the fields only `nodeModelName` is documented",
    ),
}
"""Its name -> what it has to do, where it goes on the wire, who differs from whom."""

OF_THE_SITE: dict[str, Callable[[RunningHubClient], Any]] = {
    "login": lambda client: client.login("138", "x", base_url=client.base_url),
    "from_login": lambda client: client.from_login("138", "x", base_url=client.base_url),
    "get_webapp_detail": lambda client: client.get_webapp_detail(ALIVE_APP),
    "copy_workflow": lambda client: client.copy_workflow(PICTURE_FLOW),
    "get_access_token": lambda client: client.get_access_token(),
    "list_webapps": lambda client: client.list_webapps(),
    "list_portal_templates": lambda client: client.list_portal_templates(),
    "query_output_history_v2": lambda client: client.query_output_history_v2(),
    "get_user_info": lambda client: client.get_user_info("1"),
    "get_user_api_key": lambda client: client.get_user_api_key("1"),
    "get_call_log_detail": lambda client: client.get_call_log_detail("1", "2"),
}
"""Calls of the web site, made with a password or a browser's token: no documented API, and not there."""

SAYS_NOTHING = ("close", "create_modifier", "from_env", "from_token_cache")
"""These send nothing by themselves."""


@pytest.mark.parametrize("name", PASSES)
def test_the_call_passes(room: Room, name: str) -> None:
    PASSES[name][0](room)


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_what_belongs_to_the_site_is_not_there(room: Room, name: str) -> None:
    with pytest.raises(NetworkError, match="404"):
        OF_THE_SITE[name](room.client)


def test_no_call_is_left_out() -> None:
    calls = {name for name, _ in inspect.getmembers(RunningHubClient, callable) if not name.startswith("_")}
    twins = {name for name in calls if name.startswith("async_")}
    properties = {"aclose"}
    assert calls - twins - properties == {*PASSES, *OF_THE_SITE, *SAYS_NOTHING}
    assert {name.removeprefix("async_") for name in twins} <= calls


def test_the_asynchronous_twins(room: Room) -> None:
    async def main() -> None:
        async with RunningHubClient(api_key=KEY, base_url=room.home.url) as client:
            first, second = await asyncio.gather(
                client.async_run(PICTURE_FLOW, PROMPT), client.async_run_model_api(MODEL, {"prompt": "x"})
            )
            (output,) = await client.async_wait_for_completion(first.task_id, **PATIENCE)
            told = await client.async_wait_for_query_v2_completion(second.task_id, **PATIENCE)
            assert told.results
            path = await client.async_download_file(output.file_url, room.folder / "a.png")
            assert path.read_bytes().startswith(PNG)
            assert (await client.async_get_queue_status()).concurrent_limit == 50
            assert (await client.async_get_ai_app_api_demo(ALIVE_APP)).node_info_list
            # Its asynchronous upload announces JSON and sends a form: no server could read that.
            with pytest.raises(RunningHubError):
                await client.async_upload_file(room.picture)

    asyncio.run(main())


def test_the_page_shows_it() -> None:
    rows = [[f"`{name}`", wire, "passes", note] for name, (_, wire, note) in PASSES.items()]
    names = ", ".join(f"`{name}`" for name in OF_THE_SITE)
    rows.append(
        ["`async_…`", "the same calls", "pass", "its `async_upload_file` sends a form as JSON: refused"]
    )
    rows.append([names, "calls of the web site", "not there", "no documented API; 412 with HTTP 404"])
    show("foreign calls", ["runninghub-sdk 1.1", "on the wire", "against the simulator", "remark"], rows)
