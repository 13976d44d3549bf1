"""Churn from features: cpm beside scikit-learn, in one run.

    python benches/peers/churn.py [--rows 1000000] [--rounds 5]

Logistic regression on eight columns, with the ridge penalty of scikit-learn's default and its default solver (lbfgs); the AUC of a
million scores. Coefficients must agree as far as the other solver goes, and the AUC to the last digits.
"""

from turns import close, compare, timed

TOOLS = ("cpm", "scikit-learn")
WORK = ("logistic regression", "AUC")


def data(rows: int):
    import numpy as np

    rng = np.random.default_rng(1)
    x = rng.normal(size=(rows, 8))
    odds = -1.5 + x @ [0.8, -0.6, 0.4, 0.3, -0.2, 0.1, 0.0, 0.5]
    return x, rng.random(rows) < 1.0 / (1.0 + np.exp(-odds)), np.round(odds, 3)


def measure(tool: str, work: str, rows: int) -> dict:
    x, churned, scores = data(rows)

    def cpm_run():
        import cpm

        if work == "AUC":
            return [cpm.churn.auc(churned, scores).value]
        # scikit-learn penalises raw coefficients by 1/C.
        model = cpm.LogisticRegression(penalty=1.0, standardize=False).fit(x, churned)
        return [float(v) for v in model.summary()["coefficient"]]

    def peer_run():
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score

        if work == "AUC":
            return [float(roc_auc_score(churned, scores))]
        model = LogisticRegression().fit(x, churned)
        return [float(model.intercept_[0]), *(float(v) for v in model.coef_[0])]

    return timed(cpm_run if tool == "cpm" else peer_run)


if __name__ == "__main__":
    compare(__file__, __doc__.splitlines()[0], TOOLS, WORK, measure, close(2e-3), 1_000_000)
