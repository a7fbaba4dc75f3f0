"""The catalogue the language tests read against: the package's own, and a local step or two."""

from __future__ import annotations

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind


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

CATALOG = load_catalog().with_models(LOCAL)
