//! A tree over the columns of a table: types are checked once, then rows are evaluated.

use super::Complaint;
use super::parse::{Comparison, Expression, Node};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Text,
    Truth,
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "text",
            Self::Truth => "true or false",
        }
    }
}

/// The value of an expression in one row. What is missing makes comparisons unknown, which is missing too.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value<'a> {
    Number(f64),
    Text(&'a str),
    Truth(bool),
    Missing,
}

/// An expression bound to columns.
enum Bound<'a> {
    Number(f64),
    Text(&'a str),
    Truth(bool),
    Floats(&'a [f64]),
    Integers(&'a [i64]),
    Optional(&'a [Option<f64>]),
    Texts(&'a [String]),
    Category(&'a [String], &'a [u32]),
    Or(Vec<Bound<'a>>),
    And(Vec<Bound<'a>>),
    Not(Box<Bound<'a>>),
    Compare(Box<Bound<'a>>, Comparison, Box<Bound<'a>>),
    In(Box<Bound<'a>>, Vec<Bound<'a>>),
    Missing(Box<Bound<'a>>),
    Chain(Box<Bound<'a>>, Vec<(char, Bound<'a>)>),
    Negative(Box<Bound<'a>>),
}

/// A rule over a table.
pub(super) struct Condition<'a>(Bound<'a>);

impl<'a> Condition<'a> {
    pub(super) fn new(node: &'a Node, table: &'a Table) -> Result<Self, Complaint> {
        bind_as(node, table, Type::Truth, "a rule").map(Self)
    }

    /// Whether it holds in a row; `None` if that depends on a missing value.
    pub(super) fn holds(&self, row: usize) -> Option<bool> {
        match self.0.value(row) {
            Value::Truth(truth) => Some(truth),
            _ => None,
        }
    }
}

fn bind_as<'a>(node: &'a Node, table: &'a Table, wanted: Type, who: &str) -> Result<Bound<'a>, Complaint> {
    let (bound, found) = bind(node, table)?;
    if found == wanted {
        return Ok(bound);
    }
    Err(Complaint::new(node.at, format!("{who} needs {}, and this is {}", wanted.name(), found.name())))
}

fn bind<'a>(node: &'a Node, table: &'a Table) -> Result<(Bound<'a>, Type), Complaint> {
    let all = |nodes: &'a [Node], who: &str| {
        nodes.iter().map(|n| bind_as(n, table, Type::Truth, who)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match &node.expression {
        Expression::Number(value) => (Bound::Number(*value), Type::Number),
        Expression::Text(text) => (Bound::Text(text), Type::Text),
        Expression::Truth(truth) => (Bound::Truth(*truth), Type::Truth),
        Expression::Column(name) => column(name, node.at, table)?,
        Expression::Or(nodes) => (Bound::Or(all(nodes, "`or`")?), Type::Truth),
        Expression::And(nodes) => (Bound::And(all(nodes, "`and`")?), Type::Truth),
        Expression::Not(inner) => (Bound::Not(Box::new(bind_as(inner, table, Type::Truth, "`not`")?)), Type::Truth),
        Expression::Missing(inner) => (Bound::Missing(Box::new(bind(inner, table)?.0)), Type::Truth),
        Expression::Compare(left, comparison, right) => {
            let (a, kind) = bind(left, table)?;
            let b = bind_as(right, table, kind, &format!("a comparison with {}", kind.name()))?;
            if kind == Type::Truth && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
                return Err(Complaint::new(node.at, "true and false have no order".to_owned()));
            }
            (Bound::Compare(Box::new(a), *comparison, Box::new(b)), Type::Truth)
        }
        Expression::In(left, members) => {
            let (a, kind) = bind(left, table)?;
            let who = format!("a list for {}", kind.name());
            let members = members.iter().map(|m| bind_as(m, table, kind, &who)).collect::<Result<_, _>>()?;
            (Bound::In(Box::new(a), members), Type::Truth)
        }
        Expression::Chain(first, rest) => {
            let number = |n: &'a Node| bind_as(n, table, Type::Number, "arithmetic");
            let rest = rest.iter().map(|(sign, n)| Ok((*sign, number(n)?))).collect::<Result<_, _>>()?;
            (Bound::Chain(Box::new(number(first)?), rest), Type::Number)
        }
        Expression::Negative(inner) => {
            (Bound::Negative(Box::new(bind_as(inner, table, Type::Number, "a minus sign")?)), Type::Number)
        }
    })
}

fn column<'a>(name: &str, at: usize, table: &'a Table) -> Result<(Bound<'a>, Type), Complaint> {
    Ok(match table.column(name) {
        Some(Column::Float(values)) => (Bound::Floats(values), Type::Number),
        Some(Column::Integer(values) | Column::Id(CustomerIds::Integer(values))) => {
            (Bound::Integers(values), Type::Number)
        }
        Some(Column::Optional(values)) => (Bound::Optional(values), Type::Number),
        Some(Column::Text(values)) => (Bound::Texts(values), Type::Text),
        Some(Column::Category { names, codes }) => (Bound::Category(names, codes), Type::Text),
        Some(_) => {
            let reason =
                format!("column `{name}` holds dates or ids, which rules cannot compare; add it as numbers or text");
            return Err(Complaint::new(at, reason));
        }
        None => {
            let names: Vec<&str> = table.columns().map(|c| c.0).collect();
            return Err(Complaint::new(
                at,
                format!("there is no column `{name}`; the table has: {}", names.join(", ")),
            ));
        }
    })
}

impl Bound<'_> {
    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Number(value) => Value::Number(*value),
            Self::Text(text) => Value::Text(text),
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Floats(values) => number(values[row]),
            Self::Integers(values) => Value::Number(values[row] as f64),
            Self::Optional(values) => values[row].map_or(Value::Missing, number),
            Self::Texts(values) => Value::Text(&values[row]),
            Self::Category(names, codes) => Value::Text(&names[codes[row] as usize]),
            Self::Or(all) => decide(all.iter().map(|b| b.value(row)), true),
            Self::And(all) => decide(all.iter().map(|b| b.value(row)), false),
            Self::Not(inner) => match inner.value(row) {
                Value::Truth(truth) => Value::Truth(!truth),
                other => other,
            },
            Self::Compare(left, comparison, right) => compare(left.value(row), *comparison, right.value(row)),
            Self::In(left, members) => {
                let value = left.value(row);
                decide(members.iter().map(|m| compare(value, Comparison::Equal, m.value(row))), true)
            }
            Self::Missing(inner) => Value::Truth(inner.value(row) == Value::Missing),
            Self::Chain(first, rest) => {
                let mut sum = first.value(row);
                for (sign, term) in rest {
                    let (Value::Number(a), Value::Number(b)) = (sum, term.value(row)) else { return Value::Missing };
                    sum = number(match sign {
                        '+' => a + b,
                        '-' => a - b,
                        '*' => a * b,
                        _ => a / b,
                    });
                }
                sum
            }
            Self::Negative(inner) => match inner.value(row) {
                Value::Number(value) => Value::Number(-value),
                other => other,
            },
        }
    }
}

/// What has no finite value, such as a division by zero, is missing.
fn number<'a>(value: f64) -> Value<'a> {
    if value.is_finite() { Value::Number(value) } else { Value::Missing }
}

/// `or` is true with one `true`, `and` false with one `false`; a missing value decides where nothing else does.
fn decide<'a>(values: impl Iterator<Item = Value<'a>>, decisive: bool) -> Value<'a> {
    let mut missing = false;
    for value in values {
        match value {
            Value::Truth(truth) if truth == decisive => return Value::Truth(decisive),
            Value::Truth(_) => {}
            _ => missing = true,
        }
    }
    if missing { Value::Missing } else { Value::Truth(!decisive) }
}

fn compare<'a>(left: Value<'a>, comparison: Comparison, right: Value<'a>) -> Value<'a> {
    let order = match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(&b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Truth(a), Value::Truth(b)) => Some(a.cmp(&b)),
        _ => None,
    };
    order.map_or(Value::Missing, |order| {
        Value::Truth(match comparison {
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
        })
    })
}
