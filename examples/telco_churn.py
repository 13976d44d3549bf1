"""From IBM's sample of telecom customers to a list of whom to ask to stay, with the profit to expect.

    python examples/telco_churn.py telco_churn.csv

The file is IBM's "Telco Customer Churn" sample (7,043 customers; columns as IBM publishes them); it is not part of this
repository. Needs cpm and NumPy; with LightGBM and scikit-learn installed a tuned LightGBM is put beside the models.
"""

import csv
import itertools
import sys
from typing import Any

import numpy as np

import cpm

NUMBERS = ("tenure", "MonthlyCharges", "TotalCharges")


def read(path: str) -> tuple[dict[str, Any], np.ndarray]:
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    y = np.array([row.pop("Churn") == "Yes" for row in rows])
    X: dict[str, Any] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        # Eleven customers of tenure 0 have no total yet.
        number = name in NUMBERS
        X[name] = (
            np.array([float(v) if v.strip() else np.nan for v in values])
            if number
            else values
        )
    X.pop("customerID")
    return X, y


def take(X: dict[str, Any], rows: np.ndarray) -> dict[str, Any]:
    return {name: np.asarray(values)[rows] for name, values in X.items()}


def candidates() -> dict[str, cpm.ChurnClassifier]:
    found = {"logistic": cpm.ChurnClassifier(calibration="platt", folds=5)}
    for trees, depth, rate in (
        (100, 3, 0.05),
        (200, 2, 0.05),
        (200, 3, 0.03),
        (300, 3, 0.02),
    ):
        found[f"boosting, {trees} trees of depth {depth}, rate {rate}"] = cpm.ChurnClassifier(
            method="boosting", calibration="platt", trees=trees, max_depth=depth, learning_rate=rate,
            subsample=0.8, columns_per_tree=0.6, folds=5,
        )  # fmt: skip
    return found


def lightgbm(
    X: dict[str, Any], y: np.ndarray, train: np.ndarray, test: np.ndarray
) -> np.ndarray | None:
    """Scores of the hold-out by the LightGBM that is best of a grid in cross-validation on the training rows."""
    try:
        import lightgbm as lgb
        from sklearn.model_selection import StratifiedKFold
    except ImportError:
        return None
    columns = []
    for values in X.values():
        values = np.asarray(values)
        columns.append(
            values
            if values.dtype.kind == "f"
            else np.unique(values, return_inverse=True)[1].astype(float)
        )
    matrix = np.column_stack(columns)
    text = [
        j for j, values in enumerate(X.values()) if np.asarray(values).dtype.kind != "f"
    ]
    folds = list(
        StratifiedKFold(5, shuffle=True, random_state=0).split(matrix[train], y[train])
    )
    best: tuple[float, Any, int] = (0.0, None, 0)
    for leaves, rate, least, columns_share in itertools.product(
        (4, 8, 16), (0.03, 0.06), (20, 60), (0.5, 0.9)
    ):
        parameters = {
            "objective": "binary", "metric": "auc", "verbose": -1, "seed": 0, "num_threads": 1, "num_leaves": leaves,
            "learning_rate": rate, "min_data_in_leaf": least, "feature_fraction": columns_share, "bagging_fraction": 0.8,
            "bagging_freq": 1, "lambda_l2": 1.0,
        }  # fmt: skip
        data = lgb.Dataset(
            matrix[train], y[train], categorical_feature=text, free_raw_data=False
        )
        result = lgb.cv(
            parameters,
            data,
            800,
            folds=folds,
            callbacks=[lgb.early_stopping(40, verbose=False)],
        )
        scores = result["valid auc-mean"]
        if max(scores) > best[0]:
            best = (max(scores), parameters, int(np.argmax(scores)) + 1)
    print(
        f"LightGBM, best of 24 settings: cross-validated AUC {best[0]:.4f}, {best[2]} rounds"
    )
    data = lgb.Dataset(matrix[train], y[train], categorical_feature=text)
    return lgb.train(best[1], data, best[2]).predict(matrix[test])


def main(path: str) -> None:
    X, y = read(path)
    random = np.random.default_rng(0)
    # 70 % to learn from, 30 % nobody looks at before the end; both with the same share of churners.
    order = random.permutation(len(y))
    test = np.sort(
        np.concatenate(
            [
                order[y[order]][: int(0.3 * y.sum())],
                order[~y[order]][: int(0.3 * (~y).sum())],
            ]
        )
    )
    train = np.setdiff1d(np.arange(len(y)), test)
    past, future = take(X, train), take(X, test)
    print(
        f"{len(y)} customers, {y.mean():.1%} churned; {len(train)} to learn from, {len(test)} held out\n"
    )

    # 1. Which model? By scores that each customer of the training rows got from models that had not seen it.
    models, judged = candidates(), {}
    for name, model in models.items():
        judged[name] = cpm.churn.auc(y[train], model.cross_validate(past, y[train]))
        print(f"{name}: cross-validated AUC {judged[name].value:.4f}")
    chosen = max(judged, key=lambda name: judged[name].value)
    print(f"chosen: {chosen}\n")

    # 2. How good is it on customers whom nobody looked at?
    scores = {
        name: model.fit(past, y[train]).predict_proba(future)[:, 1]
        for name, model in models.items()
    }
    other = lightgbm(X, y, train, test)
    if other is not None:
        scores["LightGBM, tuned"] = other
    print("\nhold-out")
    for name, p in scores.items():
        auc, error = (
            cpm.churn.auc(y[test], p),
            cpm.churn.calibration_error(y[test], p, bins=10),
        )
        print(
            f"{'* ' if name == chosen else '  '}{name}: AUC {auc.value:.4f} ({auc.low:.4f} to {auc.high:.4f}), "
            f"ECE {error.expected:.4f} (right probabilities would show {error.by_chance:.4f}), "
            f"Brier {cpm.churn.brier(y[test], p).score:.4f}"
        )
    p = scores[chosen]
    if other is not None:
        difference, result = cpm.churn.compare_auc(y[test], p, other)
        print(
            f"chosen less LightGBM: {difference.value:+.4f} ({difference.low:+.4f} to {difference.high:+.4f}), "
            f"p = {result.p_value:.2f}"
        )

    # 3. Whom to ask, and what does it bring? A customer who stays is worth a year's charges at a margin of 30 %.
    clv = 12 * 0.30 * future["MonthlyCharges"]
    plan = cpm.churn.plan_retention_offer(
        p,
        clv,
        acceptance=0.3,
        incentive_cost=20,
        contact_cost=1,
        clv_errors=0.3 * clv,
        acceptance_error=0.09,
    )
    campaign = plan.campaign
    targets = np.flatnonzero(plan["target"])
    profit = campaign.profit
    print(
        f"\nask {len(targets)} of {len(test)}: expected profit {profit.value:.0f} ({profit.low:.0f} to {profit.high:.0f})"
    )
    # What the plan would have brought at the expected acceptance, now that it is known who left.
    left = y[test][targets]
    earned = np.where(left, 0.3 * (clv[targets] - 20), -20.0).sum() - len(targets)
    everybody = np.where(y[test], 0.3 * (clv - 20), -20.0).sum() - len(test)
    print(
        f"with those who did leave: {earned:.0f}; asking everybody would have brought {everybody:.0f}"
    )
    best = targets[np.argsort(-plan["expected_profit"][targets])][:5]
    reasons = models[chosen].reasons(take(future, best), count=2)
    for row, first, second in zip(
        best, reasons["reason_1"], reasons["reason_2"], strict=True
    ):
        print(
            f"  row {test[row]}: churns with {p[row]:.0%}, worth {clv[row]:.0f}; {first}; {second}"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
