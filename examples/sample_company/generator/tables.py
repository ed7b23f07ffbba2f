"""One CSV per canonical table, exactly its columns in order; an empty cell is unknown."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = dict[str, str]
Tables = dict[str, list[Row]]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "accounts": "account_id name name_kana aliases corporate_number parent_id industry channel"
        " country region city employees annual_revenue founded_year status owner_id"
        " objective_score current_stage target_stage customer_role our_role contract_status"
        " contract_end created_on",
        "people": "person_id name email slack_user_id role manager_id team territory hourly_cost",
        "account_team": "account_id person_id function access",
        "contacts": "contact_id account_id name title department level function email phone"
        " buying_role influence attitude reports_to left_on",
        "products": "product_id name category list_price standard_cost",
        "opportunities": "opportunity_id account_id name owner_id product_id category stage status"
        " amount probability forecast_category created_on expected_close closed_on loss_reason"
        " competitor next_step next_step_due",
        "stage_history": "opportunity_id stage entered_on",
        "order_lines": "order_id line_no account_id product_id ordered_on quantity list_amount"
        " discount net_amount standard_cost freight department",
        "activities": "activity_id account_id contact_id opportunity_id person_id kind occurred_on"
        " minutes direction subject body",
        "direct_costs": "account_id item incurred_on amount",
        "cost_pools": "pool item department period amount driver",
        "account_drivers": "account_id driver period quantity",
        "targets": "owner_id team account_id period measure amount",
        "wallets": "account_id category period spend our_share competitor confidence source",
        "engagements": "account_id contact_id document viewed_at seconds",
        "relationships": "from_kind from_name from_person_id to_contact_id strength note",
        "market_facts": "subject statement source observed_on",
    }.items()
}


def row(table: str, **values: object) -> Row:
    """A complete row of the table; a column not given is unknown, a wrong one raises KeyError."""
    columns = COLUMNS[table]
    wrong = [name for name in values if name not in columns]
    if wrong:
        raise KeyError(f"{table} has no column {', '.join(wrong)}")
    return {name: _text(values.get(name)) for name in columns}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def csv_text(table: str, rows: Sequence[Row]) -> str:
    """The table as CSV with a header line and Unix line ends."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS[table], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_tables(tables: Tables, out: Path) -> None:
    """One UTF-8 file per table in the folder, which is made when missing."""
    out.mkdir(parents=True, exist_ok=True)
    for table in COLUMNS:
        (out / f"{table}.csv").write_bytes(csv_text(table, tables[table]).encode("utf-8"))
