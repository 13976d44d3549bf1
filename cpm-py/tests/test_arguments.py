"""A data frame in place of a log or a summary, as users of other tools give it, is told how it becomes one."""

import pandas
import pytest

import cpm

LOG = pandas.DataFrame({"customer": ["a", "b"], "date": ["2026-01-01", "2026-02-01"], "amount": [3.0, 4.0]})
SUMMARY = pandas.DataFrame({"frequency": [1, 0], "recency": [4.0, 0.0], "T": [9.0, 9.0]})


@pytest.mark.parametrize(
    "call",
    [
        lambda: cpm.analyze(LOG, horizon=52),
        lambda: cpm.portfolio.cohort_retention(LOG),
        lambda: cpm.portfolio.activity_panel(LOG),
        lambda: cpm.portfolio.growth_by_period(LOG),
        lambda: cpm.segmentation.purchase_rhythm(LOG),
        lambda: cpm.churn_features(LOG, as_of="2026-01-15", horizon=4),
        lambda: cpm.compare(LOG, horizon=4),
    ],
)
def test_where_a_log_is_needed(call):
    with pytest.raises(TypeError, match=r"a TransactionLog is needed, not a DataFrame: .*from_table"):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: cpm.BgNbd().fit(SUMMARY),
        lambda: cpm.ParetoNbd().fit(SUMMARY),
        lambda: cpm.GammaGamma().fit(SUMMARY),
        lambda: cpm.BgNbd.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4).probability_alive(SUMMARY),
        lambda: cpm.BgNbd.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4).predict(SUMMARY, horizon=4),
        lambda: cpm.rfm_segments(SUMMARY),
        lambda: cpm.Rfm().fit(SUMMARY),
        lambda: cpm.Lifecycle().fit(SUMMARY),
    ],
)
def test_where_a_summary_is_needed(call):
    with pytest.raises(TypeError, match=r"a CustomerSummary is needed, not a DataFrame: .*summarize"):
        call()
