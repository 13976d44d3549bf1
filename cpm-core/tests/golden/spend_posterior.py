"""The posterior of Gamma-Gamma on CDNOW by pymc-marketing's NUTS, with its default (flat) priors.

Run with a Python that has pymc-marketing: it reads cdnow_spend.csv (frequency and mean amount of the repeat buyers, which cpm writes
there) and writes spend_posterior.json beside this file.
"""

import json
from pathlib import Path

import arviz
import pandas as pd
from pymc_marketing.clv import GammaGammaModel

folder = Path(__file__).parent


def main() -> None:
    frame = pd.read_csv(folder / "cdnow_spend.csv")
    frame["customer_id"] = range(len(frame))
    model = GammaGammaModel(frame)
    model.fit(draws=1000, tune=1000, chains=2, cores=2, random_seed=1, progressbar=False)
    posterior = model.idata.posterior
    answer = {"tool": "pymc-marketing 0.19.2", "customers": len(frame), "parameters": {}}
    for name in ("p", "q", "v"):
        draws = posterior[name]
        answer["parameters"][name] = {
            "mean": float(draws.mean()),
            "sd": float(draws.std()),
            "ess": float(arviz.ess(posterior)[name]),
        }
    mean = posterior["p"] * posterior["v"] / (posterior["q"] - 1)
    answer["population_mean"] = {"mean": float(mean.mean()), "sd": float(mean.std())}
    (folder / "spend_posterior.json").write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main()
