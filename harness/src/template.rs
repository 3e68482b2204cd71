//! Command lines as data: a list of tokens with `{name}` and `{name...}` in them. No shell, no conditional.

use std::collections::BTreeMap;

/// A parsed command line, or a part of one.
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

/// What fills a template.
#[derive(Debug, Clone, Default)]
pub struct Values {
    values: BTreeMap<&'static str, String>,
    splices: BTreeMap<&'static str, Vec<String>>,
}

impl Values {
    /// Sets what `{name}` stands for.
    pub fn value(mut self, name: &'static str, value: impl Into<String>) -> Values {
        self.values.insert(name, value.into());
        self
    }

    /// Sets what `{name...}` stands for.
    pub fn splice(mut self, name: &'static str, arguments: Vec<String>) -> Values {
        self.splices.insert(name, arguments);
        self
    }
}

/// Why a list of tokens is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Template {
    /// Parses a list of tokens in which only the given names may stand.
    ///
    /// # Errors
    /// For an unclosed brace or a name that is not among the valid ones.
    pub fn parse(tokens: &[String], values: &[&str], splices: &[&str]) -> Result<Template, Wrong> {
        let wrong = |message: String| {
            let values = values.iter().map(|name| format!("{{{name}}}"));
            let splices = splices.iter().map(|name| format!("{{{name}...}}"));
            Wrong { message, help: format!("valid here: {}", values.chain(splices).collect::<Vec<_>>().join(", ")) }
        };
        let mut parsed = Vec::new();
        for token in tokens {
            if let Some(name) = token.strip_prefix('{').and_then(|rest| rest.strip_suffix("...}")) {
                if !splices.contains(&name) {
                    return Err(wrong(format!("unknown placeholder `{token}`")));
                }
                parsed.push(Token::Splice(name.to_owned()));
                continue;
            }
            let mut pieces = Vec::new();
            let mut rest = token.as_str();
            while let Some((text, tail)) = rest.split_once('{') {
                let (name, tail) =
                    tail.split_once('}').ok_or_else(|| wrong(format!("`{token}`: `{{` without `}}`")))?;
                if !values.contains(&name) {
                    return Err(wrong(format!("unknown placeholder `{{{name}}}` in `{token}`")));
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
            parsed.push(Token::One(pieces));
        }
        Ok(Template(parsed))
    }

    /// Adds the tokens of another one.
    pub fn extend(&mut self, other: Template) {
        self.0.extend(other.0);
    }

    /// The same with one more argument, taken as it is.
    pub fn with(&self, argument: &str) -> Template {
        let mut template = self.clone();
        template.0.push(Token::One(vec![Piece::Text(argument.to_owned())]));
        template
    }

    /// Whether it gives no argument at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first argument, if it is a bare name: a program that is looked up on PATH.
    pub fn launcher(&self) -> Option<&str> {
        match self.0.first()? {
            Token::One(pieces) => match pieces.as_slice() {
                [Piece::Text(name)] if !name.contains('/') && !name.is_empty() => Some(name),
                _ => None,
            },
            Token::Splice(_) => None,
        }
    }

    /// Whether `{name}` stands anywhere in it.
    pub fn mentions(&self, name: &str) -> bool {
        self.0.iter().any(|token| match token {
            Token::Splice(_) => false,
            Token::One(pieces) => pieces.iter().any(|piece| *piece == Piece::Value(name.to_owned())),
        })
    }

    /// The arguments. A splice without a value gives none.
    ///
    /// # Panics
    /// If a `{name}` has no value: parsing admitted the name, so its caller must set it.
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
            &["exe", "host", "guest"],
            &["args"],
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
        let template = Template::parse(&tokens(&["{env...}"]), &[], &["env"]).unwrap();
        assert!(template.fill(&Values::default()).is_empty());
    }

    #[test]
    fn unknown_placeholders_are_refused_by_name() {
        let error = Template::parse(&tokens(&["--x={nope}"]), &["exe"], &["args"]).unwrap_err();
        assert_eq!(error.message, "unknown placeholder `{nope}` in `--x={nope}`");
        assert_eq!(error.help, "valid here: {exe}, {args...}");
        assert!(Template::parse(&tokens(&["{exe"]), &["exe"], &[]).is_err());
    }
}
