//! Objects that are there after they ought to be gone.

use super::evidence::lines;
use super::holder::{at, of_object};
use super::nouns::{plural, singular};
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
            "{}: retained by {}{}",
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
        message: format!("{what} is still in memory; what retains it is not known"),
        evidence,
        advice: "Find what still refers to it, and release it when it is no longer needed.".to_owned(),
    }
}

fn outlived(scope: &str) -> String {
    match scope {
        "" => "it survived major GCs, several turns of the event loop apart".to_owned(),
        scope => format!("scope '{scope}' has ended, and it survived major GCs since"),
    }
}

/// What is still there: `'request' (IncomingMessage) outlived scope 'request'`.
fn subject(label: &str, scope: &str, class: &str, many: u32) -> String {
    let number = amount(f64::from(many), false);
    let what = match (label, many) {
        ("", 1) => format!("1 {}", singular(&plural(class))),
        ("", _) => format!("{number} {}", plural(class)),
        (label, 1) => format!("'{label}' ({class})"),
        (label, _) => format!("{number} '{label}' ({class})"),
    };
    match (scope, many) {
        ("", 1) => format!("{what} is still in memory"),
        ("", _) => format!("{what} are still in memory"),
        (scope, _) => format!("{what} outlived scope '{scope}'"),
    }
}

/// What to do about what holds an object that ought to be gone.
pub(super) fn advice(kind: Kind, holder: &Holder) -> &'static str {
    match kind {
        _ if holder.is_in_store => {
            "Start what outlives the request outside its context (AsyncLocalStorage.exit, or before run), or stop it when the request ends."
        }
        Kind::Listener => "Remove the listener when its work is done, or let it not close over the object.",
        Kind::Timer => "Clear the timer when its work is obsolete.",
        Kind::Promise => {
            "Settle the promise (or time it out), and do not wait on a promise that lives as long as the program."
        }
        Kind::Collection => {
            "Delete the entry when it is no longer needed, bound the container, or use weak keys."
        }
        Kind::Closure => "Release the function when it is no longer needed, or let it capture less.",
        _ if holder.is_awaited => {
            "Let the suspended function end, or set its variable to null before it waits."
        }
        _ => "Set the reference to null when the object is no longer needed.",
    }
}
