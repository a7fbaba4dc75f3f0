"""Where settings come from, and what makes no sense."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from rhflow.ground.caps import Caps
from rhflow.ground.errors import SettingsError
from rhflow.ground.values import Money
from rhflow.settings import DEFAULT_HOST, Settings, api_key, find_home, read_settings


def settings(folder: Path, toml: str = "", user: str = "", **environment: str) -> Settings:
    """Those of a project in `folder`, with a user file beside it."""
    (folder / "rhflow.toml").write_text(toml, "utf-8")
    user_file = folder / "config" / "rhflow" / "config.toml"
    user_file.parent.mkdir(parents=True, exist_ok=True)
    user_file.write_text(user, "utf-8")
    where = {"XDG_CONFIG_HOME": str(folder / "config"), "APPDATA": str(folder / "config")}
    return read_settings(home=folder / ".rhflow", environment={**where, **environment})


def test_without_anything_the_simulator_is_at_work(tmp_path: Path) -> None:
    found = read_settings(home=tmp_path / ".rhflow", environment={})
    assert (found.provider, found.has_key, found.provider_was_chosen) == ("simulator", False, False)
    assert (found.base_url, found.concurrency, found.poll_s, found.budget) == (DEFAULT_HOST, 8, None, Caps())
    assert set(found.origin.values()) == {"default"}


def test_a_key_means_the_real_thing_unless_somebody_chose(tmp_path: Path) -> None:
    assert settings(tmp_path, RUNNINGHUB_API_KEY="k").provider == "runninghub"
    assert settings(tmp_path, RUNNINGHUB_API_KEY="k", RHFLOW_PROVIDER="simulator").provider == "simulator"
    assert settings(tmp_path, 'provider = "simulator"', RH_API_KEY="k").provider == "simulator"


def test_the_order_of_the_places(tmp_path: Path) -> None:
    toml, user = "concurrency = 3\npoll = 1.5", 'concurrency = 2\nbudget = "9 CNY"'
    found = settings(tmp_path, toml, user)
    assert (found.concurrency, found.poll_s, found.budget) == (3, 1.5, Caps(run=Money(Decimal(9))))
    assert found.origin["concurrency"] == "rhflow.toml"
    assert found.origin["budget"] == "user file"
    found = settings(tmp_path, toml, user, RHFLOW_CONCURRENCY="5")
    assert (found.concurrency, found.origin["concurrency"]) == (5, "RHFLOW_CONCURRENCY")
    by_flag = read_settings(home=tmp_path / ".rhflow", concurrency=7, environment={"RHFLOW_CONCURRENCY": "5"})
    assert (by_flag.concurrency, by_flag.origin["concurrency"]) == (7, "command line")


def test_of_each_cap_the_lowest_counts_wherever_it_stands(tmp_path: Path) -> None:
    toml = '[budget]\nrun = "40 CNY"\nstep = "5"\nday = "100 CNY"'
    user = 'budget = "30 CNY"'
    assert settings(tmp_path, toml).budget == Caps.parse("run=40, step=5, day=100")
    found = settings(tmp_path, toml, user, RHFLOW_BUDGET="run=50, day=20, project=500")
    assert found.budget == Caps.parse("run=30, step=5, day=20, project=500")
    assert found.origin["budget"] == "RHFLOW_BUDGET, rhflow.toml, user file"
    assert settings(tmp_path, toml, RHFLOW_BUDGET="50 CNY").budget.run == Money(Decimal(40))


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"RHFLOW_PROVIDER": "comfy"}, "'comfy' is no provider"),
        ({"RUNNINGHUB_BASE_URL": "runninghub.cn"}, "no address of the API"),
        ({"RHFLOW_CONCURRENCY": "many"}, "no number for concurrency"),
        ({"RHFLOW_CONCURRENCY": "0"}, "concurrency of 0 makes no sense"),
        ({"RHFLOW_CONCURRENCY": "1.5"}, "concurrency of 1.5 makes no sense"),
        ({"RHFLOW_CONCURRENCY": "inf"}, "makes no sense"),
        ({"RHFLOW_POLL": "-1"}, "makes no sense for poll"),
        ({"RHFLOW_POLL": "nan"}, "makes no sense for poll"),
        ({"RHFLOW_POLL": "inf"}, "makes no sense for poll"),
        ({"RHFLOW_BUDGET": "-3"}, "The budget"),
        ({"RHFLOW_BUDGET": "3 GBP"}, "The budget"),
        ({"RHFLOW_BUDGET": "a lot"}, "The budget"),
        ({"RHFLOW_BUDGET": "week=3"}, "'week' is no cap"),
        ({"RHFLOW_BUDGET": "day=3, day=4"}, "twice"),
    ],
)
def test_what_makes_no_sense_in_the_environment(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        settings(tmp_path, **environment)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("provider = ", "is no TOML"),
        ('provider = "comfy"', "provider"),
        ('api_key = "0123456789abcdef"', "api_key"),
        ("concurrency = true\nspeed = 3", "It may hold"),
        ('[budget]\nweek = "3"', "budget.week: Extra inputs are not permitted"),
        ('[budget]\nweek = "3"', "It may hold: run, step, day, project."),
        ("[budget]\nday = 3", "budget.day: Input should be a valid string"),
        ('[budget]\nday = "3 GBP"', "The budget: 'GBP' is no currency"),
    ],
)
def test_what_makes_no_sense_in_a_file(tmp_path: Path, toml: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as told:
        settings(tmp_path, toml)
    assert sentence in str(told.value)
    assert "0123456789abcdef" not in str(told.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "rhflow.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(home=tmp_path / ".rhflow", environment={})


# -- the home ------------------------------------------------------------------------------------------


def test_the_home_is_the_nearest_upwards(tmp_path: Path) -> None:
    (tmp_path / "project" / ".rhflow").mkdir(parents=True)
    deep = tmp_path / "project" / "films" / "one"
    deep.mkdir(parents=True)
    assert find_home(None, deep / "film.yaml", {}) == tmp_path / "project" / ".rhflow"
    (tmp_path / "project" / "films" / "rhflow.toml").write_text("", "utf-8")
    assert find_home(None, deep / "film.yaml", {}) == tmp_path / "project" / "films" / ".rhflow"


def test_the_home_that_is_named_counts_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named, by_environment = tmp_path / "a", tmp_path / "b"
    assert find_home(named, None, {"RHFLOW_HOME": str(by_environment)}) == named
    assert find_home(None, None, {"RHFLOW_HOME": str(by_environment)}) == by_environment
    assert find_home(None, None, {"RHFLOW_HOME": "relative"}) == tmp_path / "relative"


def test_without_a_trace_of_one_the_home_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if any((folder / ".rhflow").exists() or (folder / "rhflow.toml").exists() for folder in tmp_path.parents):
        pytest.skip("a home above the folder for tests")
    assert find_home(None, None, {}) == tmp_path / ".rhflow"


# -- the key ---------------------------------------------------------------------------------------------


def test_the_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from-a-file\n", "utf-8")
    assert api_key({}, tmp_path) is None
    assert api_key({"RUNNINGHUB_API_KEY": " one ", "RH_API_KEY": "two"}) == "one"
    assert api_key({"RUNNINGHUB_API_KEY": " ", "RH_API_KEY": "two"}) == "two"
    assert api_key({"RUNNINGHUB_API_KEY_FILE": str(tmp_path / "key")}) == "from-a-file"
    (tmp_path / "rhflow.toml").write_text('api_key_file = "key"', "utf-8")
    assert api_key({}, tmp_path) == "from-a-file"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        (b"", "does not hold one key"),
        (b"two words", "does not hold one key"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_key_file_that_holds_no_key(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingsError, match=sentence) as told:
        api_key({"RUNNINGHUB_API_KEY_FILE": str(tmp_path / "key")})
    assert "two words" not in str(told.value)


def test_settings_do_not_hold_the_key(tmp_path: Path) -> None:
    assert "s3cr3t" not in repr(settings(tmp_path, RUNNINGHUB_API_KEY="s3cr3t"))
