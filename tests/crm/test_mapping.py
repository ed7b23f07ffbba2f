"""A mapping that does not fit is refused in one sentence that names the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.errors import InputError
from crm.mapping import load_mapping
from tests.companies import MAPPINGS, SAMPLE

ACCOUNTS = "tables: {accounts: {source: a.csv, columns: {account_id: id, name: name}}}"

WRONG = {
    "no tables": ("version: 1\n", "tables"),
    "empty tables": ("version: 1\ntables: {}\n", "tables"),
    "no version": (f"{ACCOUNTS}\n", "version"),
    "another version": (f"version: 2\n{ACCOUNTS}\n", "version"),
    "unknown part": (f"version: 1\n{ACCOUNTS}\nextra: 1\n", "extra"),
    "unknown table": ("version: 1\ntables: {clients: {source: a.csv, columns: {x: y}}}", "clients"),
    "unknown column": (
        "version: 1\ntables: {accounts: {source: a.csv, columns: {colour: y}}}",
        "colour",
    ),
    "no source": ("version: 1\ntables: {accounts: {columns: {name: n}}}", "source"),
    "source not listed": (
        "version: 1\ntables: {accounts: {source: firms, columns: {name: n}}}",
        "firms",
    ),
    "nothing to read": ("version: 1\ntables: {accounts: {source: a.csv}}", "accounts"),
    "two origins": (
        "version: 1\ntables: {accounts: {source: a.csv, "
        "columns: {name: {column: a, constant: b}}}}",
        "name",
    ),
    "no origin": (
        "version: 1\ntables: {accounts: {source: a.csv, columns: {name: {default: b}}}}",
        "name",
    ),
    "unknown column option": (
        "version: 1\ntables: {accounts: {source: a.csv, columns: {name: {column: a, trim: true}}}}",
        "trim",
    ),
    "long delimiter": (
        f"version: 1\nsources: {{s: {{file: a.csv, delimiter: '||'}}}}\n{ACCOUNTS}",
        "delimiter",
    ),
    "left out without a reason": (
        "version: 1\ntables: {accounts: {source: a.csv, select: 'SELECT 1', "
        "left_out: [{where: '1=1'}]}}",
        "reason",
    ),
    "unknown language": (f"version: 1\nworkspace: {{language: fr}}\n{ACCOUNTS}", "language"),
    "month thirteen": (
        f"version: 1\nworkspace: {{fiscal_year_start: 13}}\n{ACCOUNTS}",
        "fiscal_year_start",
    ),
    "no such time zone": (
        f"version: 1\nworkspace: {{time_zone: Asia/Tokio}}\n{ACCOUNTS}",
        "time_zone",
    ),
    "small currency": (f"version: 1\nworkspace: {{currency: yen}}\n{ACCOUNTS}", "currency"),
    "a list": ("- version\n- 1\n", "holds no mapping"),
    "nothing": ("", "holds no mapping"),
    "a sentence": ("just words", "holds no mapping"),
    "bad indentation": ("version: 1\ntables:\n  accounts: {source: a.csv\n", "line"),
    "a tab": ("version: 1\ntables:\n\taccounts: 1\n", "line 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_mapping_is_refused_with_its_place_and_a_remedy(tmp_path: Path, case: str) -> None:
    text, place = WRONG[case]
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_mapping(path)
    assert str(path) in refusal.value.what
    assert place in refusal.value.what
    assert refusal.value.remedy
    assert "\n" not in str(refusal.value)


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.yaml does not exist.*--mapping"):
        load_mapping(tmp_path / "nowhere.yaml")


def test_a_mapping_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes("version: 1 # 取引先".encode("cp932"))
    with pytest.raises(InputError, match="UTF-8"):
        load_mapping(path)


def test_a_folder_is_no_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_mapping(tmp_path)


def test_a_yaml_tag_cannot_make_an_object(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("!!python/object/apply:os.system ['true']", encoding="utf-8")
    with pytest.raises(InputError, match="not valid YAML"):
        load_mapping(path)


def test_a_bare_name_is_short_for_a_column(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(f"version: 1\n{ACCOUNTS}", encoding="utf-8")
    mapping = load_mapping(path)
    assert mapping.tables["accounts"].columns["name"].column == "name"
    assert list(mapping.used_sources()) == ["a.csv"]


def test_words_and_numbers_in_a_value_map_are_text_as_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "version: 1\ntables: {opportunities: {source: a.csv, columns: {opportunity_id: i, "
        "status: {column: s, values: {Yes: won, 1: open, 01: lost, true: won, 0: null}}}}}",
        encoding="utf-8",
    )
    values = load_mapping(path).tables["opportunities"].columns["status"].values
    assert values == {"Yes": "won", "1": "open", "01": "lost", "true": "won", "0": None}


@pytest.mark.parametrize(
    "path", [*MAPPINGS.glob("*.yaml"), SAMPLE / "mapping.yaml"], ids=lambda p: p.name
)
def test_every_mapping_we_ship_is_read(path: Path) -> None:
    assert "accounts" in load_mapping(path).tables
