"""What the report gains: its own sections, results and tables that are added, the report on a change."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import cpm


@pytest.fixture(scope="module")
def log() -> cpm.TransactionLog:
    return cpm.datasets.cdnow()


@pytest.fixture(scope="module")
def portfolio(log: cpm.TransactionLog) -> cpm.Portfolio:
    return cpm.analyze(log, as_of="1998-06-30", horizon=52, discount_rate=0.10, margin=0.30)


class Sections(HTMLParser):
    """Ids of the sections of a page, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.ids.append(dict(attrs)["id"])


def test_the_log_alone_gives_growth_migration_and_risk(portfolio: cpm.Portfolio) -> None:
    ids = Sections(portfolio.report_html()).ids
    assert ids[7:10] == ["growth-and-retention", "migration-between-segments", "risk"]
    growth, migration = portfolio.growth, portfolio.migration
    assert growth is not None
    assert migration is not None
    np.testing.assert_allclose(growth["end"].sum() + growth["start"][0], portfolio.totals["value"][3], rtol=1e-9)
    assert migration["count"].sum() == 2357


def test_results_and_tables_become_sections(portfolio: cpm.Portfolio, tmp_path: Path) -> None:
    survey = cpm.portfolio.nps([10, 9, 9, 8, 7, 3])
    credit = cpm.portfolio.cash_path(
        100, [1, 0.9, 0.8, 0.7, 0.6], cost_per_acquisition=60, revenue=50, variable_cost=20, credit_limit=2_000
    )
    plan = cpm.portfolio.allocate_budget({"a": cpm.portfolio.Response.exponential(ceiling=1000, rate=0.02)}, budget=100)
    channels = cpm.ReportSection(
        {"channel": ["search", "fairs"], "cac": [31.5, 88.0]}, title="Channels", sentence="What a customer costs."
    )
    path = tmp_path / "report.html"
    portfolio.report(path, include=[survey, cpm.ReportSection(credit, title="Launch"), plan, channels])
    html = path.read_text("utf-8")
    added = ["voice-of-the-customer-recommendation", "launch", "allocation-of-the-budget", "channels"]
    assert Sections(html).ids[10:14] == added
    assert "net promoter score is 33.3" in html
    assert "profitable, but it breaks the credit line" in html
    assert 'data-value="31.5"' in html
    assert html == portfolio.report_html(include=[survey, cpm.ReportSection(credit, title="Launch"), plan, channels])


def test_every_result_that_a_report_can_show_is_one(portfolio: cpm.Portfolio) -> None:
    rng = np.random.default_rng(1)
    p = cpm.portfolio
    value = portfolio.customers["value"]
    targets = p.target_customers(rng.beta(2, 9, 200), value=40, cost=5)
    plan = p.allocate_budget(
        {"a": p.Response.exponential(ceiling=900, rate=0.01), "b": p.Response.exponential(ceiling=400, rate=0.03)},
        budget=200,
        size_uncertainty=0.1,
    )
    goal = p.Goal("clv", baseline=100, target=115, start="2024-01-01", date="2024-12-31")
    ratings = {"speed": rng.integers(1, 6, 200), "price": rng.integers(1, 6, 200)}
    lost = [0, 1]
    results = [
        p.growth_bridge([100, 50, 80], [120, 20, 0]),
        p.value_bridge([100, 50], [120, 5], [126, 5], acquired=[0, 0], purchased=[1, 0], lost=[0, 1]),
        p.future_equity([1_000], value=(120, 6), cost=80),
        p.equity_of_values(value, portfolio.customers["segment"]),
        p.migration_matrix([["a", "a", "b"], ["a", "b", "b"]]),
        p.contact_policy(["in", "out"], {"keep": ([[0.9, 0.1], lost], [10, 0])}, discount_rate=0.2),
        p.break_even(price=50, variable_cost=30, fixed_cost=100_000, planned=8_000),
        portfolio.revenue_at_risk(draws=500),
        p.csat(rng.integers(1, 6, 100)),
        p.nps(rng.integers(0, 11, 100)).compare(p.nps(rng.integers(0, 11, 100))),
        p.satisfaction_drivers(ratings, rng.integers(0, 11, 200)),
        targets,
        targets.hold_out(0.1, seed=1),
        p.campaign_effect(rng.normal(5, 1, 100), rng.random(100) < 0.5),
        plan,
        plan.regret(draws=20, seed=1),
        p.rank_offers([[0.5, 0.4], [0.45, 0.1]], margin=10, cost=0.5, capacity=[1, 9]),
        p.weighted_pipeline([0.5, 0.2], [1000, 100], cost=30),
        goal.status((105, 1), at="2024-07-01"),
        p.StrategyTable.suggested(),
        p.export_audience([True, None, False], customer_id=["a", "b", "c"], key=b"0123456789abcdef0123456789abcdef"),
        p.aggregate_segments(["x"] * 20, least=5),
    ]
    for result in results:
        assert "table" in repr(cpm.ReportSection(result)), result
    html = portfolio.report_html(include=results)
    assert len(Sections(html).ids) == 13 + len(results)
    for word in ("NaN", "Infinity", "None", "Some("):
        assert word not in html.split("</style>")[1].split("<script>")[0], word


def test_what_is_no_section_is_refused_with_the_remedy(portfolio: cpm.Portfolio) -> None:
    with pytest.raises(cpm.CpmError, match=r"include\[1\] is a int, which is no section"):
        portfolio.report_html(include=[cpm.portfolio.nps([10, 9]), 5])
    with pytest.raises(cpm.CpmError, match="give a title and a sentence"):
        cpm.ReportSection({"x": [1.0]}, title="X")


def test_the_change_between_two_dates_adds_up(
    log: cpm.TransactionLog, portfolio: cpm.Portfolio, tmp_path: Path
) -> None:
    earlier = cpm.analyze(log, as_of="1997-12-31", horizon=52, discount_rate=0.10, margin=0.30)
    change = portfolio.compare(earlier, log=log)
    amounts = change.value_bridge["amount"]
    np.testing.assert_allclose(amounts[:-1].sum(), amounts[-1], rtol=1e-9)
    np.testing.assert_allclose(amounts[[0, -1]], [earlier.customer_equity.value, portfolio.customer_equity.value])
    revenue = change.revenue_bridge
    assert revenue is not None
    between = portfolio.totals["value"][3] - earlier.totals["value"][3]
    np.testing.assert_allclose(revenue["amount"][-1], between, rtol=1e-9)
    assert change.segments["customers_after"].sum() == change.migration["count"].sum() == 2357
    assert (change.start, change.end) == ("1997-12-31", "1998-06-30")
    path = tmp_path / "change.html"
    change.report(path, include=[cpm.portfolio.nps([10, 9, 3])])
    ids = Sections(path.read_text("utf-8")).ids
    assert ids[:3] == ["headline-numbers", "value-bridge", "growth-and-retention"]
    assert ids[-1] == "voice-of-the-customer-recommendation"
    with pytest.raises(cpm.CpmError, match="swap the two"):
        earlier.compare(portfolio)
    with pytest.raises(cpm.CpmError, match="margin"):
        portfolio.compare(cpm.analyze(log, as_of="1997-12-31", horizon=52, discount_rate=0.10))


def test_risk_and_stress_of_a_portfolio(portfolio: cpm.Portfolio) -> None:
    risk = portfolio.revenue_at_risk(shock=0.1, draws=1_000, seed=3)
    value = cpm.lifetime_value(portfolio.model, portfolio.spend, portfolio.summary, horizon=52)
    np.testing.assert_allclose(risk.expected, value["value"].sum(), rtol=1e-9)
    none = portfolio.model.probability_no_purchase(portfolio.summary, horizon=52)
    again = cpm.portfolio.revenue_at_risk(
        value["value"], value["value_standard_deviation"], none=none, shock=0.1, draws=1_000, seed=3
    )
    np.testing.assert_allclose(again.value_at_risk.value, risk.value_at_risk.value, rtol=1e-6)
    table = portfolio.stress_test({"spend -10 %": {"spend": 0.1}})
    np.testing.assert_allclose(table["change_share"], [-0.1])


def test_equity_from_plain_columns_and_its_bad_input() -> None:
    equity = cpm.portfolio.equity_of_values([100, 50], ["a", "b"], standard_deviation=[30, 40], undiscounted=[110, 60])
    assert (equity.total.value, equity.undiscounted.value) == (150, 170)
    with pytest.raises(cpm.DataError, match="`groups` has 1 rows"):
        cpm.portfolio.equity_of_values([100, 50], ["a"])
    with pytest.raises(cpm.DataError, match="column `standard_deviation`, row 1"):
        cpm.portfolio.equity_of_values([100, 50], ["a", "b"], standard_deviation=[0, -1])
