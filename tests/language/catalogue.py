"""The catalogue the language tests read against: the package's own, and a local step or two."""

from __future__ import annotations

import json
from importlib.resources import files

from rhflow.catalog.model import Blueprint, Model, Param
from rhflow.catalog.price import FREE
from rhflow.catalog_files import load_catalog, load_errors
from rhflow.ground.media import Kind
from rhflow.language.free_form import drawn_model
from rhflow.providers.runninghub.blueprints import app_blueprint, workflow_blueprint
from rhflow.providers.runninghub.calls import apps
from rhflow.providers.runninghub.exchange import Answer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import read_site
from rhflow.providers.runninghub.verdicts import Codes


def _local(name: str, output: Kind, *params: Param) -> Model:
    return Model(
        endpoint=f"local/{name}",
        names=(),
        task=name,
        family="local",
        output=output,
        params=params,
        price=FREE,
        version=1,
    )


LOCAL = (
    _local(
        "concat",
        Kind.VIDEO,
        Param(name="clips", type="video", required=True, multiple=True),
        Param(name="audio", type="audio"),
        Param(name="captions", type="array", item_type="string"),
    ),
    _local("last_frame", Kind.IMAGE, Param(name="video", type="video", required=True)),
    _local("probe", Kind.TEXT, Param(name="image", type="image"), Param(name="video", type="video")),
)


READER = Reader(Codes(load_errors()), read_site("https://www.runninghub.cn"), Secret("no-key-at-all"))


def blueprints() -> list[Blueprint]:
    """What the simulator's apps and workflows say of themselves, read as the client reads it."""
    data = files("rhflow.simulator") / "data"
    found: list[Blueprint] = []
    for item in sorted((data / "workflows").iterdir(), key=lambda item: item.name):
        told = json.loads(item.read_text("utf-8"))
        found.append(
            workflow_blueprint(f"workflow/{told['id']}", told["graph"], origin="simulator", as_of="")
        )
    for item in sorted((data / "apps").iterdir(), key=lambda item: item.name):
        told = json.loads(item.read_text("utf-8"))
        demo = {
            "webappName": told["name"],
            "accessEncrypted": "access_password" in told,
            "nodeInfoList": told["inputs"],
        }
        answer = Answer(200, json.dumps({"code": 0, "msg": "success", "data": demo}).encode())
        app = apps.app(told["id"]).read(READER, answer)
        code = told.get("quick_create_code")
        uses = f"quick/{told['id']}-{code}" if code else f"app/{told['id']}"
        found.append(app_blueprint(uses, app, origin="simulator", as_of=""))
    return found


DRAWN = tuple(model for model in map(drawn_model, blueprints()) if model is not None)

CATALOG = load_catalog().with_models((*LOCAL, *DRAWN))
