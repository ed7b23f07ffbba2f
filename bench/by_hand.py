"""The same answers in SQL written by hand for DuckDB: what the tools are measured against.

Each query gives what its tool shows: the totals and the first rows. `key` in the checks below is a
figure that tool and query must agree on, so that nothing else is measured.
"""

from __future__ import annotations

_YEAR = "BETWEEN DATE '2025-10-01' AND DATE '2026-09-30'"
_ALL = "BETWEEN DATE '2023-10-01' AND DATE '2026-09-30'"
"""All three years of the company."""

_STATES = """
states AS (
  SELECT *, CASE
    WHEN (created_on IS NULL OR created_on <= DATE '2026-09-30')
         AND ((closed_on IS NULL AND status = 'open') OR closed_on > DATE '2026-09-30') THEN 'open'
    WHEN closed_on <= DATE '2026-09-30' AND status <> 'open' THEN status
    ELSE 'other' END AS state
  FROM opportunities)"""

_CHANCES = f"""{_STATES},
records AS (
  SELECT h.stage, avg(CASE WHEN s.state = 'won' THEN 1.0 ELSE 0 END) AS share, count(*) AS n
  FROM (SELECT DISTINCT opportunity_id, stage FROM stage_history
        WHERE entered_on <= DATE '2026-09-30') h
  JOIN states s USING (opportunity_id) WHERE s.state IN ('won', 'lost') GROUP BY h.stage),
deals AS (
  SELECT s.*, coalesce(s.probability, CASE WHEN r.n >= 30 THEN r.share END) AS chance
  FROM states s LEFT JOIN records r USING (stage))"""


def _money(days: str, name: str = "money") -> str:
    """What each account brought and cost on these days, as a table of that name."""
    return f"""
sold_{name} AS (
  SELECT account_id, count(*) AS lines, count(standard_cost) AS costed,
         count(DISTINCT order_id) AS orders, sum(net_amount) AS net_sales,
         sum(net_amount) FILTER (standard_cost IS NOT NULL) AS net_costed,
         sum(standard_cost) AS cost, sum(freight) AS freight
  FROM order_lines WHERE ordered_on {days} GROUP BY account_id),
booked_{name} AS (
  SELECT account_id, sum(amount) AS amount,
         sum(amount) FILTER (item = 'labour') AS labour
  FROM direct_costs WHERE incurred_on {days} GROUP BY account_id),
worked_{name} AS (
  SELECT account_id, sum(minutes * hourly_cost) / 60 AS labour
  FROM activities JOIN people USING (person_id) WHERE occurred_on {days} GROUP BY account_id),
{name} AS (
  SELECT a.account_id, a.name, coalesce(lines, 0) AS lines, coalesce(orders, 0) AS orders,
         coalesce(net_sales, 0) AS net_sales,
         coalesce(net_costed, 0) - coalesce(cost, 0) AS gross,
         CASE WHEN lines > 0 AND costed = 0 THEN NULL ELSE
           coalesce(net_costed, 0) - coalesce(cost, 0) - coalesce(freight, 0)
           - coalesce(b.amount, 0)
           - CASE WHEN b.labour IS NULL THEN coalesce(w.labour, 0) ELSE 0 END
         END AS profit
  FROM accounts a LEFT JOIN sold_{name} USING (account_id)
  LEFT JOIN booked_{name} b USING (account_id) LEFT JOIN worked_{name} w USING (account_id))"""


_STAGES = f"""
    WITH {_STATES},
    closed AS (SELECT opportunity_id, state, closed_on FROM states WHERE state IN ('won', 'lost')),
    spells AS (
      SELECT opportunity_id, stage, state, rank() OVER entered AS position,
             coalesce(lead(entered_on) OVER entered, closed_on) - entered_on AS days
      FROM stage_history JOIN closed USING (opportunity_id)
      WHERE entered_on <= DATE '2026-09-30'
      WINDOW entered AS (PARTITION BY opportunity_id ORDER BY entered_on)),
    places AS (
      SELECT stage, rank() OVER (ORDER BY avg(position), stage) AS place
      FROM spells GROUP BY stage),
    furthest AS (
      SELECT opportunity_id, max(place) AS far FROM spells JOIN places USING (stage)
      GROUP BY opportunity_id)
    SELECT stage, place, count(DISTINCT opportunity_id) AS entered,
           count(DISTINCT opportunity_id) FILTER (state = 'won' OR far > place) AS went_on,
           median(days) AS usual, quantile_cont(days, 0.75) AS p75
    FROM spells JOIN places USING (stage) JOIN furthest USING (opportunity_id)
    GROUP BY stage, place ORDER BY place"""


def _rank(column: str) -> str:
    return (
        f"CASE WHEN {column} IS NOT NULL THEN round((rank() OVER (ORDER BY {column} NULLS LAST) - 1"
        f" + (count({column}) OVER (PARTITION BY {column}) + 1) / 2.0)"
        f" / count({column}) OVER (), 6) END"
    )


_ABCD = f"""
ranked_customers AS (
  SELECT account_id, m.name, m.net_sales, {_rank("a.annual_revenue")} AS w1,
         {_rank("a.employees")} AS w2, {_rank("a.objective_score")} AS w3,
         {_rank("m.orders")} AS r1, {_rank("m.net_sales")} AS r2, {_rank("m.profit")} AS r3
  FROM accounts a JOIN money m USING (account_id) WHERE a.status = 'customer'),
blended AS (SELECT *, round(list_avg([w1, w2, w3]), 6) AS worth,
                   round(list_avg([r1, r2, r3]), 6) AS record FROM ranked_customers),
halves AS (SELECT *, worth >= (SELECT median(worth) FROM blended) AS worthy,
                  record >= (SELECT median(record) FROM blended) AS proven FROM blended),
placed AS (SELECT *, CASE WHEN worthy AND proven THEN 'A' WHEN worthy THEN 'B'
                          WHEN proven THEN 'C' ELSE 'D' END AS letter FROM halves)"""

_CAUSED = f"""
drivers AS (
  SELECT account_id, strftime(ordered_on, '%Y-%m') AS period,
         count(DISTINCT order_id) AS orders, sum(quantity) AS quantity,
         sum(net_amount) AS net_sales
  FROM order_lines WHERE ordered_on {_ALL} GROUP BY ALL),
visits AS (
  SELECT account_id, strftime(occurred_on, '%Y-%m') AS period, count(*) AS visits
  FROM activities WHERE kind = 'visit' AND occurred_on {_ALL} GROUP BY ALL),
caused AS (
  SELECT account_id, period, 'orders' AS driver, orders AS q FROM drivers
  UNION ALL SELECT account_id, period, 'quantity', quantity FROM drivers
  UNION ALL SELECT account_id, period, 'net_sales', net_sales FROM drivers
  UNION ALL SELECT account_id, period, 'visits', visits FROM visits),
wholes AS (SELECT period, driver, sum(q) AS total FROM caused GROUP BY ALL)"""


def _allocated(name: str, driver: str) -> str:
    """What every account bears of the pools, each divided by this driver."""
    return f"""
{name} AS (
  SELECT account_id, sum(round(amount * (q::DOUBLE / total), 4)) AS allocated
  FROM cost_pools p JOIN wholes w ON w.period = p.period AND w.driver = {driver}
  JOIN caused c ON c.period = p.period AND c.driver = {driver} GROUP BY account_id)"""


MORE: dict[str, str] = {"pipeline_metrics": _STAGES}
"""What a tool answers beside its first query."""

SQL: dict[str, str] = {
    "pipeline_metrics": f"""
        WITH {_CHANCES}
        SELECT a.industry, count(*) FILTER (state = 'open') AS open_n,
               sum(amount) FILTER (state = 'open') AS key,
               sum(amount * chance) FILTER (state = 'open') AS weighted,
               count(*) FILTER (state = 'won') AS won, count(*) FILTER (state = 'lost') AS lost,
               sum(amount) FILTER (state = 'won') AS won_value,
               avg(closed_on - created_on) FILTER (state = 'won') AS cycle,
               median(closed_on - created_on) FILTER (state = 'won') AS cycle_median,
               quantile_cont(closed_on - created_on, 0.9) FILTER (state = 'won') AS p90
        FROM deals LEFT JOIN (SELECT account_id, industry FROM accounts) a USING (account_id)
        GROUP BY ROLLUP (a.industry) ORDER BY open_n DESC""",
    "loss_analysis": f"""
        WITH {_STATES},
        entered AS (SELECT * FROM stage_history WHERE entered_on <= DATE '2026-09-30'),
        places AS (
          SELECT stage, rank() OVER (ORDER BY avg(position), stage) AS place
          FROM (SELECT stage, rank() OVER (PARTITION BY opportunity_id ORDER BY entered_on)
                       AS position FROM entered) GROUP BY stage),
        closed AS (
          SELECT opportunity_id, stage, state, amount, closed_on, closed_on - created_on AS cycle
          FROM states WHERE state IN ('won', 'lost') AND closed_on {_ALL}),
        ended AS (
          SELECT opportunity_id, arg_max(stage, (entered_on, place)) AS last
          FROM entered JOIN (SELECT opportunity_id, closed_on FROM closed) USING (opportunity_id)
          JOIN places USING (stage) WHERE entered_on <= closed_on GROUP BY opportunity_id)
        SELECT coalesce(last, stage) AS ended_in, count(*) FILTER (state = 'lost') AS lost,
               sum(amount) FILTER (state = 'lost') AS value,
               sum(sum(amount) FILTER (state = 'lost')) OVER () AS key,
               count(*) FILTER (state = 'won') / count(*) AS win_rate,
               avg(cycle) FILTER (state = 'lost') AS cycle
        FROM closed LEFT JOIN ended USING (opportunity_id) GROUP BY ended_in ORDER BY value DESC""",
    "kpi_pair": f"""
        WITH {_CHANCES},
        expected AS (
          SELECT account_id, sum(amount) AS value, sum(amount * chance) AS weighted
          FROM deals WHERE state = 'open' GROUP BY account_id),
        transacted AS (
          SELECT account_id, sum(net_amount) AS sales FROM order_lines
          WHERE ordered_on {_ALL} GROUP BY account_id)
        SELECT name, value, weighted, sales, sum(value) OVER () AS key, sum(weighted) OVER () AS w,
               sum(sales) OVER () AS s
        FROM accounts LEFT JOIN expected USING (account_id) LEFT JOIN transacted USING (account_id)
        WHERE value IS NOT NULL OR sales IS NOT NULL ORDER BY value DESC NULLS LAST LIMIT 20""",
    "concentration": f"""
        WITH lines AS (SELECT * FROM order_lines WHERE ordered_on {_ALL}),
        a AS (SELECT account_id, sum(net_amount) AS s FROM lines GROUP BY ALL HAVING s > 0),
        p AS (SELECT product_id, sum(net_amount) AS s FROM lines GROUP BY ALL HAVING s > 0),
        c AS (SELECT category, sum(net_amount) AS s FROM lines JOIN products USING (product_id)
              GROUP BY ALL HAVING s > 0)
        SELECT name, s, s / sum(s) OVER () AS share, sum(s) OVER () AS key,
               sum(s) OVER (ORDER BY s DESC) AS cumulative,
               (SELECT sum(pow(s, 2)) / pow(sum(s), 2) FROM a) AS hhi_account,
               (SELECT sum(pow(s, 2)) / pow(sum(s), 2) FROM p) AS hhi_product,
               (SELECT sum(pow(s, 2)) / pow(sum(s), 2) FROM c) AS hhi_category
        FROM a JOIN accounts USING (account_id) ORDER BY s DESC LIMIT 20""",
    "whale_curve": f"""
        WITH {_money(_ALL)}, curve AS (SELECT * FROM money WHERE lines > 0 AND profit IS NOT NULL)
        SELECT name, profit, row_number() OVER best AS position,
               sum(profit) OVER best AS cumulative,
               sum(profit) OVER () AS key, sum(greatest(profit, 0)) OVER () AS peak,
               sum((profit < 0)::INT) OVER () AS losers,
               sum(least(profit, 0)) OVER () AS lost
        FROM curve WINDOW best AS (ORDER BY profit DESC, account_id ROWS UNBOUNDED PRECEDING)
        ORDER BY position LIMIT 20""",
    "portfolio_zones": f"""
        WITH {_CHANCES},
        priced AS (
          SELECT account_id, count(*) AS deals,
                 coalesce(avg(chance) FILTER (state = 'open'),
                          count(*) FILTER (state = 'won')
                          / nullif(count(*) FILTER (state IN ('won', 'lost')), 0)) AS chance,
                 median(amount) FILTER (state IN ('won', 'open')) AS price
          FROM deals WHERE state IN ('open', 'won', 'lost') GROUP BY account_id),
        known AS (SELECT * FROM priced WHERE chance IS NOT NULL AND price IS NOT NULL),
        cuts AS (SELECT median(chance) AS x, median(price) AS y FROM known)
        SELECT name, deals, chance, price, x, y AS key,
               CASE WHEN chance >= x AND price >= y THEN 'A' WHEN chance < x AND price < y THEN 'C'
                    ELSE 'B' END AS zone,
               abs(chance - x) <= 0.1 * x OR abs(price - y) <= 0.1 * y AS near,
               count(*) OVER (PARTITION BY zone) AS n,
               ntile(3) OVER (ORDER BY chance) AS x_third, ntile(3) OVER (ORDER BY price) AS y_third
        FROM known JOIN accounts USING (account_id) CROSS JOIN cuts
        ORDER BY zone, price DESC LIMIT 20""",
    "targets_and_gap": f"""
        WITH {_CHANCES},
        sold AS (
          SELECT account_id, sum(net_amount) AS actual FROM order_lines
          WHERE ordered_on BETWEEN DATE '2026-04-01' AND DATE '2026-09-30' GROUP BY account_id),
        weighed AS (
          SELECT account_id, sum(amount * chance) AS w FROM deals
          WHERE state = 'open' AND expected_close > DATE '2026-09-30'
                AND expected_close <= DATE '2027-03-31' GROUP BY account_id)
        SELECT name, t.amount AS target, coalesce(actual, 0) AS actual,
               t.amount - coalesce(actual, 0) AS gap,
               coalesce(actual, 0) + coalesce(w, 0) AS forecast,
               coalesce(actual, 0) / (t.amount * 183 / 365) AS pace,
               sum(t.amount) OVER () AS key, sum(actual) OVER () AS reached,
               sum(w) OVER () AS hoped
        FROM targets t JOIN accounts USING (account_id) LEFT JOIN sold USING (account_id)
        LEFT JOIN weighed USING (account_id)
        WHERE t.period = 'FY2026' AND t.measure = 'net_sales' ORDER BY gap DESC LIMIT 20""",
    "effort_and_return": f"""
        WITH {_money(_YEAR)}, {_ABCD}, {_money(_ALL, "earned")},
        done AS (
          SELECT account_id, person_id, sum(minutes) / 60 AS hours, count(*) AS n,
                 count(*) FILTER (occurred_on > DATE '2026-07-02') AS lately
          FROM activities WHERE occurred_on {_ALL} GROUP BY ALL),
        worked_by AS (SELECT person_id, sum(hours) AS hours, sum(n) AS n FROM done GROUP BY ALL),
        worked_on AS (
          SELECT account_id, sum(hours) AS hours, sum(lately) AS lately FROM done GROUP BY ALL),
        owned AS (
          SELECT owner_id AS person_id, sum(net_sales) AS sales, sum(profit) AS profit
          FROM accounts JOIN earned USING (account_id) GROUP BY owner_id),
        trap AS (
          SELECT sum(hours) FILTER (letter IN ('C', 'D')) / sum(hours) AS spent,
                 sum(sales) FILTER (letter IN ('C', 'D')) / sum(sales) AS sold,
                 sum(profit) FILTER (letter IN ('A', 'B'))
                   / sum(hours) FILTER (letter IN ('A', 'B')) AS good,
                 count(*) FILTER (letter IN ('A', 'B') AND coalesce(lately, 0) = 0) AS neglected
          FROM placed JOIN (SELECT account_id, net_sales AS sales, profit FROM earned)
          USING (account_id)
          LEFT JOIN worked_on USING (account_id))
        SELECT p.name, hours, hours * hourly_cost AS cost, owned.sales, owned.profit,
               owned.sales / hours AS per_hour, trap.*, sum(hours) OVER () AS key,
               hours / sum(hours) OVER () AS share
        FROM worked_by JOIN people p USING (person_id) LEFT JOIN owned USING (person_id)
        CROSS JOIN trap ORDER BY hours DESC LIMIT 20""",
    "resource_concentration": f"""
        WITH {_money(_ALL)}, {_CAUSED}, {_allocated("allocated", "p.driver")},
        costs AS (
          SELECT account_id, name, gross - profit + coalesce(allocated, 0) AS cost,
                 profit - coalesce(allocated, 0) AS profit
          FROM money LEFT JOIN allocated USING (account_id)
          WHERE lines > 0 AND profit IS NOT NULL),
        ranked AS (
          SELECT *, row_number() OVER (ORDER BY cost DESC, account_id) AS cost_rank,
                 row_number() OVER (ORDER BY profit DESC, account_id) AS profit_rank,
                 count(*) OVER () AS n FROM costs)
        SELECT name, cost, profit, cost_rank, profit_rank, profit_rank - cost_rank AS gap,
               cost / sum(cost) OVER () AS share, corr(cost_rank, profit_rank) OVER () AS spearman,
               sum(CASE WHEN cost_rank <= ceil(0.2 * n) THEN cost END) OVER ()
                 / sum(cost) OVER () AS key,
               sum(CASE WHEN cost_rank <= ceil(0.2 * n) THEN profit END) OVER ()
                 / sum(profit) OVER (),
               sum((cost_rank <= ceil(0.2 * n) AND profit_rank > n / 2.0)::INT) OVER ()
        FROM ranked ORDER BY gap DESC, account_id LIMIT 20""",
    "allocation_stress": f"""
        WITH {_money(_ALL)}, {_CAUSED}, {_allocated("by_sales", "'net_sales'")},
        {_allocated("by_orders", "'orders'")}, {_allocated("by_own", "p.driver")},
        profits AS (
          SELECT account_id, name, profit - coalesce(s.allocated, 0) AS by_sales,
                 profit - coalesce(o.allocated, 0) AS by_orders,
                 profit - coalesce(a.allocated, 0) AS by_own
          FROM money LEFT JOIN by_sales s USING (account_id)
          LEFT JOIN by_orders o USING (account_id) LEFT JOIN by_own a USING (account_id)
          WHERE lines > 0 AND profit IS NOT NULL),
        judged AS (
          SELECT *, greatest(by_sales, by_orders, by_own) - least(by_sales, by_orders, by_own)
                   AS spread,
                 (by_sales < 0)::INT + (by_orders < 0)::INT + (by_own < 0)::INT IN (1, 2) AS changes
          FROM profits)
        SELECT name, by_sales, by_orders, by_own, spread, changes, sum(by_own) OVER () AS key,
               sum(by_sales) OVER (), sum(by_orders) OVER (),
               sum(changes::INT) OVER () AS sign_changes
        FROM judged ORDER BY changes DESC, spread DESC LIMIT 20""",
}
