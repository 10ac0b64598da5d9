//! How one thing leads to another on a path, with its type kept: nobody has to read what a report writes for it. Knows no
//! graph and no sentence.

use serde::{Deserialize, Serialize};

/// What is written for a key that is data.
const KEY: &str = "[key]";

/// One link of a retainer path. Links in code come first, then those of V8's, then where a path begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Link {
    /// `.name`
    Property {
        /// As code calls it.
        name: String,
    },
    /// A property whose key is a symbol.
    Symbol {
        /// Its description.
        name: String,
    },
    /// A property by a key that is data.
    Key,
    /// A variable that a closure captured.
    Variable {
        /// As code calls it.
        name: String,
    },
    /// `[3]`
    Element {
        /// Its index.
        at: u32,
    },
    /// An entry of a Map, Set, or other table.
    Entry,
    /// The value of an entry in a WeakMap, on the way from its key.
    WeakValue {
        /// What the program calls the WeakMap.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    },
    /// From a function to a scope whose variables it uses.
    Scope,
    /// From a function that waits (at an `await` or `yield`) to what it holds: names of variables are not known.
    Local,
    /// What a bound function has for `this`.
    BoundThis,
    /// What a bound function was given.
    BoundArgument,
    /// One of V8's own.
    Internal {
        /// As V8 calls it.
        name: String,
    },
    /// Not worth a word.
    Plumbing,
    /// The path begins here.
    Root,
    /// The path begins with the operation that is measured.
    Operation,
    /// The path begins with a test.
    Test,
    /// The path begins with what waits for this report.
    Report,
    /// Steps that are left out.
    Gap,
}

impl Link {
    /// A link of V8's own.
    pub fn internal(name: &str) -> Link {
        Link::Internal {
            name: name.to_owned(),
        }
    }

    /// How code would write it.
    pub fn text(&self) -> String {
        match self {
            Link::Property { name } => property(name),
            Link::Symbol { name } => format!("[Symbol({name})]"),
            Link::Key => KEY.to_owned(),
            Link::Variable { name } => format!("variable {name}"),
            Link::Element { at } => format!("[{at}]"),
            Link::Entry => "entry".to_owned(),
            Link::WeakValue { of: Some(name) } => format!("value in {name}"),
            Link::WeakValue { of: None } => "(WeakMap value)".to_owned(),
            Link::Scope => "closes over".to_owned(),
            Link::Local => "local variable".to_owned(),
            Link::BoundThis => "bound this".to_owned(),
            Link::BoundArgument => "bound argument".to_owned(),
            Link::Internal { name } => format!("({name})"),
            Link::Plumbing => String::new(),
            Link::Root => "(GC root)".to_owned(),
            Link::Operation => "(the operation)".to_owned(),
            Link::Test => "(the test)".to_owned(),
            Link::Report => "(waits for this report)".to_owned(),
            Link::Gap => "…".to_owned(),
        }
    }

    /// The same for links that a person would not tell apart: elements lose their number.
    pub fn signature(&self) -> String {
        match self {
            Link::Element { .. } => "[*]".to_owned(),
            other => other.text(),
        }
    }

    /// What the program calls what it leads to.
    pub fn name(&self) -> Option<String> {
        match self {
            Link::Property { name } | Link::Variable { name } => Some(name.clone()),
            Link::WeakValue { of } => of.clone(),
            Link::Symbol { name } => Some(format!("Symbol({name})")),
            _ => None,
        }
    }

    /// Whether it leads from a container to one of its entries.
    pub fn is_entry(&self) -> bool {
        matches!(
            self,
            Link::Entry | Link::Element { .. } | Link::WeakValue { of: Some(_) }
        )
    }

    /// Whether it is this property.
    pub fn is_property(&self, wanted: &str) -> bool {
        matches!(self, Link::Property { name } if name == wanted)
    }
}

/// A property as code reads it: `.name`, `['a name']`.
fn property(name: &str) -> String {
    let is_identifier = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'));
    if is_identifier {
        format!(".{name}")
    } else {
        format!("['{name}']")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_written_as_code_would() {
        let property = |name: &str| Link::Property { name: name.into() };
        assert_eq!(property("rows").text(), ".rows");
        assert_eq!(property("two words").text(), "['two words']");
        assert_eq!(
            Link::Symbol {
                name: "kEvents".into()
            }
            .text(),
            "[Symbol(kEvents)]"
        );
        assert_eq!(Link::Element { at: 3 }.signature(), "[*]");
        assert_eq!(
            Link::WeakValue {
                of: Some("seen".into())
            }
            .text(),
            "value in seen"
        );
    }

    #[test]
    fn a_link_survives_the_way_through_json() {
        let links = [Link::Element { at: 3 }, Link::WeakValue { of: None }, Link::Root];
        for link in links {
            let json = serde_json::to_string(&link).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Link>(&json).ok(), Some(link), "{json}");
        }
    }
}
