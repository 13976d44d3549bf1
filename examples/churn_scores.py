"""Purchase models against classifiers on the CDNOW log: who will be quiet, and with what probability?

    python examples/cdnow_churn_scores.py

All 23,570 customers, which cpm ships. Scores are as of 1997-09-30 and nobody sees a later purchase: classifiers learn from earlier
dates whose label windows are over by then. Needs cpm, NumPy, pandas and PyArrow.
"""

import numpy as np

import cpm

AS_OF, HORIZON = "1997-09-30", 13


def main() -> None:
    log = cpm.datasets.cdnow(full=True)
    scored = cpm.churn_features(log, as_of=AS_OF, horizon=HORIZON)
    quiet = np.asarray(scored.label).astype(bool)
    now = scored.to_pandas()[scored.names]
    customers = log.summarize(as_of=AS_OF)
    print(
        f"{len(quiet)} customers, {quiet.mean():.3f} of them quiet for {HORIZON} weeks after {AS_OF}\n"
    )

    scores = {}
    for model in (cpm.BgNbd(), cpm.MbgNbd(), cpm.ParetoNbd(), cpm.Nbd()):
        by_id = dict(
            zip(
                customers.customer_id,
                model.fit(customers).probability_no_purchase(customers, HORIZON),
                strict=True,
            )
        )
        scores[type(model).__name__] = np.array(
            [by_id[i] for i in scored["customer_id"]]
        )

    # Label windows of 13 weeks that end before the date of scoring.
    past = cpm.churn_features(log, as_of=["1997-05-31", "1997-06-30"], horizon=HORIZON)
    X, y = past.to_pandas()[past.names], np.asarray(past.label).astype(bool)
    # No date had its label window in last year's log: a column without information is no feature.
    names = [name for name in X if X[name].nunique() > 1]
    X, now = X[names], now[names]
    print(
        f"classifiers learn from {len(y)} rows of two dates, {y.mean():.3f} of them quiet"
    )
    for name, model in {
        "logistic": cpm.ChurnClassifier(calibration="platt"),
        "boosting": cpm.ChurnClassifier(
            method="boosting", calibration="platt", trees=200, max_depth=3
        ),
    }.items():
        scores[name] = model.fit(X, y).predict_proba(now)[:, 1]

    print(
        "\n| score | AUC | log loss | ECE | mean | decile of largest scores: quiet |\n|---|---|---|---|---|---|"
    )
    for name, p in scores.items():
        auc, error = (
            cpm.churn.auc(quiet, p),
            cpm.churn.calibration_error(quiet, p, bins=10),
        )
        top = np.argsort(-p, kind="stable")[: len(p) // 10]
        print(
            f"| {name} | {auc.value:.4f} ({auc.low:.4f} to {auc.high:.4f}) | {cpm.churn.log_loss(quiet, p).value:.4f} | "
            f"{error.expected:.4f} | {p.mean():.3f} | {quiet[top].mean():.3f} |"
        )
    best = max(
        (n for n in scores if n[0].isupper()),
        key=lambda n: cpm.churn.auc(quiet, scores[n]).value,
    )
    for name in ("logistic", "boosting"):
        difference, test = cpm.churn.compare_auc(quiet, scores[name], scores[best])
        print(
            f"{name} less {best}: {difference.value:+.4f} ({difference.low:+.4f} to {difference.high:+.4f}), p = {test.p_value:.2g}"
        )


if __name__ == "__main__":
    main()
