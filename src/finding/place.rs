//! Where something is: a place in code, the share of a call site, a step of a retainer path. Knows neither source maps nor
//! graphs.

use serde::{Deserialize, Deserializer, Serialize};

use super::Link;

/// A stack frame or another place in code, as V8 gave it or source-mapped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Function name, empty when anonymous.
    pub function: String,
    /// Absolute path, as a person would open it.
    pub file: String,
    /// The path that is the same on every machine: below the package, with the package's name for a dependency. Empty
    /// before places are mapped.
    pub portable: String,
    /// 1-based line; 0 where it is not known.
    #[serde(deserialize_with = "position")]
    pub line: u32,
    /// 1-based column; 0 where it is not known.
    #[serde(deserialize_with = "position")]
    pub column: u32,
}

/// A source map may tell anything: a place that is none must not cost the finding.
fn position<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    Option::<f64>::deserialize(from).map(|number| number.unwrap_or_default() as u32)
}

/// A call site's share in what is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteShare {
    /// The call first, then its callers; empty when no stack could be taken.
    pub frames: Vec<Place>,
    /// How many of what is there, or how many bytes of it, were made here.
    pub count: f64,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetainerStep {
    /// The object at the end of the step.
    pub name: String,
    /// What leads to it.
    pub link: Link,
    /// Where its code stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_none_is_no_error() {
        let read = |json| serde_json::from_str::<Place>(json).map(|place| (place.line, place.column));
        assert_eq!(read(r#"{"file":"a.js","line":3,"column":7}"#).ok(), Some((3, 7)));
        assert_eq!(
            read(r#"{"file":"a.js","line":-1,"column":null}"#).ok(),
            Some((0, 0))
        );
        assert_eq!(read(r#"{"file":"a.js"}"#).ok(), Some((0, 0)));
    }
}
