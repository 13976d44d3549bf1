//! Metrics of the customer base against pandas, SciPy, statsmodels and hashlib; `tests/golden/customer_base.py` writes the file.

use cpm_core::clv::Estimate;
use cpm_core::portfolio::*;
use cpm_core::transactions::{Amount, Customer, LogBuilder, When};
use cpm_core::{CustomerIds, ReadOptions, Timestamp, TransactionLog};
use serde::de::DeserializeOwned;
use serde_json::Value;

const LEVEL: f64 = 0.95;

fn golden(section: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/customer_base.json")).unwrap();
    assert_eq!(all["level"], LEVEL);
    all[section].clone()
}

fn of<T: DeserializeOwned>(value: &Value, key: &str) -> T {
    serde_json::from_value(value[key].clone()).unwrap_or_else(|e| panic!("{key}: {e}"))
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[track_caller]
fn close(found: f64, expected: &Value, context: &str) {
    near(found, expected, 1e-9, context);
}

#[track_caller]
fn near(found: f64, expected: &Value, tolerance: f64, context: &str) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{context}: {expected}"));
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{context}: {found} against {expected}");
}

#[track_caller]
fn interval(found: Estimate, expected: &Value, context: &str) {
    close(found.interval.low, &expected[0], context);
    close(found.interval.high, &expected[1], context);
}

fn dates(orders: &Value) -> Vec<Timestamp> {
    of::<Vec<String>>(orders, "date").iter().map(|d| d.parse().unwrap()).collect()
}

fn log(orders: &Value) -> TransactionLog {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    builder.begin("orders");
    let (customers, amounts): (Vec<i64>, Vec<f64>) = (of(orders, "customer"), of(orders, "amount"));
    for (row, when) in dates(orders).into_iter().enumerate() {
        builder.push(row as u64, Customer::Integer(customers[row]), When::At(when), Amount::Number(amounts[row]));
    }
    builder.finish().unwrap()
}

fn options(orders: &Value) -> CohortOptions {
    CohortOptions::new().as_of(orders["as_of"].as_str().unwrap()).unwrap().level(LEVEL)
}

#[test]
fn cohorts_equal_pandas() {
    let (orders, expected) = (golden("orders"), golden("cohorts"));
    let (times, revenue, profit) =
        (dates(&orders), of::<Vec<f64>>(&orders, "amount"), of::<Vec<f64>>(&orders, "profit"));
    let customers = CustomerIds::from(of::<Vec<i64>>(&orders, "customer"));
    let columns = CohortOrders { customers: &customers, times: &times, revenue: &revenue, profit: Some(&profit) };
    let (by_order, by_day) = (
        cohort_table(&columns, &options(&orders)).unwrap(),
        cohort_retention(&log(&orders), &options(&orders)).unwrap(),
    );
    let mut cells = rows(&expected["cells"]).iter();
    for (orders, days) in by_order.cohorts.iter().zip(&by_day.cohorts) {
        assert_eq!((&orders.label, orders.size, orders.cells.len()), (&days.label, days.customers, days.cells.len()));
        for (age, (cell, day)) in orders.cells.iter().zip(&days.cells).enumerate() {
            let row = cells.next().unwrap();
            let place = format!("{} at {age}", orders.label);
            assert_eq!((row["cohort"].as_str(), &row["age"]), (Some(orders.label.as_str()), &age.into()), "{place}");
            assert_eq!((of(row, "size"), of(row, "active")), (orders.size, cell.customers), "{place}");
            assert_eq!((of(row, "orders"), of(row, "days"), of(row, "active")), (cell.orders, day.orders, day.active));
            assert_eq!((of(row, "partial"), of(row, "partial")), (cell.partial, day.partial), "{place}");
            close(cell.revenue, &row["revenue"], &place);
            close(day.amount, &row["revenue"], &place);
            close(cell.profit.unwrap(), &row["profit"], &place);
            close(cell.retention.value, &row["retention"], &place);
            interval(cell.retention, &row["interval"], &place);
        }
    }
    assert!(cells.next().is_none() && by_order.cohorts.len() > 10);
    for (found, row) in by_day.average.iter().zip(rows(&expected["average"])) {
        let counts = (found.age as u64, found.cohorts as u64, found.customers, found.active);
        assert_eq!(counts, (of(row, "age"), of(row, "cohorts"), of(row, "customers"), of(row, "active")));
        close(found.retention.value, &row["retention"], "average");
        interval(found.retention, &row["interval"], "average");
    }
    assert_eq!(by_day.average.len(), rows(&expected["average"]).len());
}

#[test]
fn growth_equals_pandas() {
    let orders = golden("orders");
    let found = growth_by_period(&log(&orders), &options(&orders)).unwrap();
    let expected = golden("growth");
    assert_eq!(found.periods.len(), rows(&expected).len());
    for (found, row) in found.periods.iter().zip(rows(&expected)) {
        assert_eq!(Some(found.label.as_str()), row["label"].as_str());
        for (name, part, _) in found.bridge.parts() {
            let place = format!("{} {name}", found.label);
            assert_eq!(part.customers, of::<u64>(&row[name], "customers"), "{place}");
            assert!((part.amount - of::<f64>(&row[name], "amount")).abs() < 1e-9, "{place}");
        }
        for (name, rate) in found.bridge.rates() {
            let (place, expected) = (format!("{} {name}", found.label), &row[name]);
            assert_eq!(rate.is_none(), expected.is_null(), "{place}");
            let Some(rate) = rate else { continue };
            close(rate.value, &expected["value"], &place);
            // One customer has no spread of his own.
            if !expected["interval"].is_null() {
                interval(rate, &expected["interval"], &place);
            }
        }
    }
}

#[test]
fn pipelines_equal_the_sum_over_all_outcomes() {
    let row = golden("pipeline");
    let (probability, value, cost): (Vec<f64>, Vec<f64>, Vec<f64>) =
        (of(&row, "probability"), of(&row, "value"), of(&row, "cost"));
    let columns = PipelineColumns { probability: &probability, value: &value, cost: &cost };
    let options = PipelineOptions::new()
        .probability_error(of(&row, "common"))
        .base(Measured::new(of(&row, "base"), of(&row, "base_error")))
        .level(LEVEL);
    let found = weighted_pipeline(&columns, &options).unwrap();
    for (name, estimate) in [("weighted", found.weighted_value), ("wins", found.wins), ("net", found.net)] {
        close(estimate.value, &row[name], name);
        interval(estimate, &row[format!("{name}_interval")], name);
    }
    let share = found.share_of_portfolio.unwrap();
    close(share.value, &row["share"], "share");
    near(share.interval.low, &row["share_interval"][0], 1e-6, "share");
    near(share.interval.high, &row["share_interval"][1], 1e-6, "share");
    assert_eq!(found.not_worth_pursuing as u64, of::<u64>(&row, "not_worth"));
    close(found.gain_of_dropping, &row["gain_of_dropping"], "dropping");
    close(found.largest_share, &row["largest_share"], "largest");
}

#[test]
fn stages_equal_pandas_and_their_products_the_integral() {
    let golden = golden("stages");
    let states: Vec<OpportunityState> = of::<Vec<String>>(&golden, "state")
        .iter()
        .map(|s| match s.as_str() {
            "won" => OpportunityState::Won,
            "lost" => OpportunityState::Lost,
            _ => OpportunityState::Open,
        })
        .collect();
    let options = DrawOptions::new().draws(10_000).level(LEVEL);
    let found = stage_conversion(&of::<Vec<u32>>(&golden, "stage"), 3, &states, &options).unwrap();
    for (stage, row) in found.iter().zip(rows(&golden["rows"])) {
        let counts = [stage.reached, stage.advanced, stage.lost, stage.open];
        assert_eq!(counts, ["reached", "advanced", "lost", "open"].map(|key| of::<u64>(row, key)));
        close(stage.conversion.unwrap().value, &row["conversion"], "conversion");
        interval(stage.conversion.unwrap(), &row["interval"], "conversion");
        close(stage.win.unwrap().value, &row["win"], "win");
        if !row["win_interval"].is_null() {
            // Drawn, so only as near as 10,000 draws bring it.
            near(stage.win.unwrap().interval.low, &row["win_interval"][0], 0.02, "win");
            near(stage.win.unwrap().interval.high, &row["win_interval"][1], 0.02, "win");
        }
    }
}

#[test]
fn hashes_equal_hashlib_and_the_examples_of_the_platforms() {
    let golden = golden("hashes");
    for row in rows(&golden["emails"]) {
        let format = if row["format"] == "google" { EmailFormat::Google } else { EmailFormat::Plain };
        let email = row["email"].as_str().unwrap();
        assert_eq!(normalise_email(email, format), of(row, "normalised"), "{email}");
        assert_eq!(hash_email(email, format), of(row, "sha256"), "{email}");
    }
    for text in of::<Vec<String>>(&golden, "refused") {
        assert_eq!(hash_email(&text, EmailFormat::Google), None, "{text}");
    }
    let key = PseudonymKey::new(golden["key"].as_str().unwrap().as_bytes()).unwrap();
    for row in rows(&golden["pseudonyms"]) {
        assert_eq!(key.pseudonym(row["id"].as_str().unwrap()), of::<String>(row, "hmac"), "{}", row["id"]);
    }
}

#[test]
fn aggregates_equal_pandas() {
    let golden = golden("aggregates");
    let (segment, names): (Vec<u32>, Vec<String>) = (of(&golden, "segment"), of(&golden, "names"));
    let (value, orders): (Vec<f64>, Vec<f64>) = (of(&golden, "value"), of(&golden, "orders"));
    for case in rows(&golden["cases"]) {
        let measures = [("value", value.as_slice()), ("orders", orders.as_slice())];
        let found = aggregate_segments(&segment, &names, &measures, of(case, "least")).unwrap();
        assert_eq!((found.segments, found.customers), (of(case, "segments"), of(case, "customers")));
        assert_eq!(found.suppressed_customers, of::<u64>(case, "suppressed"));
        for (totals, name) in found.totals.iter().zip(["value", "orders"]) {
            totals.iter().zip(rows(&case[name])).for_each(|(total, expected)| close(*total, expected, name));
        }
    }
}

#[test]
fn channels_equal_pandas_and_scipy() {
    let golden = golden("channels");
    let (channel, cohort): (Vec<u32>, Vec<u32>) = (of(&golden, "channel"), of(&golden, "cohort"));
    let (value, spend): (Vec<f64>, Vec<f64>) = (of(&golden, "value"), of(&golden, "spend"));
    let mean = |found: Option<Estimate>, expected: &Value| {
        assert_eq!(found.is_none(), expected.is_null());
        if let Some(found) = found {
            close(found.value, &expected["value"], "mean");
            interval(found, &expected["interval"], "mean");
        }
    };
    let found = acquisition_by_channel(&channel, &value, &spend, LEVEL).unwrap();
    assert_eq!(found.len(), rows(&golden["rows"]).len());
    for (figures, row) in found.iter().zip(rows(&golden["rows"])) {
        assert_eq!(figures.customers, of::<u64>(row, "customers"));
        close(figures.cac.unwrap().value, &row["cac"], "cac");
        interval(figures.cac.unwrap(), &row["cac_interval"], "cac");
        close(figures.ltv_to_cac.unwrap().value, &row["ltv_to_cac"], "ltv:cac");
        interval(figures.ltv_to_cac.unwrap(), &row["ltv_to_cac_interval"], "ltv:cac");
        close(figures.profit, &row["profit"], "profit");
        mean(figures.mean_value, &row["mean"]);
    }
    let found = value_by_channel_and_cohort(&channel, 4, &cohort, 3, &value, LEVEL).unwrap();
    assert_eq!(found.len(), rows(&golden["cells"]).len());
    for (cell, row) in found.iter().zip(rows(&golden["cells"])) {
        assert_eq!((cell.channel, cell.cohort), (of(row, "channel"), of(row, "cohort")));
        assert_eq!(cell.customers, of::<u64>(row, "customers"));
        close(cell.total, &row["total"], "total");
        mean(cell.mean_value, &row["mean"]);
    }
}

#[test]
fn surveys_equal_scipy_and_statsmodels() {
    let golden = golden("surveys");
    let fpc = &golden["fpc"];
    let [promoters, passives, detractors] = of::<[usize; 3]>(fpc, "counts");
    let answers = [vec![9.0; promoters], vec![8.0; passives], vec![2.0; detractors]].concat();
    let found = nps(&answers, &SurveyOptions::new().population(of(fpc, "population"))).unwrap();
    close(found.standard_error, &fpc["nps_error"], "finite population");

    let (answers, values): (Vec<f64>, Vec<f64>) = (of(&golden, "answers"), of(&golden, "values"));
    let strata: Vec<u32> = of(&golden, "strata");
    let weights = post_stratification_weights(&strata, &of::<Vec<u64>>(&golden, "sizes")).unwrap();
    weights.iter().zip(rows(&golden["weights"])).for_each(|(w, expected)| close(*w, expected, "weight"));
    let weighted = nps(&answers, &SurveyOptions::new().weights(&weights)).unwrap();
    close(weighted.score.value, &golden["weighted_nps"], "weighted");
    close(weighted.standard_error, &golden["weighted_error"], "weighted");
    let groups = score_by_group(SurveyMetric::Nps, &answers, &strata, 3, &SurveyOptions::new()).unwrap();
    close(groups.p_value.unwrap(), &golden["groups_p_value"], "groups");
    let unhappy = detractor_value(&answers, &values, None, LEVEL).unwrap();
    close(unhappy.share.value, &golden["detractor_share"], "detractors");
    interval(unhappy.share, &golden["detractor_interval"], "detractors");
}

#[test]
fn referrals_equal_pandas() {
    let golden = golden("referrals");
    let column = |name: &str| of::<Vec<f64>>(&golden, name);
    let referrer: Vec<u32> = of(&golden, "referrer");
    let (period, margin, referral_cost) = (column("period"), column("margin"), column("referral_cost"));
    let (marketing_cost, saving, incremental) =
        (column("marketing_cost"), column("acquisition_saving"), column("incremental"));
    let columns = ReferralColumns {
        referrer: &referrer,
        period: &period,
        margin: &margin,
        referral_cost: &referral_cost,
        marketing_cost: &marketing_cost,
        acquisition_saving: &saving,
        incremental: &incremental,
    };
    let found = referral_value(&columns, of(&golden, "referrers"), of(&golden, "rate")).unwrap();
    for (name, found) in [("value", &found.values), ("incremental_value", &found.from_incremental)] {
        found.iter().zip(rows(&golden[name])).for_each(|(v, expected)| {
            assert!((v - expected.as_f64().unwrap()).abs() < 1e-9, "{name}: {v} against {expected}");
        });
    }
}

#[test]
fn strategies_equal_pandas() {
    let golden = golden("strategies");
    let (segment, names): (Vec<u32>, Vec<String>) = (of(&golden, "segment"), of(&golden, "names"));
    let (value, risk): (Vec<f64>, Vec<f64>) = (of(&golden, "value"), of(&golden, "risk"));
    let columns = StrategyColumns { segment: &segment, names: &names, value: &value, risk: &risk };
    let table = StrategyTable::suggested();
    let found = suggest_treatments(&columns, &table, &StrategyLevels::default()).unwrap();
    let texts = |levels: &[Level]| levels.iter().map(ToString::to_string).collect::<Vec<String>>();
    assert_eq!((texts(&found.values), texts(&found.risks)), (of(&golden, "levels"), of(&golden, "risks")));
    let treatments: Vec<&str> =
        found.rules.iter().map(|r| table.rules()[r.unwrap() as usize].treatment.as_str()).collect();
    assert_eq!(treatments, of::<Vec<String>>(&golden, "treatment"));
    let overview = found.overview(&columns, &table).unwrap();
    let (value, loss) = (overview.floats("value").unwrap(), overview.floats("expected_loss").unwrap());
    let mut sums: std::collections::BTreeMap<&str, [f64; 2]> = std::collections::BTreeMap::new();
    for (k, treatment) in overview.texts("treatment").unwrap().iter().enumerate() {
        let sum = sums.entry(treatment).or_default();
        *sum = [sum[0] + value[k], sum[1] + loss[k]];
    }
    for (treatment, [value, loss]) in sums {
        close(value, &golden["overview"][treatment][1], treatment);
        close(loss, &golden["overview"][treatment][2], treatment);
    }
}

#[test]
fn unit_economics_equal_scipy() {
    let golden = golden("unit_economics");
    let (margin, survival): (Vec<f64>, Vec<f64>) = (of(&golden, "margin"), of(&golden, "survival"));
    let exact = DrawOptions::new().draws(100);
    for (cost, expected) in of::<Vec<f64>>(&golden, "costs").into_iter().zip(rows(&golden["payback"])) {
        let payback = Payback::new(&margin, &survival, cost).discount_rate(of(&golden, "rate"));
        assert_eq!(payback.periods(&exact).unwrap().value, expected.as_f64(), "{cost}");
    }
    let (value, cost): (f64, f64) = (of(&golden, "value"), of(&golden, "cost"));
    let future = FutureCohorts::new(&of::<Vec<f64>>(&golden, "future"), value, cost).discount_rate(0.09);
    close(future.equity(&exact).unwrap().value.value, &golden["future_equity"], "future cohorts");
    let (value, cost) =
        (Measured::new(value, of(&golden, "value_error")), Measured::new(cost, of(&golden, "cost_error")));
    let ratio = ltv_to_cac(value, cost, &DrawOptions::new().draws(10_000)).unwrap();
    close(ratio.value, &golden["ratio"], "ltv:cac");
    near(ratio.interval.low, &golden["ratio_interval"][0], 0.01, "ltv:cac");
    near(ratio.interval.high, &golden["ratio_interval"][1], 0.01, "ltv:cac");

    // What a hold-out of a quarter can show, in standard deviations of the response.
    let response = vec![0.3; of(&golden, "list")];
    let columns =
        CampaignColumns { response: &response, baseline: None, value: &vec![9.0; response.len()], cost: &[1.0] };
    let list = target_customers(&columns, &CampaignOptions::new()).unwrap();
    let shown = list.hold_out(&response, 0.25, 1).unwrap().detectable_effect / (0.3_f64 * 0.7).sqrt();
    // statsmodels counts the other tail too, which adds a millionth.
    near(shown, &golden["detectable_in_deviations"], 1e-5, "power");
}

#[test]
fn value_bridges_equal_pandas() {
    let golden = golden("value_bridge");
    let (number, flag) = (|name: &str| of::<Vec<f64>>(&golden, name), |name: &str| of::<Vec<bool>>(&golden, name));
    let bridge = value_bridge(&ValueColumns {
        before: &number("before"),
        after_same_model: &number("same"),
        after: &number("after"),
        acquired: &flag("acquired"),
        purchased: &flag("purchased"),
        lost: &flag("lost"),
    })
    .unwrap();
    for (name, part) in bridge.parts() {
        let (customers, amount): (u64, f64) = of(&golden["parts"], name);
        assert_eq!(part.customers, customers, "{name}");
        assert!((part.amount - amount).abs() < 1e-9, "{name}: {} against {amount}", part.amount);
    }
}

#[test]
fn concentration_follows_its_other_definitions() {
    let golden = golden("concentration");
    let (revenue, profit): (Vec<f64>, Vec<f64>) = (of(&golden, "revenue"), of(&golden, "profit"));
    close(gini(&revenue).unwrap(), &golden["gini"], "mean absolute difference");
    close(hhi(&revenue).unwrap().index, &golden["hhi"], "hhi");
    close(top_share(&revenue, 0.2).unwrap(), &golden["top_fifth"], "top share");
    let curve = whale_curve(&profit, 81).unwrap();
    close(curve.peak_share, &golden["peak"], "peak");
    close(curve.peak_position, &golden["peak_at"], "peak");
    close(curve.erosion(), &golden["erosion"], "erosion");
    let area: f64 = golden["area"].as_f64().unwrap();
    let found = concentration_estimates(&profit, &[], &DrawOptions::new().draws(100)).unwrap();
    assert!((found.stobachoff.value - (area - 0.5) / area).abs() < 1e-12, "{}", found.stobachoff.value);
}
