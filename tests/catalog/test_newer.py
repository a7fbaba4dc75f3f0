"""A newer export of the registry: what is other, and how it counts from then on."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rhflow.app.session import full_catalog
from rhflow.catalog.difference import difference
from rhflow.catalog.intake import read_facts
from rhflow.catalog_files import USER_FILE, keep_newer, load_catalog, read_newer, user_catalog
from rhflow.ground.errors import StoreError, UsageError
from rhflow.settings import read_settings

BASE = load_catalog()
HAILUO = "minimax/hailuo-2.3-fast/image-to-video"
EXTEND = "skyreels-v3/single-shot-video-extension"

SOURCE: dict[str, Any] = {
    "endpoint": HAILUO,
    "names": ["hailuo-2.3-fast/image-to-video", "海螺-2.3-fast-图生视频"],
    "task": "image-to-video",
    "family": "hailuo",
    "output": "video",
    "tier": None,
    "deprecated": False,
    "params": [
        {"name": "prompt", "type": "string", "required": True, "max_length": 2000},
        {"name": "enablePromptExpansion", "type": "boolean", "required": True, "default": True},
        {
            "name": "imageUrl",
            "type": "image",
            "required": True,
            "accept": ["JPG", "PNG"],
            "max_size_mb": 30,
        },
        {"name": "duration", "type": "enum", "required": True, "default": "6", "enum": ["6", "10"]},
    ],
    "pricing": {
        "currency": "CNY",
        "as_of": "2026-04-29",
        "unit": "call",
        "basis": "by-parameter",
        "rules": [{"when": {"duration": "10"}, "price": 1.69}, {"when": {"duration": "6"}, "price": 1.01}],
    },
    "sources": ["registry 2026-11-01 (somewhere)"],
    "params_status": "documented",
}


def newer(tmp_path: Path, *models: dict[str, Any]) -> Path:
    file = tmp_path / "models.json"
    file.write_text(json.dumps(models), encoding="utf-8")
    return file


def changed(**fields: Any) -> dict[str, Any]:
    model = copy.deepcopy(SOURCE)
    model.update(fields)
    return model


def compare(file: Path) -> Any:
    return difference(BASE.models, {name: read_facts(item) for name, item in read_newer(file).items()})


def test_the_same_said_again(tmp_path: Path) -> None:
    found = compare(newer(tmp_path, SOURCE))
    assert (found.new, found.changed, found.confirmed) == ((), (), (HAILUO,))
    assert len(found.gone) == len(BASE.models) - 1
    assert not found.is_empty


def test_a_new_model(tmp_path: Path) -> None:
    found = compare(newer(tmp_path, SOURCE, changed(endpoint="hailuo-4/image-to-video", names=["hailuo-4"])))
    assert found.new == ("hailuo-4/image-to-video",)


def test_other_parameters_and_prices(tmp_path: Path) -> None:
    model = changed(tier="official-stable", deprecated=True)
    model["params"][0]["max_length"] = 3000
    model["params"][3]["enum"] = ["6", "10", "15"]
    del model["params"][1]
    model["params"].append({"name": "lastImageUrl", "type": "image", "required": True})
    model["pricing"]["rules"][1]["price"] = 1.11
    (change,) = compare(newer(tmp_path, model)).changed
    assert change.model == HAILUO
    assert change.params == (
        "duration: enum 6, 10 → 6, 10, 15",
        "enablePromptExpansion is gone",
        "lastImageUrl is new, required",
        "prompt: max_length 2000 → 3000",
    )
    assert change.price == "1.01–1.69 CNY a call, by duration → 1.11–1.69 CNY a call, by duration"
    assert set(change.facts) == {"tier: – → official-stable", "deprecated: no → yes"}


def test_other_rules_between_the_same_bounds(tmp_path: Path) -> None:
    model = changed()
    rules = model["pricing"]["rules"]
    rules[0]["price"], rules[1]["price"] = rules[1]["price"], rules[0]["price"]
    (change,) = compare(newer(tmp_path, model)).changed
    assert change.price is not None
    assert "duration 10: 1.69; duration 6: 1.01 → duration 10: 1.01; duration 6: 1.69" in change.price


def test_our_corrections_are_no_news(tmp_path: Path) -> None:
    """`returns` stands in overrides.json and in no export."""
    known = BASE.find(EXTEND)
    assert known is not None
    assert known.returns == "unknown"
    bare = changed(endpoint=EXTEND, names=list(known.names))
    facts = read_newer(newer(tmp_path, bare))[EXTEND]
    assert facts["returns"] == "unknown"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("{}", "no list"),
        ("[1]", "model 1"),
        ("[{}]", "'family' is missing"),
        (json.dumps([{**SOURCE, "output": "smell"}]), "smell"),
        (json.dumps([{**SOURCE, "params": [{"name": "x", "type": "taste"}]}]), "taste"),
        (json.dumps([{**SOURCE, "pricing": {"basis": "fixed"}}]), HAILUO),
    ],
)
def test_what_is_no_export(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "models.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is no export") as told:
        read_newer(file)
    assert said in told.value.message


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_newer(tmp_path / "nowhere.json")


def test_a_home_without_newer_facts(tmp_path: Path) -> None:
    assert user_catalog(tmp_path, BASE) is BASE


def test_newer_facts_count_and_older_stay(tmp_path: Path) -> None:
    home = tmp_path / ".rhflow"
    model = changed()
    model["pricing"]["rules"][1]["price"] = 1.11
    facts = read_newer(
        newer(tmp_path, model, changed(endpoint="hailuo-4/image-to-video", names=["hailuo-4"]))
    )
    path = keep_newer(home, facts, "models.json")
    assert path == home / USER_FILE
    assert list(home.iterdir()) == [path]
    catalog = user_catalog(home, BASE)
    assert [one.id for one in catalog.models] == [
        *(one.id for one in BASE.models),
        "hailuo-4/image-to-video",
    ]
    hailuo = catalog.find("海螺-2.3-fast-图生视频")
    assert hailuo is not None
    assert hailuo.price.rules[1].price == Decimal("1.11")
    assert catalog.find("hailuo-4") is not None
    assert catalog.as_of == "2026-11-01"
    rest = [one for one in catalog.models if one.id in {old.id for old in BASE.models} - {HAILUO}]
    assert rest == [one for one in BASE.models if one.id != HAILUO]


def test_a_second_refresh_adds_to_the_first(tmp_path: Path) -> None:
    keep_newer(
        tmp_path, read_newer(newer(tmp_path, changed(endpoint="new/one", names=["one"]))), "first.json"
    )
    keep_newer(
        tmp_path, read_newer(newer(tmp_path, changed(endpoint="new/two", names=["two"]))), "second.json"
    )
    catalog = user_catalog(tmp_path, BASE)
    assert catalog.find("one") is not None
    assert catalog.find("two") is not None
    assert json.loads((tmp_path / USER_FILE).read_text("utf-8"))["from"] == "second.json"


def test_what_the_package_says_too_is_not_kept(tmp_path: Path) -> None:
    known = BASE.find(HAILUO)
    assert known is not None
    same = changed(sources=["seed x (nav)", "seed x (page)", *known.sources[2:]])
    facts = read_newer(newer(tmp_path, same))
    assert read_facts(facts[HAILUO]) == known
    keep_newer(tmp_path, facts, "models.json")
    assert json.loads((tmp_path / USER_FILE).read_text("utf-8"))["models"] == []
    assert user_catalog(tmp_path, BASE) is BASE


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"rhflow_catalog": 2}', '{"rhflow_catalog": 1, "as_of": null, "models": [{}]}']
)
def test_a_damaged_file_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / USER_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"catalog\.json is no catalogue of ours") as told:
        user_catalog(tmp_path, BASE)
    assert "models refresh" in (told.value.hint or "")


def test_a_file_with_a_broken_model_says_which(tmp_path: Path) -> None:
    document = {"rhflow_catalog": 1, "as_of": None, "models": [{"family": "x", "names": ["y"], "task": 3}]}
    (tmp_path / USER_FILE).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StoreError, match="y: task is 3"):
        user_catalog(tmp_path, BASE)


def test_settings_stand_above_newer_facts(tmp_path: Path) -> None:
    home = tmp_path / ".rhflow"
    model = changed()
    model["pricing"]["rules"][1]["price"] = 1.11
    keep_newer(home, read_newer(newer(tmp_path, model)), "models.json")
    (tmp_path / "rhflow.toml").write_text(f'[models."{HAILUO}"]\nprice = "0.5 CNY"\n', encoding="utf-8")
    settings = read_settings(home=home, environment={})
    hailuo = full_catalog(settings).find(HAILUO)
    assert hailuo is not None
    assert hailuo.price.amount == Decimal("0.5")
    assert full_catalog(settings).find("local/concat") is not None
