"""Every setting has a default and a description, and a setting that does not fit is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crm.errors import WorkspaceError
from crm.scope import today
from crm.settings import Company, Settings, load_settings, new_settings_text


def every_setting() -> list[tuple[str, FieldInfo]]:
    found = []
    for group, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        found += [(f"{group}.{name}", spec) for name, spec in model.model_fields.items()]
    return found


def workspace(folder: Path, text: str) -> Path:
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("name", "field"), every_setting(), ids=lambda v: str(v)[:40])
def test_every_setting_has_a_description_and_a_default(name: str, field: FieldInfo) -> None:
    assert field.description
    assert field.description.endswith(".")
    assert not field.is_required()


def test_an_empty_file_gives_every_default(tmp_path: Path) -> None:
    assert load_settings(workspace(tmp_path, "")) == Settings()


def test_a_setting_replaces_its_default_and_no_other(tmp_path: Path) -> None:
    found = load_settings(workspace(tmp_path, "[attention]\nsales_down = -0.3\n"))
    assert found.attention.sales_down == Decimal("-0.3")
    assert found.attention.margin_down_points == Settings().attention.margin_down_points


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[company]\ncolour = 'red'", "company.colour"),
        ("[weather]\nrain = 1", "weather"),
        ("[company]\nfiscal_year_start = 'April'", "company.fiscal_year_start"),
        ("[company]\nfiscal_year_start = 0", "company.fiscal_year_start"),
        ("[company]\ncurrency = 'yen'", "company.currency"),
        ("[company]\nlanguage = 'fr'", "company.language"),
        ("[company]\ntime_zone = 'Asia/Tokio'", "company.time_zone"),
        ("[company]\ntime_zone = '../../etc/passwd'", "company.time_zone"),
        ("[company]\nas_of = '2026-02-30'", "company.as_of"),
        ("[deals]\nsilent_days = 0", "deals.silent_days"),
        ("[deals]\nsilent_days = 1.5", "deals.silent_days"),
        ("[deals.stage_probability]\nquote = 'high'", "deals.stage_probability.quote"),
        ("[deals.stage_probability]\nquote = 1.2", "deals.stage_probability.quote"),
        ("[attention]\nsales_down = 'much'", "attention.sales_down"),
        ("[attention]\nsales_down = nan", "attention.sales_down"),
        ("[attention.severity]\nstalled = 'very'", "attention.severity.stalled"),
        ("company = 1", "company"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(WorkspaceError) as refusal:
        load_settings(workspace(tmp_path, text))
    assert f"`{place}`" in refusal.value.what
    assert "docs/settings.md" in refusal.value.remedy
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["[company", "name = ", "[a]\n[a]"])
def test_a_file_that_is_not_toml_is_called_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(WorkspaceError, match="not valid TOML"):
        load_settings(workspace(tmp_path, text))


def test_a_file_that_is_not_utf8_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes('[company]\nname = "東都"'.encode("cp932"))
    with pytest.raises(WorkspaceError, match="not valid TOML"):
        load_settings(tmp_path)


@pytest.mark.parametrize("place", ["", "settings.toml", "nowhere"])
def test_a_folder_without_settings_is_no_workspace(tmp_path: Path, place: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    target = tmp_path / place if place != "settings.toml" else tmp_path / "file.txt"
    with pytest.raises(WorkspaceError, match="is not a workspace"):
        load_settings(target)


def test_the_settings_of_a_new_workspace_say_what_its_company_is(tmp_path: Path) -> None:
    company = Company(name="稲穂機工", currency="USD", language="en", as_of=date(2026, 9, 30))
    assert load_settings(workspace(tmp_path, new_settings_text(company))).company == company


def test_today_is_the_day_the_data_speaks_of(tmp_path: Path) -> None:
    found = load_settings(workspace(tmp_path, "[company]\nas_of = 2026-09-30\n"))
    assert today(found) == date(2026, 9, 30)


def test_settings_cannot_be_changed_while_they_are_used() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().company.name = "other"
