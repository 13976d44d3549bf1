//! Merged accounts: under which other ids a customer is in the log.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::{CustomerId, Reason};
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
    /// For ids that are whole numbers: the customer is `None` if it is not a whole number.
    integers: HashMap<i64, (u32, Option<i64>)>,
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
            .filter_map(|(n, (alias, customer))| Some((alias.trim().parse().ok()?, (n, customer.trim().parse().ok()))))
            .collect();
        Ok(Self { customers, texts, integers })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.customers.len()
    }

    /// The customer behind an id, and the number of the alias that it is.
    pub(super) fn resolve<'a>(&'a self, id: CustomerId<'a>) -> Result<(CustomerId<'a>, Option<u32>), Reason> {
        match id {
            CustomerId::Text(text) => Ok(match self.texts.get(text) {
                Some((alias, customer)) => (CustomerId::Text(customer), Some(*alias)),
                None => (id, None),
            }),
            CustomerId::Integer(number) => match self.integers.get(&number) {
                Some((alias, Some(customer))) => Ok((CustomerId::Integer(*customer), Some(*alias))),
                Some((_, None)) => Err(Reason::UnusableCustomer),
                None => Ok((id, None)),
            },
        }
    }
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
        assert_eq!(chain.resolve(CustomerId::Text("a")), Ok((CustomerId::Text("c"), Some(2))));
        assert_eq!(chain.resolve(CustomerId::Text("c")), Ok((CustomerId::Text("c"), None)));
        assert_eq!(chain.resolve(CustomerId::Integer(7)), Ok((CustomerId::Integer(8), Some(0))));
        assert_eq!(chain.resolve(CustomerId::Integer(9)), Err(Reason::UnusableCustomer));
        assert!(aliases(&[("a", "b"), ("b", "a")]).unwrap_err().to_string().contains("circle"));
        assert!(aliases(&[("a", "b"), ("b", "c"), ("c", "b")]).unwrap_err().to_string().contains("circle"));
        assert!(aliases(&[("a", "b"), ("a", "c")]).unwrap_err().to_string().contains("one customer only"));
        assert!(aliases(&[("", "b")]).is_err());
    }
}
