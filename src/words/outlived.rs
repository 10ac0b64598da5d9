//! Objects that are there after they ought to be gone.

use super::evidence::lines;
use super::holder::{at, of_object};
use super::numbers::amount;
use super::said::Words;
use crate::finding::{Evidence, Finding, Holder, Kind, Subject};

pub(super) fn words(finding: &Finding, many: u32) -> Words {
    let (label, scope, class) = match &finding.subject {
        Subject::Watched { label, scope, class } => (label.as_str(), scope.as_str(), class.as_deref()),
        _ => ("", "", None),
    };
    let Some(holder) = &finding.holder else {
        return unseen(finding, label, scope);
    };
    let mut evidence = vec![outlived(scope)];
    evidence.extend(finding.evidence.iter().flat_map(|one| match one {
        Evidence::Retains { bytes } => {
            let each = if many > 1 { "one of them" } else { "it" };
            vec![format!("{each} retains {}", amount(*bytes, true))]
        }
        other => lines(other),
    }));
    Words {
        message: format!(
            "{} still held by {}{}",
            subject(label, scope, class.unwrap_or("object"), many),
            of_object(holder),
            at(holder)
        ),
        evidence,
        advice: advice(finding.kind, holder).to_owned(),
    }
}

fn unseen(finding: &Finding, label: &str, scope: &str) -> Words {
    let what = match label {
        "" => "A watched object".to_owned(),
        label => format!("'{label}'"),
    };
    let mut evidence = vec![outlived(scope)];
    evidence.extend(finding.evidence.iter().flat_map(lines));
    Words {
        message: format!("{what} ought to be gone and is still there; what holds it was not seen"),
        evidence,
        advice: "Find what still refers to it, and drop that when it is done with.".to_owned(),
    }
}

fn outlived(scope: &str) -> String {
    match scope {
        "" => "it outlived full collections, some turns of the event loop apart".to_owned(),
        scope => format!("scope '{scope}' has ended, and it outlived full collections after that"),
    }
}

/// What ought to be gone: `'request' (IncomingMessage)`.
fn subject(label: &str, scope: &str, class: &str, many: u32) -> String {
    let after = match scope {
        "" => String::new(),
        scope => format!(" of scope '{scope}'"),
    };
    let number = amount(f64::from(many), false);
    match (label, many) {
        ("", 1) => format!("One {class}{after} that ought to be gone is"),
        ("", _) => format!("{number} {class} objects{after} that ought to be gone are"),
        (label, 1) => format!("'{label}' ({class}){after} ought to be gone and is"),
        (label, _) => format!("{number} '{label}' ({class}){after} ought to be gone and are"),
    }
}

/// What to do about what holds an object that ought to be gone.
pub(super) fn advice(kind: Kind, holder: &Holder) -> &'static str {
    match kind {
        _ if holder.is_in_store => {
            "Start what outlives the request outside of it (AsyncLocalStorage.exit, or before run), or stop it when the request ends."
        }
        Kind::Listener => {
            "Remove the listener when what it uses is done with, or let it not close over that."
        }
        Kind::Timer => "Clear the timer when what its function uses is done with.",
        Kind::Promise => {
            "Let the promise settle (or time it out), or do not wait for one that lives as long as the program."
        }
        Kind::Collection => "Delete the entry when it is done with, bound the container, or key it weakly.",
        Kind::Closure => "Drop the function when it is done with, or let it capture less.",
        _ if holder.is_awaited => {
            "Let the function that waits end, or set its variable to null before it waits."
        }
        _ => "Set what refers to it to null when it is done with.",
    }
}
