"""Writes kprototypes.json: clusters of the Python package kmodes 0.12.

Run with kmodes installed: python kprototypes.py
"""

import json
from pathlib import Path

import numpy as np
from kmodes.kprototypes import KPrototypes

random = np.random.default_rng(4)
out = []
for n, k, spread in ((150, 3, 1.0), (120, 4, 2.5)):
    group = random.integers(0, k, n)
    numbers = np.column_stack([random.normal(3 * group, spread), random.normal(4 * (group % 2), spread)])
    numbers = ((numbers - numbers.mean(axis=0)) / numbers.std(axis=0)).round(6)
    names = np.array(["shop", "web", "phone", "mail"])
    channel = np.where(random.random(n) < 0.7, names[group], random.choice(names, n))
    country = np.where(random.random(n) < 0.6, np.array(["de", "fr"])[group % 2], random.choice(["de", "fr", "it"], n))
    table = np.column_stack([numbers.astype(object), channel, country])
    for gamma in (None, 2.0):
        fits = [
            KPrototypes(k, gamma=gamma, n_init=10, max_iter=200, init=init, random_state=seed).fit(table, categorical=[2, 3])
            for init in ("Huang", "Cao")
            for seed in range(3)
        ]
        best = min(fits, key=lambda m: m.cost_)
        out.append(
            {
                "k": k,
                "given": gamma,
                "gamma": best.gamma,
                "cost": best.cost_,
                "labels": best.labels_.tolist(),
                "numbers": numbers.tolist(),
                "channel": channel.tolist(),
                "country": country.tolist(),
            }
        )
Path(__file__).with_name("kprototypes.json").write_text(json.dumps(out) + "\n")
print([(o["gamma"], o["cost"]) for o in out])
