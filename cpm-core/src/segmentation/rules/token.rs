//! Text to tokens.

use super::Complaint;

/// A piece of an expression and where it begins, in characters from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Text(String),
    Name(String),
    /// and, or, not, in, is, missing, true, false.
    Word(&'static str),
    /// Operators, parentheses, commas.
    Sign(&'static str),
    End,
}

const WORDS: [&str; 8] = ["and", "or", "not", "in", "is", "missing", "true", "false"];
/// Longer ones first.
const SIGNS: [&str; 15] = ["<=", ">=", "==", "!=", "<>", "<", ">", "=", "+", "-", "*", "/", "(", ")", ","];

impl Kind {
    /// As a message quotes it.
    pub(super) fn quoted(&self) -> String {
        match self {
            Self::Number(v) => format!("`{v}`"),
            Self::Text(text) => format!("{text:?}"),
            Self::Name(name) => format!("`{name}`"),
            Self::Word(text) | Self::Sign(text) => format!("`{text}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Complaint> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < characters.len() {
        let (c, at) = (characters[i], i + 1);
        if c.is_whitespace() {
            i += 1;
            continue;
        }
        let kind = if c.is_ascii_digit() || (c == '.' && characters.get(i + 1).is_some_and(char::is_ascii_digit)) {
            number(&characters, &mut i)?
        } else if c == '"' || c == '\'' || c == '`' {
            quoted(&characters, &mut i)?
        } else if c.is_alphabetic() || c == '_' {
            name(&characters, &mut i)
        } else {
            let rest: String = characters[i..(i + 2).min(characters.len())].iter().collect();
            let sign = SIGNS
                .iter()
                .find(|s| rest.starts_with(**s))
                .ok_or_else(|| Complaint::new(at, format!("`{c}` means nothing here")))?;
            i += sign.len();
            Kind::Sign(sign)
        };
        found.push(Token { kind, at });
    }
    found.push(Token { kind: Kind::End, at: characters.len() + 1 });
    Ok(found)
}

fn number(characters: &[char], i: &mut usize) -> Result<Kind, Complaint> {
    let start = *i;
    let mut text = String::new();
    while let Some(&c) = characters.get(*i) {
        let after_exponent = text.ends_with(['e', 'E']);
        if c.is_ascii_alphanumeric() || c == '.' || c == '_' || (after_exponent && (c == '+' || c == '-')) {
            if c != '_' {
                text.push(c);
            }
            *i += 1;
        } else {
            break;
        }
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Kind::Number(value)),
        _ => Err(Complaint::new(start + 1, format!("`{text}` is not a number"))),
    }
}

/// Text in quotes, or a column's name in backquotes. A quote within is doubled.
fn quoted(characters: &[char], i: &mut usize) -> Result<Kind, Complaint> {
    let (start, quote) = (*i, characters[*i]);
    let mut text = String::new();
    *i += 1;
    loop {
        match characters.get(*i) {
            None => return Err(Complaint::new(start + 1, format!("the {quote} that opens here is never closed"))),
            Some(c) if *c == quote => {
                if characters.get(*i + 1) != Some(&quote) {
                    *i += 1;
                    break;
                }
                text.push(quote);
                *i += 2;
            }
            Some(c) => {
                text.push(*c);
                *i += 1;
            }
        }
    }
    Ok(if quote == '`' { Kind::Name(text) } else { Kind::Text(text) })
}

fn name(characters: &[char], i: &mut usize) -> Kind {
    let start = *i;
    while characters.get(*i).is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '.') {
        *i += 1;
    }
    let name: String = characters[start..*i].iter().collect();
    match WORDS.iter().find(|w| name.eq_ignore_ascii_case(w)) {
        Some(word) => Kind::Word(word),
        None => Kind::Name(name),
    }
}

/// A column's name as an expression has to write it.
pub(crate) fn quoted_name(column: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let first = column.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if first && column.chars().all(plain) && !WORDS.iter().any(|w| column.eq_ignore_ascii_case(w)) {
        column.to_owned()
    } else {
        format!("`{}`", column.replace('`', "``"))
    }
}

/// A text value as an expression has to write it.
pub(crate) fn quoted_text(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}
