"""The committed data: it reads, it is what the tool would write, and damage is told in a sentence."""

from __future__ import annotations

import importlib.util
import json
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from rhflow.catalog.read import read_catalog
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind

ROOT = Path(__file__).parents[2]
DATA = ROOT / "rhflow" / "catalog" / "data"
CATALOG = load_catalog()


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh_catalog", ROOT / "tools" / "refresh_catalog.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
TEXTS = {path.name: path.read_text("utf-8") for path in (DATA / "models").glob("*.json")}


def _committed() -> tuple[list, list, list]:
    errors = json.loads((DATA / "errors.json").read_text("utf-8"))
    overrides = json.loads((DATA / "overrides.json").read_text("utf-8"))
    return TOOL.read_data(DATA), errors, overrides


def test_every_model_reads() -> None:
    assert len(CATALOG.models) == 393
    assert sum(model.endpoint is None for model in CATALOG.models) == 3
    assert sum(not model.params_known for model in CATALOG.models) == 5
    assert sum(model.deprecated for model in CATALOG.models) == 10
    assert sum(len(model.params) for model in CATALOG.models) == 2228
    assert CATALOG.as_of == "2026-09-19"


def test_outputs_are_kinds() -> None:
    counts = Counter(model.output for model in CATALOG.models)
    assert counts == {Kind.VIDEO: 206, Kind.IMAGE: 106, Kind.AUDIO: 33, Kind.TEXT: 31, Kind.MODEL3D: 17}
    last_frame = CATALOG.find("bytedance/seedance-2.0-global/image-to-video")
    assert last_frame is not None
    assert last_frame.output_kinds == (Kind.VIDEO, Kind.IMAGE)
    assert last_frame.extra_outputs[0].when == "returnLastFrame"


def test_reading_is_quick() -> None:
    best = min(_timed() for _ in range(5))
    assert best < 0.12, f"{best:.3f} s"  # 0.013 s on an idle laptop core; the rest is for busy machines


def _timed() -> float:
    begin = time.perf_counter()
    read_catalog(TEXTS)
    return time.perf_counter() - begin


def test_zero_is_a_fact() -> None:
    lip_sync = CATALOG.find("kling-lip-sync/lip-sync-video")
    assert lip_sync is not None
    start = lip_sync.param("soundStartTime")
    assert start is not None
    assert start.min == 0
    assert any(param.default == 0 for model in CATALOG.models for param in model.params)
    assert any(param.default is False for model in CATALOG.models for param in model.params)


def test_no_price_is_zero() -> None:
    for model in CATALOG.models:
        amounts = [rule.price for rule in model.price.rules] + [model.price.amount]
        assert all(amount is None or amount > 0 for amount in amounts), model.id
        assert all(isinstance(amount, Decimal | None) for amount in amounts)


def test_every_rule_names_a_parameter() -> None:
    for model in CATALOG.models:
        for rule in model.price.rules:
            assert all(model.param(name) for name in rule.when), model.id


def test_extensions_say_that_nobody_knows_what_returns() -> None:
    found = {model.id for model in CATALOG.models if model.returns == "unknown"}
    by_task = {model.id for model in CATALOG.search(task="video-extend")}
    assert found == by_task
    assert len(found) == 7


def test_nothing_committed_is_stale() -> None:
    files = TOOL.everything(*_committed())
    assert TOOL.stale(files) == []
    assert len(files) == 37 + 1 + 390


def test_writing_from_the_data_changes_nothing() -> None:
    models, _, overrides = _committed()
    once = TOOL.corrected(models, overrides)
    assert TOOL.family_texts(once) == TEXTS
    assert TOOL.corrected(once, overrides) == once


def test_schema_files_have_portable_names() -> None:
    names = [path.name for path in (ROOT / "schemas" / "models").glob("*.json")]
    assert len({name.lower() for name in names}) == len(names) == 390
    assert not [name for name in names if set(name) & set('<>:"|?*\\') or len(name) > 120]


SOURCE = {
    "endpoint": "maker/thing",
    "names": ["thing"],
    "task": "text-to-3d",
    "task_by_path": "image-to-3d",
    "family": "thing",
    "output": "3d",
    "tier": None,
    "deprecated": False,
    "params_status": "documented",
    "sources": ["menu 000 (nav)", "menu 001 (nav)", "registry 2026-05-07 (X)"],
    "extra_outputs": [{"type": "image", "when": "preview"}],
    "pricing": {
        "currency": "CNY",
        "as_of": "2026-04-29",
        "unit": "call",
        "basis": "by-parameter",
        "depends_on": ["n"],
        "rules": [{"when": {"n": ""}, "price": 0.1}],
    },
    "params": [
        {"name": "n", "type": "integer", "required": False, "default": 0, "min": 0, "max": 4},
        {"name": "on", "type": "boolean", "required": False, "default": False},
        {
            "name": "ref",
            "type": "object",
            "required": False,
            "shape": "unknown",
            "type_uncertain": ["string"],
        },
    ],
}


def test_new_facts_take_the_form_of_the_data() -> None:
    facts = TOOL.model_facts(SOURCE)
    model = read_catalog(TOOL.family_texts([facts])).models[0]
    assert model.output is Kind.MODEL3D
    assert model.other_tasks == ("image-to-3d",)
    assert model.sources == ("documentation tree", "registry 2026-05-07 (X)")
    assert model.price.rules[0].price == Decimal("0.1")
    assert model.params_known
    count, switch, reference = model.params
    assert (count.default, count.min, count.max) == (0, 0, 4)
    assert switch.default is False
    assert reference.also == ("string",)


def test_a_price_nobody_can_read_is_unknown_and_keeps_its_words() -> None:
    pricing = {"currency": "CNY", "as_of": "2026-04-29", "unit": None, "unit_raw": "/x", "basis": "unparsed"}
    model = read_catalog(TOOL.family_texts([TOOL.model_facts({**SOURCE, "pricing": pricing})])).models[0]
    assert (model.price.basis, model.price.raw, model.price.describe()) == ("unknown", "/x", "unknown")


def test_a_correction_needs_a_reason_and_a_place() -> None:
    facts = [TOOL.model_facts(SOURCE)]
    changed = TOOL.corrected(facts, [{"model": "maker/thing", "set": {"output": "image"}, "reason": "seen"}])
    assert changed[0]["output"] == "image"
    assert facts[0]["output"] == "model3d"
    dropped = TOOL.corrected(
        facts, [{"model": "maker/thing", "param": "n", "drop": ["default"], "reason": "sample"}]
    )
    assert "default" not in dropped[0]["params"][0]
    for bad in ({"model": "maker/thing", "set": {}}, {"model": "maker/other", "set": {}, "reason": "x"}):
        with pytest.raises(SystemExit):
            TOOL.corrected(facts, [bad])


def test_the_tool_checks_and_mends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    data = tmp_path / "rhflow" / "catalog" / "data"
    (data / "models").mkdir(parents=True)
    monkeypatch.setattr(TOOL, "ROOT", tmp_path)
    monkeypatch.setattr(TOOL, "DATA", data)
    monkeypatch.setattr(TOOL, "SCHEMAS", tmp_path / "schemas" / "models")
    (data / "overrides.json").write_text("[]")
    source, codes = tmp_path / "models.json", tmp_path / "errors.json"
    source.write_text(json.dumps([SOURCE]))
    codes.write_text(json.dumps([{"code": 7, "verdict": "give up", "surface": "v2", "on_submit": "unclear"}]))
    arguments = [str(source), "--errors", str(codes)]
    assert TOOL.main([*arguments, "--check"]) == 1
    assert not (data / "models" / "thing.json").exists()
    assert TOOL.main(arguments) == 0
    assert "code 7 has no meaning yet" in capsys.readouterr().err
    assert TOOL.main(["--check"]) == 0
    (tmp_path / "schemas" / "models" / "gone.json").write_text("{}")
    assert TOOL.main(["--check"]) == 1
    assert TOOL.main([]) == 0
    assert [path.name for path in (tmp_path / "schemas" / "models").iterdir()] == ["maker__thing.json"]


GOOD = {
    "endpoint": "a/b",
    "names": ["b"],
    "task": "text-to-image",
    "output": "image",
    "params": [{"name": "n", "type": "integer", "min": 1}],
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "x.json is no JSON"),
        ("[]", "x.json lacks its form"),
        ('{"family": "x"}', "x.json lacks its form: 'models' is missing"),
        ({**GOOD, "colour": "red"}, "a/b: colour is no field of the data"),
        ({**GOOD, "deprecated": "no"}, "a/b: deprecated is 'no'"),
        ({**GOOD, "output": "smell"}, "a/b: 'smell' is not a valid Kind"),
        ({**GOOD, "tier": "cheap"}, "a/b: tier is 'cheap'"),
        ({**GOOD, "returns": "half"}, "a/b: returns is 'half'"),
        ({**GOOD, "params": [{"name": "n", "type": "int"}]}, "a/b: parameter n: type 'int' is none we know"),
        ({**GOOD, "params": [{"name": "n"}]}, "a/b: parameter n: 'type' is missing"),
        ({**GOOD, "params": ["n"]}, "a/b: parameter"),
        (
            {**GOOD, "params": [{"name": "n", "type": "integer", "min": "1"}]},
            "a/b: parameter n: min is '1'",
        ),
        ({**GOOD, "price": {"basis": "fixed", "amount": "free"}}, "a/b: 'free' is no price"),
        ({**GOOD, "price": {"basis": "fixed", "amount": "-1"}}, "a/b: '-1' is no price"),
        ({**GOOD, "price": {"basis": "fixed", "amount": 1.5}}, "a/b: amount is 1.5"),
        ({**GOOD, "price": {"basis": "guess"}}, "a/b: price by 'guess'"),
        ({"names": []}, "a model without a name"),
    ],
)
def test_damage_is_told_in_a_sentence(text: object, said: str) -> None:
    if not isinstance(text, str):
        text = json.dumps({"family": "x", "as_of": None, "models": [text]})
    with pytest.raises(ValueError) as caught:
        read_catalog({"x.json": text})
    assert said in str(caught.value)
    assert "x.json" in str(caught.value)


def test_good_data_reads() -> None:
    text = json.dumps({"family": "x", "as_of": None, "models": [GOOD]})
    catalog = read_catalog({"x.json": text})
    assert catalog.as_of is None
    assert catalog.models[0].price.basis == "unknown"
