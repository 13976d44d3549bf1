//! What the comparison says, in words.

use super::scores::{ModelScores, differs};
use super::{Baseline, CompareOptions, ComparedModel};

/// A share in per cent.
fn percent(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

pub(super) fn recommendation(
    models: &[ModelScores],
    best: Option<ComparedModel>,
    same: &[(String, &str)],
    failed: &[(ComparedModel, String)],
    options: &CompareOptions,
) -> String {
    let Some(winner) = best.and_then(|b| models.iter().find(|m| m.model == b.name())) else {
        return "No model forecast from every origin; see the reasons of those that failed.".to_owned();
    };
    let mut text = format!(
        "Use {}: of the models it forecasts best, with a CRPS of {:.4} purchases per customer over {} forecasts.",
        winner.model, winner.crps.value, winner.forecasts
    );
    // A model that is another one with k = 1 is told from nothing, and said to be that.
    let compared = |name: &str| models.iter().any(|m| m.model == name);
    let is_another = |m: &ModelScores| same.iter().any(|(name, plain)| *name == m.model && compared(plain));
    let others = || models.iter().filter(|m| !m.is_baseline && m.model != winner.model && !is_another(m));
    let names =
        |of: &mut dyn Iterator<Item = &ModelScores>| of.map(|m| m.model.as_str()).collect::<Vec<_>>().join(", ");
    let tied = names(&mut others().filter(|m| !differs(m.crps_difference.interval)));
    let worse = names(&mut others().filter(|m| differs(m.crps_difference.interval)));
    if !tied.is_empty() {
        text += &format!(" The data do not tell it from {tied}: choose between them by what they assume.");
    }
    for (name, plain) in same {
        text += &format!(" {name} has k = 1 at every origin, which is {plain}.");
    }
    if !worse.is_empty() {
        text += &format!(" It beats {worse} beyond chance (level {}).", options.level);
    }
    match models.iter().find(|m| m.is(Baseline::OwnRate)) {
        Some(own) if differs(own.crps_difference.interval) && own.crps_difference.value > 0.0 => {
            text += " It also beats everybody's own rate so far, the forecast without a model.";
        }
        Some(own) if own.crps_difference.value > 0.0 => {
            text += " It is not beyond chance better than everybody's own rate so far: there may be too few customers to tell.";
        }
        Some(_) => {
            text += " But everybody's own rate so far forecasts no worse: look for a season or a campaign, or rows of several populations.";
        }
        None => {}
    }
    if let Some(bias) = winner.bias {
        text += &format!(
            " In total it expected {} against what was purchased ({} to {}){}.",
            percent(bias.value),
            percent(bias.interval.low),
            percent(bias.interval.high),
            if differs(bias.interval) { "; scale totals with care" } else { "" }
        );
    }
    for (model, reason) in failed {
        text += &format!(" {} could not be compared: {reason}.", model.name());
    }
    text
}
