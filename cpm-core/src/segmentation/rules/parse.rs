//! Tokens to a tree. Chains of operators are lists, so that only parentheses and signs make a tree deep.

use super::Complaint;
use super::token::{Kind, Token, tokens};

/// Deeper nesting is refused, so that no text can exhaust the stack.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Where it begins, in characters from 1.
    pub(super) at: usize,
    pub(super) expression: Expression,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    Text(String),
    Truth(bool),
    Column(String),
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Missing(Box<Node>),
    /// A first term, then signs and terms: `+`, `-`, `*` or `/`, of one rank.
    Chain(Box<Node>, Vec<(char, Node)>),
    Negative(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

pub(super) fn parse(text: &str) -> Result<Node, Complaint> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        Kind::End => Ok(node),
        other => Err(parser.complain(format!("an operator such as `and` is missing before {}", other.quoted()))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn place(&self) -> usize {
        self.tokens[self.at].at
    }

    fn complain(&self, reason: String) -> Complaint {
        Complaint::new(self.place(), reason)
    }

    /// Goes on if the next token is this word or sign.
    fn take(&mut self, text: &str) -> bool {
        let found = matches!(self.peek(), Kind::Word(t) | Kind::Sign(t) if *t == text);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), Complaint> {
        if self.take(text) {
            return Ok(());
        }
        Err(self.complain(format!("`{text}` is missing before {}", self.peek().quoted())))
    }

    /// One level deeper while `of` runs.
    fn nested<T>(&mut self, of: impl FnOnce(&mut Self) -> Result<T, Complaint>) -> Result<T, Complaint> {
        if self.depth == DEEPEST {
            return Err(self.complain(format!("more than {DEEPEST} levels of nesting; simplify the rule")));
        }
        self.depth += 1;
        let result = of(self);
        self.depth -= 1;
        result
    }

    fn list(
        &mut self,
        word: &str,
        of: fn(&mut Self) -> Result<Node, Complaint>,
        make: fn(Vec<Node>) -> Expression,
    ) -> Result<Node, Complaint> {
        let first = of(self)?;
        let at = first.at;
        let mut all = vec![first];
        while self.take(word) {
            all.push(of(self)?);
        }
        Ok(if all.len() > 1 { Node { at, expression: make(all) } } else { all.remove(0) })
    }

    fn or(&mut self) -> Result<Node, Complaint> {
        self.list("or", Self::and, Expression::Or)
    }

    fn and(&mut self) -> Result<Node, Complaint> {
        self.list("and", Self::not, Expression::And)
    }

    fn not(&mut self) -> Result<Node, Complaint> {
        let at = self.place();
        if self.take("not") {
            let inner = self.nested(Self::not)?;
            return Ok(Node { at, expression: Expression::Not(Box::new(inner)) });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Node, Complaint> {
        let left = self.sum()?;
        let (at, sign) = (left.at, self.place());
        let negated = |node: Node, not: bool| {
            if not { Node { at, expression: Expression::Not(Box::new(node)) } } else { node }
        };
        if self.take("is") {
            let not = self.take("not");
            self.expect("missing")?;
            return Ok(negated(Node { at, expression: Expression::Missing(Box::new(left)) }, not));
        }
        let not = self.take("not");
        if self.take("in") {
            self.expect("(")?;
            let mut members = vec![self.sum()?];
            while self.take(",") {
                members.push(self.sum()?);
            }
            self.expect(")")?;
            return Ok(negated(Node { at, expression: Expression::In(Box::new(left), members) }, not));
        }
        if not {
            return Err(self.complain(format!("`in` is missing after `not`, before {}", self.peek().quoted())));
        }
        let comparison = match self.peek() {
            Kind::Sign("<") => Comparison::Less,
            Kind::Sign("<=") => Comparison::LessOrEqual,
            Kind::Sign(">") => Comparison::Greater,
            Kind::Sign(">=") => Comparison::GreaterOrEqual,
            Kind::Sign("=" | "==") => Comparison::Equal,
            Kind::Sign("!=" | "<>") => Comparison::NotEqual,
            _ => return Ok(left),
        };
        self.at += 1;
        let right = self.sum()?;
        if matches!(self.peek(), Kind::Sign("<" | "<=" | ">" | ">=" | "=" | "==" | "!=" | "<>")) {
            let reason = "comparisons cannot be chained; join two of them with `and`".to_owned();
            return Err(self.complain(reason));
        }
        Ok(Node { at: sign, expression: Expression::Compare(Box::new(left), comparison, Box::new(right)) })
    }

    fn sum(&mut self) -> Result<Node, Complaint> {
        self.chain(['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Node, Complaint> {
        self.chain(['*', '/'], Self::signed)
    }

    fn chain(&mut self, signs: [char; 2], of: fn(&mut Self) -> Result<Node, Complaint>) -> Result<Node, Complaint> {
        let first = of(self)?;
        let at = first.at;
        let mut rest = Vec::new();
        while let Some(sign) = signs.into_iter().find(|s| self.take(s.encode_utf8(&mut [0; 4]))) {
            rest.push((sign, of(self)?));
        }
        Ok(if rest.is_empty() { first } else { Node { at, expression: Expression::Chain(Box::new(first), rest) } })
    }

    fn signed(&mut self) -> Result<Node, Complaint> {
        let at = self.place();
        if self.take("-") {
            let inner = self.nested(Self::signed)?;
            return Ok(Node { at, expression: Expression::Negative(Box::new(inner)) });
        }
        if self.take("(") {
            let inner = self.nested(Self::or)?;
            self.expect(")")?;
            return Ok(inner);
        }
        let expression = match self.peek().clone() {
            Kind::Number(value) => Expression::Number(value),
            Kind::Text(text) => Expression::Text(text),
            Kind::Name(name) => Expression::Column(name),
            Kind::Word("true") => Expression::Truth(true),
            Kind::Word("false") => Expression::Truth(false),
            other => {
                return Err(self.complain(format!("a column, a number or a text is missing before {}", other.quoted())));
            }
        };
        self.at += 1;
        Ok(Node { at, expression })
    }
}
