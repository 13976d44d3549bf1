//! Merged accounts: under which other ids a customer is in the log.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::CustomerId;
use crate::error::{Error, Result};

/// From aliases to customers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>"))]
pub(crate) struct Aliases {
    /// The customer behind each alias, which is no alias itself.
    customers: BTreeMap<String, String>,
    /// For ids that are text: the number of the alias, and the customer.
    texts: HashMap<String, (u32, String)>,
    /// For ids that are whole numbers: the customer is text if it is not a whole number.
    integers: HashMap<i64, (u32, Result<i64, String>)>,
}

impl Aliases {
    /// Chains (`a` for `b`, `b` for `c`) lead to their end.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for (alias, customer) in pairs {
            if alias.trim().is_empty() || customer.trim().is_empty() {
                return Err(Error::argument("aliases", format!("{alias:?} for {customer:?}"), "give both ids"));
            }
            match given.get(&alias) {
                Some(other) if *other != customer => {
                    let both = format!("{alias} for {other} and for {customer}");
                    return Err(Error::argument("aliases", both, "an alias can stand for one customer only"));
                }
                _ if alias == customer => {}
                _ => drop(given.insert(alias, customer)),
            }
        }
        let end_of = |alias: &String| {
            let mut passed = BTreeSet::from([alias]);
            let mut customer = &given[alias];
            while let Some(next) = given.get(customer) {
                if !passed.insert(customer) {
                    let reason = "aliases lead round in a circle; say which id is the customer's";
                    return Err(Error::argument("aliases", alias, reason));
                }
                customer = next;
            }
            Ok(customer.clone())
        };
        let customers: BTreeMap<String, String> =
            given.keys().map(|alias| Ok((alias.clone(), end_of(alias)?))).collect::<Result<_>>()?;
        let numbered = || (0_u32..).zip(&customers);
        let texts = numbered().map(|(n, (alias, customer))| (alias.clone(), (n, customer.clone()))).collect();
        let integers = numbered()
            .filter_map(|(n, (alias, customer))| {
                Some((integer(alias)?, (n, integer(customer).ok_or(customer.clone()))))
            })
            .collect();
        Ok(Self { customers, texts, integers })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether a whole number is an alias of a customer that is none: ids are all text then.
    pub(super) fn lead_to_text(&self) -> bool {
        self.integers.values().any(|(_, customer)| customer.is_err())
    }

    /// The customer behind an id, and the number of the alias that it is.
    pub(super) fn resolve<'a>(&'a self, id: CustomerId<'a>) -> (CustomerId<'a>, Option<u32>) {
        match id {
            CustomerId::Text(text) => match self.texts.get(text) {
                Some((alias, customer)) => (CustomerId::Text(customer), Some(*alias)),
                None => (id, None),
            },
            CustomerId::Integer(number) => match self.integers.get(&number) {
                Some((alias, Ok(customer))) => (CustomerId::Integer(*customer), Some(*alias)),
                Some((alias, Err(customer))) => (CustomerId::Text(customer), Some(*alias)),
                None => (id, None),
            },
        }
    }
}

/// The whole number that is written in this way: 7 is not `007`.
fn integer(id: &str) -> Option<i64> {
    let id = id.trim();
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

impl TryFrom<BTreeMap<String, String>> for Aliases {
    type Error = Error;

    fn try_from(pairs: BTreeMap<String, String>) -> Result<Self> {
        Self::new(pairs)
    }
}

impl From<Aliases> for BTreeMap<String, String> {
    fn from(aliases: Aliases) -> Self {
        aliases.customers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases(pairs: &[(&str, &str)]) -> Result<Aliases> {
        Aliases::new(pairs.iter().map(|(a, c)| ((*a).to_owned(), (*c).to_owned())))
    }

    #[test]
    fn chains_lead_to_their_end_and_circles_are_refused() {
        let chain = aliases(&[("a", "b"), ("b", "c"), ("7", "8"), ("9", "x"), ("c", "c")]).unwrap();
        assert_eq!(chain.len(), 4);
        assert_eq!(chain.resolve(CustomerId::Text("a")), (CustomerId::Text("c"), Some(2)));
        assert_eq!(chain.resolve(CustomerId::Text("c")), (CustomerId::Text("c"), None));
        assert_eq!(chain.resolve(CustomerId::Integer(7)), (CustomerId::Integer(8), Some(0)));
        assert_eq!(chain.resolve(CustomerId::Integer(9)), (CustomerId::Text("x"), Some(1)));
        assert!(chain.lead_to_text());
        let numbers = aliases(&[("7", "8"), ("007", "x"), ("ann", "bob")]).unwrap();
        assert_eq!(numbers.resolve(CustomerId::Integer(7)), (CustomerId::Integer(8), Some(1)));
        assert!(!numbers.lead_to_text());
        assert!(aliases(&[("a", "b"), ("b", "a")]).unwrap_err().to_string().contains("circle"));
        assert!(aliases(&[("a", "b"), ("b", "c"), ("c", "b")]).unwrap_err().to_string().contains("circle"));
        assert!(aliases(&[("a", "b"), ("a", "c")]).unwrap_err().to_string().contains("one customer only"));
        assert!(aliases(&[("", "b")]).is_err());
    }
}
