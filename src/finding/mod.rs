//! The values that everything else is about: what is suspected, what could not be told, and the finding, which is made of
//! facts until the last moment. Knows how growth is measured ([`crate::growth::Growth`]) and hashes; must not know how
//! anything is judged, counted or worded.

use serde::{Deserialize, Serialize};

mod change;
mod evidence;
mod fingerprint;
mod frees;
mod held;
mod kind;
mod link;
mod lived;
mod place;
mod sample;
mod subject;
mod suspect;
mod unsettled;

pub use change::Change;
pub use evidence::{Bounded, Evidence, Heaviest, RouteShare};
pub use fingerprint::fingerprint;
pub use frees::Frees;
pub use held::{Held, Holder, Meanwhile};
pub use kind::{Confidence, Kind, Verdict};
pub use link::Link;
pub use lived::{Hold, Lived};
pub use place::{Place, RetainerStep, SiteShare};
pub use sample::{Part, Sample};
pub use subject::{DEPENDENTS_EVENT, DESCRIPTOR_GROUP, HANDLE_GROUP, Subject, class_word};
pub use suspect::Suspect;
pub use unsettled::{Examined, MayEnd, Unsettled};

/// One thing that grows or stays, in facts. Places are V8's until the JavaScript side has mapped them to sources; then
/// `words` makes sentences of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: Subject,
    /// What was seen of it.
    pub change: Change,
    /// What holds it, where a heap was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// What the culprit is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code to look at, where it is not where the holder or the first call site is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub culprit: Option<Place>,
    /// Made where, most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SiteShare>,
    /// Entries were added to what holds it where, most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<SiteShare>,
    /// From the root to the object, empty where no heap was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<RetainerStep>,
    /// Some of what leaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// What else it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What would be free without the reference that holds it, where a heap was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frees: Option<Frees>,
    /// The thread that holds it, empty for the main thread.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thread: String,
    /// Words that stay the same across runs, machines and line shifts; empty where subject and culprit say enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
}

impl Finding {
    /// A finding of which no more is known: certain, and of an object.
    pub fn of(subject: Subject, change: Change) -> Finding {
        Finding {
            kind: Kind::Object,
            confidence: Confidence::Certain,
            name: subject.name(),
            subject,
            change,
            holder: None,
            culprit: None,
            sites: Vec::new(),
            added: Vec::new(),
            samples: Vec::new(),
            path: Vec::new(),
            evidence: Vec::new(),
            frees: None,
            thread: String::new(),
            key: Vec::new(),
        }
    }

    /// What its change is measured in: bytes, or else a number of things.
    pub const fn is_bytes(&self) -> bool {
        self.kind.is_bytes()
            && matches!(
                self.change,
                Change::Grew { .. } | Change::PerCall { .. } | Change::Trend { .. }
            )
    }

    /// The code to look at.
    pub fn place(&self) -> Option<&Place> {
        let held = || self.holder.as_ref().and_then(|holder| holder.place.as_ref());
        let made = || self.sites.first().and_then(|site| site.frames.first());
        self.culprit.as_ref().or_else(held).or_else(made)
    }

    /// The same across runs, machines and line shifts: 16 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        if !self.key.is_empty() {
            return fingerprint(&self.key);
        }
        // Memory is the same leak before and after it is known what holds it.
        let made = || self.sites.first().and_then(|site| site.frames.first());
        let place = match self.subject {
            Subject::Memory { .. } => made(),
            _ => self.place(),
        };
        let (file, function) = place.map_or(("", ""), |p| (p.portable.as_str(), p.function.as_str()));
        // The trend of a field is told apart from its growth between collections.
        let prefix = if matches!(self.change, Change::Trend { .. }) {
            "trend of "
        } else {
            ""
        };
        let name = format!("{prefix}{}", self.subject.name().unwrap_or_default());
        let class = match &self.subject {
            Subject::Listeners { class, .. } | Subject::Dependents { class, .. } => class.as_deref(),
            _ => None,
        };
        fingerprint([
            self.kind.name(),
            name.as_str(),
            class.unwrap_or(""),
            file,
            function,
        ])
    }
}
