"""What customers under contract are worth, together and apart, and what their covariates say."""

from typing import Any

import numpy as np
import pytest

import cpm


def test_value_of_groups_and_cash_flows(golden: Any) -> None:
    shares = golden["sbg"]["survivors_percent_year_0_12"]["regular"]
    model = cpm.ShiftedBetaGeometric().fit(cpm.Renewals.from_percent(shares[:8], customers=1000))
    renewals, labels = [0, 3, 3, 9, 1], np.array(["b", "a", "b", "a", "b"])
    options: dict[str, Any] = {"margin": 20.0, "discount_rate": 0.05, "horizon": 6, "until_next_renewal": 0.25}
    value = model.residual_value(renewals, groups=labels, **options)
    assert list(value.groups["group"]) == ["a", "b"]
    assert list(value.groups["customers"]) == [2, 3]
    for label, total in zip(value.groups["group"], value.groups["value"], strict=True):
        assert total == pytest.approx(value["value"][labels == label].sum(), rel=1e-12)
    assert len(model.residual_value(renewals, **options).groups) == 0
    flows = model.cash_flows(renewals, **options)
    assert flows["cumulative"][-1] == pytest.approx(value.total.value, rel=1e-12)
    assert flows["customers"][0] == pytest.approx(
        sum(model.survival_of_active(n, 1).value for n in renewals), rel=1e-12
    )
    assert (flows["cash_flow_low"] < flows["cash_flow"]).all()
    assert (flows["cash_flow"] < flows["cash_flow_high"]).all()
    with pytest.raises(cpm.CpmError, match="groups"):
        model.residual_value(renewals, groups=labels[1:], **options)


def test_value_with_covariates() -> None:
    # The same customers in either category: no effect, and the values of the plain model.
    renewals = [0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3] * 2
    active = [n == 3 for n in renewals]
    kind = {"kind": ["a"] * 12 + ["b"] * 12}
    model = cpm.ShiftedBetaGeometricWithCovariates().fit(renewals, active, kind)
    plain = cpm.ShiftedBetaGeometric().fit(cpm.Renewals.from_customers(renewals, active))
    options: dict[str, Any] = {"margin": 20.0, "discount_rate": 0.05, "horizon": 6}
    value, expected = model.residual_value(renewals, kind, **options), plain.residual_value(renewals, **options)
    np.testing.assert_allclose(value["value"], expected["value"], rtol=1e-6)
    assert value.total.value == pytest.approx(expected.total.value, rel=1e-6)
    # What tells the categories apart is uncertain, too, but not for the total.
    assert value["value_high"][5] > expected["value_high"][5]
    flows = model.cash_flows(renewals, kind, **options)
    np.testing.assert_allclose(flows["cash_flow"], plain.cash_flows(renewals, **options)["cash_flow"], rtol=1e-6)


def test_what_the_data_leave_open_has_no_standard_error() -> None:
    # Customers who do not differ, and a covariate without effect: with separate coefficients both run along a ridge.
    random = np.random.default_rng(4)
    kind = random.choice(["a", "b"], 300)
    renewals = np.minimum(random.geometric(np.full(300, 0.25)) - 1, 5)
    customers = cpm.Renewals.from_customers(renewals, renewals == 5, covariates={"kind": list(kind)})
    model = cpm.ShiftedBetaGeometricWithCovariates(separate_dropout=True).fit(customers)
    assert cpm.likelihood_ratio_test(cpm.ShiftedBetaGeometric().fit(customers), model).p_value > 0.05
    assert model.convergence.flat_direction is not None
    summary = model.summary()
    assert np.isnan(summary["standard_error"]).all()
    assert np.isnan(summary["p_value"]).all()
