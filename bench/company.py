"""A seeded company of any size, made by DuckDB in seconds: the same rows on every machine.

At full size: 100,000 accounts, 1,000,000 opportunities, 5,000,000 order lines and 5,000,000
activities, with what belongs to them. Every value is a hash of its row's number.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from crm import settings, warehouse
from crm.schema import tables
from crm.values import name, quote

DAY = date(2026, 9, 30)
ACCOUNTS, OPPORTUNITIES, LINES, ACTIVITIES = 100_000, 1_000_000, 5_000_000, 5_000_000
REPS, REPS_PER_MANAGER = 500, 10
MANAGER = "M00003"
"""A manager of ten reps, who own one account in fifty."""

_MACROS = """
CREATE MACRO u(i, salt) AS (hash(i, salt) % 1000003) / 1000003.0;
CREATE MACRO pick(i, salt, n) AS CAST(hash(i, salt) % n AS INTEGER);
CREATE MACRO id(letter, i, width) AS letter || lpad(CAST(i AS VARCHAR), width, '0');
CREATE MACRO day(i, salt, days) AS DATE '2026-09-30' - pick(i, salt, days);
CREATE MACRO word(list, i, salt) AS list[1 + pick(i, salt, len(list))];
CREATE MACRO owner(account) AS id('R', account % {reps}, 5);
"""

_SELECTS = {
    "people": """
        SELECT id('R', i, 5) AS person_id, 'rep ' || i AS name, 'rep' AS role,
               id('M', i // {per_manager}, 5) AS manager_id,
               'team ' || (i // {per_manager}) AS team,
               CAST(5000 + pick(i, 1, 5) * 500 AS DECIMAL(18, 4)) AS hourly_cost
        FROM range({reps}) t(i)
        UNION ALL
        SELECT id('M', i, 5), 'manager ' || i, 'manager', 'X00000', 'team ' || i, 9000
        FROM range({reps} // {per_manager}) t(i)
        UNION ALL SELECT 'X00000', 'head', 'executive', NULL, 'all', 15000""",
    "accounts": """
        SELECT id('A', i, 7) AS account_id, 'company ' || i AS name,
               CASE WHEN u(i, 2) < 0.05 THEN id('A', i // 10, 7) END AS parent_id,
               word(['electronics', 'food', 'chemicals', 'metal', 'medical', 'logistics',
                     'trading', 'automotive'], i, 3) AS industry,
               word(['direct', 'dealer', 'online'], i, 4) AS channel,
               word(['north', 'east', 'west', 'south'], i, 5) AS region,
               CAST(10 * pow(1000, u(i, 6)) AS BIGINT) AS employees,
               CAST(round(10000000 * pow(10000, u(i, 7))) AS DECIMAL(18, 4)) AS annual_revenue,
               CASE WHEN u(i, 8) < 0.85 THEN 'customer' WHEN u(i, 8) < 0.97 THEN 'prospect'
                    ELSE 'former' END AS status,
               owner(i) AS owner_id,
               CASE WHEN u(i, 9) < 0.9 THEN CAST(pick(i, 10, 100) AS DECIMAL(18, 4)) END
                 AS objective_score,
               word(['Enter', 'Extend', 'Enhance'], i, 11) AS current_stage,
               CASE WHEN u(i, 12) < 0.3 THEN DATE '2026-09-30' + pick(i, 13, 700) END
                 AS contract_end
        FROM range({accounts}) t(i)""",
    "products": """
        SELECT id('P', i, 4) AS product_id, 'product ' || i AS name,
               'category ' || (i % 8) AS category,
               CAST(10000 * (1 + pick(i, 14, 90)) AS DECIMAL(18, 4)) AS list_price
        FROM range(200) t(i)""",
    "contacts": """
        SELECT id('C', i, 7) AS contact_id, id('A', i // 3, 7) AS account_id,
               'contact ' || i AS name,
               word(['executive', 'department head', 'section head', 'staff'], i, 15) AS level,
               word(['decision_maker', 'champion', 'user', 'influencer'], i, 16) AS buying_role,
               1 + pick(i, 17, 5) AS influence, pick(i, 18, 5) - 2 AS attitude,
               CASE WHEN u(i, 19) < 0.05 THEN day(i, 20, 700) END AS left_on
        FROM range({accounts} * 3) t(i)""",
    "opportunities": """
        SELECT id('D', i, 8) AS opportunity_id, id('A', a, 7) AS account_id, 'deal ' || i AS name,
               owner(a) AS owner_id, id('P', pick(i, 21, 200), 4) AS product_id,
               'category ' || (pick(i, 21, 200) % 8) AS category,
               word(['first', 'needs', 'proposal', 'quote', 'final'], i, 22) AS stage,
               CASE WHEN closed > DATE '2026-09-30' THEN 'open'
                    WHEN u(i, 23) < 0.4 THEN 'won' ELSE 'lost' END AS status,
               CASE WHEN u(i, 24) < 0.97
                    THEN CAST(round(100000 * pow(1000, u(i, 25))) AS DECIMAL(18, 4)) END AS amount,
               CASE WHEN u(i, 26) < 0.8 THEN CAST(round(u(i, 27), 2) AS DECIMAL(9, 6)) END
                 AS probability,
               begun AS created_on, begun + 30 + pick(i, 28, 200) AS expected_close,
               CASE WHEN closed <= DATE '2026-09-30' THEN closed END AS closed_on,
               CASE WHEN closed <= DATE '2026-09-30' AND u(i, 23) >= 0.4
                    THEN word(['price', 'budget', 'timing', 'fit'], i, 29) END AS loss_reason,
               CASE WHEN u(i, 30) < 0.4 THEN word(['Alpha', 'Beta', 'Gamma'], i, 31) END
                 AS competitor,
               CASE WHEN u(i, 32) < 0.7 THEN 'call' END AS next_step,
               CASE WHEN u(i, 32) < 0.7 THEN DATE '2026-10-20' - pick(i, 33, 40) END
                 AS next_step_due
        FROM (SELECT i, pick(i, 34, {accounts}) AS a, day(i, 35, 1095) AS begun,
                     day(i, 35, 1095) + 20 + pick(i, 36, 220) AS closed
              FROM range({opportunities}) t(i))""",
    "stage_history": """
        SELECT id('D', i, 8) AS opportunity_id,
               ['first', 'needs', 'proposal', 'quote', 'final'][step + 1] AS stage,
               day(i, 35, 1095) + CAST(step AS INTEGER) * (5 + pick(i, 37, 20))
                 AS entered_on
        FROM range({opportunities}) t(i), range(5) s(step)
        WHERE step <= pick(i, 22, 5)""",
    "order_lines": """
        SELECT id('O', i // 3, 8) AS order_id, i % 3 AS line_no, id('A', a, 7) AS account_id,
               id('P', pick(i, 38, 200), 4) AS product_id, ordered_on,
               CAST(quantity AS DECIMAL(18, 4)) AS quantity, listed AS list_amount,
               discount, listed - discount AS net_amount,
               CASE WHEN u(i, 39) < 0.99 THEN CAST(round(listed * (0.55 + u(a, 40) * 0.4))
                    AS DECIMAL(18, 4)) END AS standard_cost,
               CAST(round(listed * 0.02) AS DECIMAL(18, 4)) AS freight,
               word(['purchasing', 'production', 'quality', 'maintenance'], i, 41) AS department
        FROM (SELECT i, CAST(floor({accounts} * pow(u(i // 3, 42), 3)) AS INTEGER) AS a,
                     day(i // 3, 43, 1095) AS ordered_on, 1 + pick(i, 44, 9) AS quantity,
                     CAST((1 + pick(i, 44, 9)) * 10000 * (1 + pick(pick(i, 38, 200), 14, 90))
                          AS DECIMAL(18, 4)) AS listed,
                     CAST(round((1 + pick(i, 44, 9)) * 10000 * (1 + pick(pick(i, 38, 200), 14, 90))
                          * u(i, 45) * 0.2) AS DECIMAL(18, 4)) AS discount
              FROM range({lines}) t(i))""",
    "activities": """
        SELECT id('V', i, 8) AS activity_id, id('A', a, 7) AS account_id,
               CASE WHEN u(i, 46) < 0.8 THEN id('C', a * 3 + pick(i, 47, 3), 7) END AS contact_id,
               NULL AS opportunity_id, owner(a) AS person_id,
               word(['visit', 'call', 'mail', 'online_meeting'], i, 48) AS kind,
               day(i, 49, 1095) AS occurred_on,
               CAST(10 * (1 + pick(i, 50, 12)) AS DECIMAL(18, 4)) AS minutes,
               CASE WHEN u(i, 51) < 0.4 THEN 'in' ELSE 'out' END AS direction
        FROM (SELECT i, CAST(floor({accounts} * pow(u(i, 52), 2)) AS INTEGER) AS a
              FROM range({activities}) t(i))""",
    "direct_costs": """
        SELECT id('A', pick(i, 53, {accounts}), 7) AS account_id,
               word(['rebate', 'delivery', 'service', 'packing', 'inventory'], i, 54) AS item,
               day(i, 55, 1095) AS incurred_on,
               CAST(1000 * (1 + pick(i, 56, 200)) AS DECIMAL(18, 4)) AS amount
        FROM range({accounts} * 5) t(i)""",
    "cost_pools": """
        SELECT pool, pool AS item, strftime(DATE '2023-10-01' + to_months(CAST(m AS INTEGER)),
               '%Y-%m') AS period, CAST(50000000 + 1000003 * m AS DECIMAL(18, 4)) AS amount, driver
        FROM range(36) t(m), (VALUES ('order desk', 'orders'), ('warehouse', 'quantity'),
             ('marketing', 'net_sales'), ('travel', 'visits')) p(pool, driver)""",
    "targets": """
        SELECT NULL AS owner_id, id('A', i * 5, 7) AS account_id, 'FY2026' AS period,
               'net_sales' AS measure, CAST(1000000 * (1 + pick(i, 57, 50)) AS DECIMAL(18, 4))
               AS amount
        FROM range({accounts} // 5) t(i)""",
    "wallets": """
        SELECT id('A', i // 2, 7) AS account_id, 'category ' || (i % 8) AS category,
               'FY2025' AS period, CAST(100000 * (1 + pick(i, 58, 900)) AS DECIMAL(18, 4)) AS spend,
               CAST(round(u(i, 59), 2) AS DECIMAL(9, 6)) AS our_share,
               CASE WHEN u(i, 60) < 0.4 THEN 'Alpha' END AS competitor
        FROM range({accounts} * 2) t(i)""",
    "engagements": """
        SELECT id('A', pick(i, 61, {accounts}), 7) AS account_id, 'document ' || (i % 40)
               AS document, day(i, 62, 365) AS viewed_at,
               CAST(10 + pick(i, 63, 600) AS DECIMAL(18, 4)) AS seconds
        FROM range({accounts} * 5) t(i)""",
}


def make(folder: Path, share: float = 1.0) -> Path:
    """A workspace with the company at a share of its full size, and its rows in `parquet/`."""
    parquet = folder / "parquet"
    parquet.mkdir(parents=True)
    sizes = {
        "accounts": int(ACCOUNTS * share),
        "opportunities": int(OPPORTUNITIES * share),
        "lines": int(LINES * share),
        "activities": int(ACTIVITIES * share),
        "reps": max(int(REPS * share), REPS_PER_MANAGER * 5),
        "per_manager": REPS_PER_MANAGER,
    }
    staging = folder / "staging.duckdb"
    with duckdb.connect(str(staging)) as con:
        con.execute("SET enable_progress_bar = false")
        con.execute("CREATE SCHEMA canonical")
        for statement in _MACROS.format(**sizes).strip().splitlines():
            con.execute(statement)
        columns = {}
        for table, select in _SELECTS.items():
            target = quote(str(parquet / f"{table}.parquet"))
            con.execute(f"COPY ({select.format(**sizes)}) TO {target} (FORMAT parquet)")
            made = con.execute(f"DESCRIBE SELECT * FROM {target}").fetchall()
            columns[table] = tuple(row[0] for row in made)
            con.execute(tables()[table].ddl().replace("CREATE TABLE ", "CREATE TABLE canonical."))
            con.execute(f"INSERT INTO canonical.{name(table)} BY NAME SELECT * FROM {target}")
    workspace = folder / "workspace"
    workspace.mkdir()
    company = settings.Company(name="bench", language="en", as_of=DAY)
    (workspace / settings.FILE).write_text(settings.new_settings_text(company), encoding="utf-8")
    snapshot = "0" * 12
    warehouse.write_snapshot(folder / "built.duckdb", staging, snapshot, columns)
    warehouse.swap_in(workspace, folder / "built.duckdb", snapshot, "")
    (folder / "built.duckdb").unlink()
    staging.unlink()
    return workspace
