"""Purchase models against classifiers: who will be quiet for 13 weeks, and with what probability?

    python examples/churn_scores.py                 # the CDNOW log, all 23,570 customers, which cpm ships
    python examples/churn_scores.py invoices.csv    # UCI's Online Retail, one row per invoice, which cpm does not ship

The file has the columns CustomerID, InvoiceDate and TotalPrice (18,532 invoices of 4,338 customers; the raw data are at
https://archive.ics.uci.edu/dataset/352/online+retail under CC BY 4.0: drop rows without customer and cancelled
invoices, and sum Quantity * UnitPrice by InvoiceNo). Scores are as of one date and nobody sees a later purchase: classifiers
learn from earlier dates whose label windows are over by then. Needs cpm, NumPy, pandas and PyArrow.
"""

import sys

import numpy as np

import cpm

HORIZON = 13  # weeks
# The date of scoring, and dates whose label windows end before it.
DATES = {
    "CDNOW": ("1997-09-30", ["1997-05-31", "1997-06-30"]),
    "Online Retail": ("2011-09-09", ["2011-05-09", "2011-06-09"]),
}


def compare(log: cpm.TransactionLog, as_of: str, earlier: list[str]) -> dict[str, np.ndarray]:
    """Prints how each kind of score ranks and how far its probabilities are right; the scores."""
    scored = cpm.churn_features(log, as_of=as_of, horizon=HORIZON)
    quiet = np.asarray(scored.label).astype(bool)
    now = scored.to_pandas()[scored.names]
    customers = log.summarize(as_of=as_of)
    print(
        f"{len(quiet)} customers, {quiet.mean():.3f} of them quiet for {HORIZON} weeks after {as_of}\n"
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

    past = cpm.churn_features(log, as_of=earlier, horizon=HORIZON)
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

    return scores


def main(path: str | None = None) -> dict[str, np.ndarray]:
    if path is None:
        return compare(cpm.datasets.cdnow(full=True), *DATES["CDNOW"])
    log = cpm.TransactionLog.read(
        path, customer="CustomerID", date="InvoiceDate", amount="TotalPrice"
    )
    return compare(log, *DATES["Online Retail"])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
