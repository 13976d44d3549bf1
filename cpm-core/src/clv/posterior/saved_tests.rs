//! Posteriors come back from a file, and what cannot be one does not.

use super::*;
use crate::clv::{PosteriorOptions, Prior, PurchaseModelKind, posterior, spend_posterior};
use crate::summary::{CustomerSummary, TimeUnit};
use crate::{SavedModel, clv};

fn customers() -> CustomerSummary {
    let x = [0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 5.0, 9.0];
    let t_x = [0.0, 0.0, 0.0, 3.0, 9.0, 20.0, 30.0, 38.0];
    let z = [0.0, 0.0, 0.0, 12.0, 30.0, 8.0, 21.0, 15.0];
    let customers = CustomerSummary::new(&x, &t_x, &[39.0; 8], TimeUnit::Week).unwrap();
    customers.with_monetary_value(&z).unwrap()
}

fn short() -> PosteriorOptions {
    PosteriorOptions::new().chains(2).warmup(50).draws(20).seed(5)
}

fn come_back<M>(posterior: &Posterior<M>) -> String
where
    Posterior<M>: Clone,
    AnyPosterior: From<Posterior<M>>,
{
    let saved = SavedModel::from(posterior.clone());
    let text = saved.to_json().unwrap();
    assert_eq!(SavedModel::from_json(&text).unwrap(), saved);
    text
}

#[test]
fn posteriors_of_all_models_come_back() {
    let options = short().prior("r", Prior::Gamma { shape: 2.0, rate: 3.0 });
    let nbd = posterior(PurchaseModelKind::Nbd, &customers(), &options).unwrap();
    let text = come_back(&nbd);
    let SavedModel::Posterior(again) = SavedModel::from_json(&text).unwrap() else { panic!("a posterior") };
    let AnyPosterior::Purchases(again) = *again else { panic!("of purchases") };
    assert_eq!(again.models(7), nbd.models(7));
    let scores = |p: &Posterior| p.predict(&customers(), 4.0, 0.9, 20).unwrap();
    assert_eq!(scores(&again).customers()[5].expected_purchases, scores(&nbd).customers()[5].expected_purchases);
    // In another unit of time it still refuses.
    let days = CustomerSummary::new(&[1.0], &[2.0], &[3.0], TimeUnit::Day).unwrap();
    assert!(again.predict(&days, 4.0, 0.9, 20).is_err());
    // k is held.
    let regular = posterior(PurchaseModelKind::BgCnbd, &customers(), &short().k(3)).unwrap();
    let SavedModel::Posterior(again) = SavedModel::from_json(&come_back(&regular)).unwrap() else { panic!() };
    let AnyPosterior::Purchases(again) = *again else { panic!("of purchases") };
    assert_eq!(again.models(1)[0].k(), 3);
    come_back(&spend_posterior(&customers(), &short()).unwrap());
}

#[cfg(feature = "discrete-time")]
#[test]
fn posteriors_of_contracts_come_back() {
    use clv::{ContractualModelKind, Renewals, contract_posterior};
    let renewals = Renewals::from_customers(&[0, 1, 3, 3, 1], &[false, false, true, true, false], None).unwrap();
    come_back(&contract_posterior(ContractualModelKind::BetaDiscreteWeibull, &renewals, &short()).unwrap());
}

#[cfg(feature = "covariates")]
#[test]
fn posteriors_with_covariates_come_back() {
    use crate::summary::Covariates;
    use crate::{Column, Table};
    use clv::{BgNbd, CovariateOptions, covariate_posterior};
    let mut table = Table::new();
    let channel = ["web", "shop", "web", "shop", "web", "web", "shop", "web"].map(str::to_owned);
    table.push("channel", Column::Text(channel.to_vec())).unwrap();
    let customers = customers().with_covariates(Covariates::new(&table).unwrap()).unwrap();
    let text = come_back(&covariate_posterior::<BgNbd>(&customers, &CovariateOptions::new(), &short()).unwrap());
    let SavedModel::Posterior(again) = SavedModel::from_json(&text).unwrap() else { panic!("a posterior") };
    let AnyPosterior::BgNbdCovariates(again) = *again else { panic!("of BG/NBD") };
    assert_eq!(again.predict(&customers, 4.0, 0.9, 20).unwrap().customers().len(), 8);
    let broken = text.replacen("\"column\":0", "\"column\":9", 1);
    assert!(SavedModel::from_json(&broken).is_err());
}

#[test]
fn what_cannot_be_is_refused() {
    let text = come_back(&posterior(PurchaseModelKind::Nbd, &customers(), &short()).unwrap());
    let saved: serde_json::Value = serde_json::from_str(&text).unwrap();
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut file = saved.clone();
        change(&mut file["state"]["draws"]);
        SavedModel::from_json(&file.to_string()).unwrap_err().to_string()
    };
    assert!(refused(&|d| d["names"][0] = "s".into()).contains("r, alpha"));
    assert!(refused(&|d| d["parameters"][0][3] = (-1.0).into()).contains("each draw"));
    assert!(refused(&|d| d["parameters"][0][3] = serde_json::Value::Null).contains("null"));
    assert!(refused(&|d| _ = d["parameters"][1].as_array_mut().unwrap().pop()).contains("one entry per draw"));
    assert!(refused(&|d| _ = d["chains"][1]["energy"].as_array_mut().unwrap().pop()).contains("one entry per draw"));
    assert!(refused(&|d| _ = d["chains"].as_array_mut().unwrap().pop()).contains("chain"));
    assert!(refused(&|d| d["chains"][0]["step_size"] = 0.0.into()).contains("chain"));
    assert!(refused(&|d| d["draws"] = 0.into()).contains("chain"));
    assert!(refused(&|d| _ = d["priors"].as_array_mut().unwrap().pop()).contains("prior"));
    assert!(refused(&|d| d["priors"][0]["LogNormal"]["sigma"] = 0.0.into()).contains("sigma"));
    assert!(refused(&|d| d["template"]["Nbd"]["r"] = 0.0.into()).contains("r = 0"));
    let mut newer = saved.clone();
    newer["schema_version"] = 99.into();
    assert!(SavedModel::from_json(&newer.to_string()).unwrap_err().to_string().contains("schema version 99"));
    assert!(SavedModel::from_json(&text[..text.len() / 2]).is_err());
}
