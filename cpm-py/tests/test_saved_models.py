"""Files of saved models of every kind: what is newer, unknown or damaged is refused with reasons."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cpm


@pytest.fixture(scope="module")
def models() -> dict[str, cpm.Model]:
    log = cpm.datasets.cdnow()
    customers = log.summarize(as_of="1997-09-30")
    customers = customers.with_covariates({"first_amount": (customers.first_amount / 20).round()})
    months = log.summarize(as_of="1997-09-30", merge_within="month", time_unit="month")
    renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593, 551, 517, 491]])
    plans = ["monthly", "yearly"] * 10
    left = [0, 2, 1, 3, 1, 3, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1]
    contracts = cpm.ShiftedBetaGeometricWithCovariates().fit(left, [n == 3 for n in left], {"plan": plans})
    found: list[cpm.Model] = [
        cpm.BgNbd().fit(customers),
        cpm.MbgNbd().fit(customers),
        cpm.Nbd().fit(customers),
        cpm.ParetoNbd().fit(customers),
        cpm.GGompertzNbd.from_params(r=0.5, alpha=10, b=0.01, s=0.6, beta=1.2),
        cpm.BgCnbd().fit(customers, k=2),
        cpm.MbgCnbd().fit(customers),
        cpm.BgBb().fit(months),
        cpm.GammaGamma().fit(customers),
        cpm.ShiftedBetaGeometric().fit(renewals),
        cpm.BetaDiscreteWeibull().fit(renewals),
        contracts,
        *(cpm.CovariateModel(base, dropout=[]).fit(customers) for base in ("bg_nbd", "mbg_nbd", "pareto_nbd")),
    ]
    return {f"{type(model).__name__} {k}": model for k, model in enumerate(found)}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every number, text and list of a file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        yield path
        for k, inner in enumerate(value[:3]):
            yield from leaves(inner, (*path, k))
    else:
        yield path


def changed(file: Any, path: tuple[Any, ...], new: Any) -> str:
    again = json.loads(json.dumps(file))
    inner = again
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return json.dumps(again)


def test_what_cannot_be_read_is_refused_for_every_kind(models: dict[str, cpm.Model], tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    for name, model in models.items():
        model.save(path)
        text = path.read_text()
        file = json.loads(text)
        again = cpm.load_model(path)
        assert type(again) is type(model)
        assert again.params == pytest.approx(model.params, rel=1e-15), name

        def refusal(damaged: str) -> str:
            path.write_text(damaged)
            with pytest.raises(cpm.CpmError) as error:
                cpm.load_model(path)
            return str(error.value)

        assert "Update cpm" in refusal(changed(file, ("schema_version",), 2)), name
        assert "schema_version" in refusal(changed(file, ("schema_version",), "1")), name
        assert "unknown variant" in refusal(changed(file, ("model",), "TelepathicNbd")), name
        assert "format" in refusal(changed(file, ("format",), "lifetimes")), name
        for share in (0.2, 0.5, 0.9, 0.99):
            assert "unchanged" in refusal(text[: int(share * len(text))]), name
        refusal(changed(file, ("state",), {}))
        refusal(changed(file, ("state",), []))


def test_damage_anywhere_is_an_error_or_harmless(models: dict[str, cpm.Model], tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    for name, model in models.items():
        model.save(path)
        file = json.loads(path.read_text())
        refused = 0
        for leaf in leaves(file["state"], ("state",)):
            for new in (None, -1.0, "damaged", []):
                path.write_text(changed(file, leaf, new))
                try:
                    repr(cpm.load_model(path))
                except cpm.CpmError:
                    refused += 1
        assert refused > 10, name
