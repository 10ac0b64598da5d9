//! Where something is: a frame of a stack, the share of a call site, a step of a retainer path. Knows neither source maps
//! nor graphs.

/// A stack frame, as V8 gave it or source-mapped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Function name, empty when anonymous.
    pub function: String,
    /// Absolute path, as a person would open it.
    pub file: String,
    /// The path that is the same on every machine: below the package, with the package's name for a dependency.
    pub portable: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// A call site's share in what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteShare {
    /// The call first, then its callers; empty when no stack could be taken.
    pub frames: Vec<Place>,
    /// How many of what is there were made here.
    pub count: f64,
}

/// One step of a path, see `RetainerStep` in index.d.ts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetainerStep {
    /// The object at the end of the step.
    pub name: String,
    /// What leads to it.
    pub edge: String,
    /// Where its code stands.
    pub file: Option<String>,
    /// 1-based.
    pub line: Option<u32>,
    /// 1-based.
    pub column: Option<u32>,
}
