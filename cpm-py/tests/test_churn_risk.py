"""The churn score with its reason, and the rhythm that customers are overdue against."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

AS_OF = "1997-09-30"


@pytest.fixture(scope="module")
def risk(log: cpm.TransactionLog, model: cpm.BgNbd) -> cpm.ChurnRisk:
    return cpm.churn_risk(log, model, horizon=39, as_of=AS_OF)


def test_score_is_that_of_the_model(risk: cpm.ChurnRisk, model: cpm.BgNbd, customers: cpm.CustomerSummary) -> None:
    assert risk["customer_id"] == customers.customer_id
    assert risk["churn_probability"].tolist() == model.probability_no_purchase(customers, 39).tolist()
    assert (risk["churn_low"] <= risk["churn_probability"]).all()
    assert (risk["churn_probability"] <= risk["churn_high"]).all()
    np.testing.assert_allclose(risk["probability_dead"], 1 - model.probability_alive(customers))
    assert set(risk["horizon"]) == {39.0}
    assert (risk.horizon, risk.level) == (39.0, 0.95)


def test_reasons_follow_the_evidence(risk: cpm.ChurnRisk, customers: cpm.CustomerSummary) -> None:
    reason = np.array(risk["reason"])
    assert sum(risk.reasons.values()) == len(risk)
    assert ((reason == "single purchase") == (customers.frequency == 0)).all()
    overdue = (risk["overdue_probability"] > 0.9) & (customers.frequency > 0)
    assert ((reason == "overdue") == overdue).all()
    # One-time buyers have no gap of their own to be late against.
    assert (np.isnan(risk["overdue_after"]) == (customers.frequency == 0)).all()
    assert (overdue == (risk["silence"] > risk["overdue_after"])).all()
    np.testing.assert_allclose(risk["silence"], customers.T - customers.recency)
    np.testing.assert_array_equal(risk["overdue_probability"], risk.rhythm.overdue_probability(customers))
    falling = risk["falling_frequency"]
    assert (falling[reason == "falling frequency"] > 0.9).all()
    first = risk["customer_id"][int(np.argmax(overdue))]
    assert risk.all_reasons(first)[0] == "overdue"
    assert "Overdue: silent for" in risk.explain(first)
    assert risk.to_table().columns == risk.columns


def test_overdue_customers_come_back_less(risk: cpm.ChurnRisk, log: cpm.TransactionLog) -> None:
    # What the rule is for: of those who are overdue fewer buy in the 39 weeks that follow.
    calibration, holdout = log.split(calibration_end=AS_OF)
    repeat = calibration.frequency > 0
    overdue = (np.array(risk["reason"]) == "overdue") & repeat
    back = holdout.purchases > 0
    assert back[overdue].mean() < 0.4 < 0.55 < back[repeat & ~overdue].mean()
    # The rhythm's own P(alive) tells repeat buyers apart too.
    alive = risk.rhythm.probability_alive(calibration)
    assert back[repeat & (alive < 0.3)].mean() < 0.45 < 0.55 < back[repeat & (alive > 0.7)].mean()


def test_rhythm_habits(log: cpm.TransactionLog, customers: cpm.CustomerSummary, tmp_path: Path) -> None:
    empty = cpm.PurchaseRhythm()
    assert repr(pickle.loads(pickle.dumps(empty))) == repr(empty) == "PurchaseRhythm()"
    with pytest.raises(cpm.CpmError, match="not fitted"):
        empty.gap_quantile(customers, 0.5)
    rhythm = cpm.PurchaseRhythm().fit(log, as_of=AS_OF)
    rhythm.save(tmp_path / "rhythm.json")
    loaded = cpm.load_model(tmp_path / "rhythm.json")
    for again in (pickle.loads(pickle.dumps(rhythm)), copy.deepcopy(rhythm), loaded):
        assert repr(again) == repr(rhythm)
        assert again.gap_quantile(customers, 0.9).tolist() == rhythm.gap_quantile(customers, 0.9).tolist()
    table = rhythm.summary()
    assert table["parameter"] == ["r", "alpha", "dropout"]
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    assert rhythm.params == pytest.approx(dict(zip(table["parameter"], table["value"], strict=True)))
    simple = cpm.PurchaseRhythm().fit_summary(customers)
    assert simple.params == pytest.approx(rhythm.params, rel=1e-6)
    assert simple.log_likelihood == pytest.approx(rhythm.log_likelihood)
    assert simple.wheat_morrison() is None
    estimate = rhythm.wheat_morrison()
    assert estimate is not None
    assert estimate.low < estimate.value < estimate.high
    given = cpm.PurchaseRhythm.from_params(shape=1, time_unit="week", **rhythm.params)
    np.testing.assert_array_equal(given.overdue_probability(customers), rhythm.overdue_probability(customers))
    assert given.log_likelihood is None


def test_time_units_agree(log: cpm.TransactionLog) -> None:
    weeks = cpm.PurchaseRhythm().fit(log, as_of=AS_OF)
    days = cpm.PurchaseRhythm().fit(log, as_of=AS_OF, time_unit="day")
    assert days.params["alpha"] == pytest.approx(7 * weeks.params["alpha"], rel=1e-6)
    assert days.params["dropout"] == pytest.approx(weeks.params["dropout"], rel=1e-6)
    with pytest.raises(cpm.CpmError, match="time_unit"):
        days.overdue_probability(log.summarize(as_of=AS_OF))


def test_refused(log: cpm.TransactionLog, model: cpm.BgNbd) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"horizon": 0}, "horizon"),
        ({"window": -1}, "window"),
        ({"level": 1}, "level"),
        ({"overdue_quantile": 0}, "overdue_quantile"),
        ({"decline": 1}, "decline"),
        ({"time_unit": "day"}, "time_unit"),
        ({"as_of": "1990-01-01"}, "as_of"),
    ]
    for arguments, words in wrong:
        with pytest.raises(cpm.CpmError, match=words):
            cpm.churn_risk(log, model, **{"horizon": 39, "as_of": AS_OF, **arguments})
    with pytest.raises(cpm.CpmError, match="not fitted"):
        cpm.churn_risk(log, cpm.BgNbd(), 39)
    with pytest.raises(cpm.CpmError, match="nobody"):
        cpm.churn_risk(log, model, 39, as_of=AS_OF).explain("nobody")
    for arguments in ({"shape": 0}, {"r": -1}, {"dropout": 1}):
        with pytest.raises(cpm.CpmError):
            cpm.PurchaseRhythm.from_params(**{"shape": 1, "r": 1, "alpha": 1, "dropout": 0.1, **arguments})
