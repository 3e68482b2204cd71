//! Command lines as data: a list of tokens with `{name}` and `{name...}` in them. No shell, no conditional.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};

use crate::invalid::Invalid;
use crate::nearest::nearest;

/// A parsed command line, or a part of one. Serde writes it as in TOML: a list of strings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `{name...}`: any number of arguments.
    Splice(String),
    /// One argument, made of text and values.
    One(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(String),
}

/// The values that fill a template.
#[derive(Debug, Clone, Default)]
pub struct Values {
    values: BTreeMap<&'static str, String>,
    splices: BTreeMap<&'static str, Vec<String>>,
}

impl Values {
    /// Sets the value of `{name}`.
    pub fn value(mut self, name: &'static str, value: impl Into<String>) -> Values {
        self.values.insert(name, value.into());
        self
    }

    /// Sets the arguments of `{name...}`.
    pub fn splice(mut self, name: &'static str, arguments: Vec<String>) -> Values {
        self.splices.insert(name, arguments);
        self
    }
}

/// The placeholders that are allowed in a template.
#[derive(Debug, Clone, Copy, Default)]
pub struct Placeholders<'a> {
    /// Those written `{name}`: one value.
    pub values: &'a [&'a str],
    /// Those written `{name...}`: any number of arguments.
    pub splices: &'a [&'a str],
}

impl Placeholders<'_> {
    /// Reads one token.
    fn token(self, token: &str) -> Result<Token, Invalid> {
        if let Some(name) = token.strip_prefix('{').and_then(|rest| rest.strip_suffix("...}")) {
            if !self.splices.contains(&name) {
                return Err(self.invalid(format!("unknown placeholder `{token}`"), name));
            }
            return Ok(Token::Splice(name.to_owned()));
        }
        let mut pieces = Vec::new();
        let mut rest = token;
        while let Some((text, tail)) = rest.split_once('{') {
            let (name, tail) =
                tail.split_once('}').ok_or_else(|| self.invalid(format!("`{token}`: `{{` without `}}`"), ""))?;
            if !self.values.contains(&name) {
                return Err(self.invalid(format!("unknown placeholder `{{{name}}}` in `{token}`"), name));
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            pieces.push(Piece::Value(name.to_owned()));
            rest = tail;
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Token::One(pieces))
    }

    /// `refused` is the name of the placeholder that is not allowed, if it is that.
    fn invalid(self, message: String, refused: &str) -> Invalid {
        let values = self.values.iter().map(|name| format!("{{{name}}}"));
        let splices = self.splices.iter().map(|name| format!("{{{name}...}}"));
        let valid: Vec<_> = values.chain(splices).collect();
        let names = || self.values.iter().chain(self.splices).copied();
        let meant = nearest(refused, names()).and_then(|meant| names().position(|name| name == meant));
        let meant = meant.map_or_else(String::new, |place| format!("did you mean `{}`? ", valid[place]));
        Invalid { message, label: "here".to_owned(), help: format!("{meant}valid here: {}", valid.join(", ")) }
    }
}

impl Template {
    /// Parses a list of tokens.
    ///
    /// # Errors
    /// If a brace is not closed, or a placeholder is not allowed here.
    pub fn parse(tokens: &[String], valid: Placeholders) -> Result<Template, Invalid> {
        tokens.iter().map(|token| valid.token(token)).collect::<Result<_, _>>().map(Template)
    }

    /// Reads a list of tokens, for `#[serde(deserialize_with)]`.
    ///
    /// # Errors
    /// As for [`Template::parse`], each with the position of its token.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D, valid: Placeholders) -> Result<Template, D::Error> {
        deserializer.deserialize_seq(Tokens(valid))
    }

    /// The same template with one more argument, which is taken literally.
    pub fn with(&self, argument: &str) -> Template {
        let mut template = self.clone();
        template.0.push(Token::One(vec![Piece::Text(argument.to_owned())]));
        template
    }

    /// Whether it has no arguments at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first argument, if it is a bare name, which is looked up on PATH.
    pub fn launcher(&self) -> Option<&str> {
        match self.0.first()? {
            Token::One(pieces) => match pieces.as_slice() {
                [Piece::Text(name)] if !name.contains('/') && !name.is_empty() => Some(name),
                _ => None,
            },
            Token::Splice(_) => None,
        }
    }

    /// Whether `{name}` occurs anywhere in it.
    pub fn mentions(&self, name: &str) -> bool {
        self.0.iter().any(|token| match token {
            Token::Splice(_) => false,
            Token::One(pieces) => pieces.iter().any(|piece| *piece == Piece::Value(name.to_owned())),
        })
    }

    /// Whether `{name...}` is one of its arguments.
    pub fn splices(&self, name: &str) -> bool {
        self.0.contains(&Token::Splice(name.to_owned()))
    }

    /// The arguments. A splice without a value adds none.
    ///
    /// # Panics
    /// If a `{name}` has no value. Parsing allowed the name, so the caller must set its value.
    pub fn fill(&self, values: &Values) -> Vec<String> {
        let mut arguments = Vec::new();
        for token in &self.0 {
            match token {
                Token::Splice(name) => {
                    arguments.extend(values.splices.get(name.as_str()).into_iter().flatten().cloned())
                }
                Token::One(pieces) => arguments.push(
                    pieces
                        .iter()
                        .map(|piece| match piece {
                            Piece::Text(text) => text.as_str(),
                            Piece::Value(name) => values
                                .values
                                .get(name.as_str())
                                .unwrap_or_else(|| panic!("no value for the placeholder {name}")),
                        })
                        .collect(),
                ),
            }
        }
        arguments
    }
}

struct Tokens<'a>(Placeholders<'a>);

impl<'de> Visitor<'de> for Tokens<'_> {
    type Value = Template;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list: [ … ]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Template, A::Error> {
        let mut tokens = Vec::new();
        while let Some(token) = list.next_element_seed(OneToken(self.0))? {
            tokens.push(token);
        }
        Ok(Template(tokens))
    }
}

struct OneToken<'a>(Placeholders<'a>);

impl<'de> DeserializeSeed<'de> for OneToken<'_> {
    type Value = Token;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Token, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for OneToken<'_> {
    type Value = Token;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, token: &str) -> Result<Token, E> {
        self.0.token(token).map_err(E::custom)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Token::Splice(name) => write!(f, "{{{name}...}}"),
            Token::One(pieces) => pieces.iter().try_for_each(|piece| match piece {
                Piece::Text(text) => f.write_str(text),
                Piece::Value(name) => write!(f, "{{{name}}}"),
            }),
        }
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Token::to_string))
    }
}

/// The environment variables of a process. Each value is a template of one argument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, Template>);

impl Environment {
    /// Reads a table of variables, for `#[serde(deserialize_with)]`.
    ///
    /// # Errors
    /// As for [`Template::parse`], each with the position of its value.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D, valid: Placeholders) -> Result<Environment, D::Error> {
        deserializer.deserialize_map(Variables(valid))
    }

    /// Whether there are no variables.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `{name}` occurs in any value.
    pub fn mentions(&self, name: &str) -> bool {
        self.0.values().any(|value| value.mentions(name))
    }

    /// The variables with their values.
    ///
    /// # Panics
    /// As [`Template::fill`] does.
    pub fn fill(&self, values: &Values) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.fill(values).concat())).collect()
    }
}

struct Variables<'a>(Placeholders<'a>);

impl<'de> Visitor<'de> for Variables<'_> {
    type Value = Environment;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Environment, A::Error> {
        let mut variables = BTreeMap::new();
        while let Some(name) = table.next_key()? {
            variables.insert(name, Template(vec![table.next_value_seed(OneToken(self.0))?]));
        }
        Ok(Environment(variables))
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = |template: &Template| template.0.iter().map(Token::to_string).collect::<String>();
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, text(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokens: &[&str]) -> Vec<String> {
        tokens.iter().map(|token| (*token).to_owned()).collect()
    }

    #[test]
    fn values_join_and_splices_spread() {
        let template = Template::parse(
            &tokens(&["{exe}", "--dir={host}::{guest}", "{args...}", ""]),
            Placeholders { values: &["exe", "host", "guest"], splices: &["args"] },
        )
        .unwrap();
        let values = Values::default()
            .value("exe", "/x y")
            .value("host", "{guest}")
            .value("guest", "/data")
            .splice("args", tokens(&["", "a b"]));
        assert_eq!(template.fill(&values), tokens(&["/x y", "--dir={guest}::/data", "", "a b", ""]));
    }

    #[test]
    fn a_splice_without_a_value_is_nothing() {
        let template =
            Template::parse(&tokens(&["{env...}"]), Placeholders { values: &[], splices: &["env"] }).unwrap();
        assert!(template.fill(&Values::default()).is_empty());
    }

    #[test]
    fn unknown_placeholders_are_refused_by_name() {
        let valid = Placeholders { values: &["exe"], splices: &["args"] };
        let error = Template::parse(&tokens(&["--x={nope}"]), valid).unwrap_err();
        assert_eq!(error.message, "unknown placeholder `{nope}` in `--x={nope}`");
        assert_eq!(error.help, "valid here: {exe}, {args...}");
        assert!(Template::parse(&tokens(&["{exe"]), valid).is_err());
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        let written = tokens(&["{exe}", "--dir={host}::{exe}", "{args...}", ""]);
        let valid = Placeholders { values: &["exe", "host"], splices: &["args"] };
        let template = Template::parse(&written, valid).unwrap();
        assert_eq!(serde_json::to_value(template).unwrap(), serde_json::json!(written));
    }
}
