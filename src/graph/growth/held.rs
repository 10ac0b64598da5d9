//! How Node and V8 keep what grew, by the names on its path, and what of growth is their own. Knows steps, no graph.

use super::grown::Grown;
use crate::finding::{Held, Link};
use crate::graph::describe::Step;
use crate::graph::lore::{HOLDERS, KNOWN, Mark, OBJECT_LISTS};

/// Whether this is growth of Node's or V8's own, see [`KNOWN`]: nothing of the program's stands between.
pub(super) fn is_known(grown: &Grown) -> bool {
    let is_programs = |step: &Step| step.place.as_ref().is_some_and(|place| !place.is_builtin());
    let is_here = |mark: Mark, class: &str| {
        let at = grown
            .path
            .iter()
            .rposition(|step| mark.is_step(&step.link, &step.name));
        (class.is_empty() || class == grown.class)
            && at.is_some_and(|at| !grown.path[at + 1..].iter().any(is_programs))
    };
    // What Node lists of its own is told where the program holds it.
    OBJECT_LISTS.iter().any(|list| is_here(Mark::Thing(list), ""))
        || KNOWN.iter().any(|(mark, class, _)| is_here(*mark, class))
}

/// How the end of a path is held, and by which step that is known: the nearest, if no variable of the program's stands
/// between.
pub(in crate::graph) fn held_by(steps: &[Step]) -> Option<(Held, usize)> {
    for (at, step) in steps.iter().enumerate().rev() {
        let of_step = |&&(mark, ..): &&(Mark, Held, &str)| mark.is_step(&step.link, &step.name);
        let is_child = step.link.is_property("children") && at > 0 && steps[at - 1].name == "Module";
        let held = HOLDERS.iter().find(of_step).map(|&(_, held, _)| held);
        if let Some(held) = held.or(is_child.then_some(Held::Modules)) {
            // What a module exports is the program's.
            let is_inside = held == Held::Modules && at + 2 < steps.len();
            return (!is_inside).then_some((held, at));
        }
        // What is behind a function that was handed over is what that one holds.
        let is_behind = at + 1 < steps.len() && is_function(&step.name);
        if is_behind || matches!(step.link, Link::Variable { .. } | Link::Local) {
            return None;
        }
    }
    None
}

fn is_function(name: &str) -> bool {
    name.starts_with("function ") || matches!(name, "anonymous function" | "bound function")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::NodeIndex;

    fn held(path: &[(Link, &str)]) -> Option<(Held, usize)> {
        let steps: Vec<Step> = path
            .iter()
            .map(|(link, name)| Step {
                link: link.clone(),
                name: (*name).to_owned(),
                place: None,
                node: NodeIndex(0),
            })
            .collect();
        held_by(&steps)
    }

    fn property(name: &str) -> Link {
        Link::Property { name: name.into() }
    }

    fn variable(name: &str) -> Link {
        Link::Variable { name: name.into() }
    }

    #[test]
    fn the_nearest_holder_says_how_something_is_held() {
        let listener = [
            (variable("bus"), "Bus"),
            (property("_events"), "Object"),
            (property("change"), "function f"),
        ];
        assert_eq!(held(&listener), Some((Held::Listeners, 1)));
        let timer = [
            (Link::Root, "active timers"),
            (Link::Entry, "TimersList"),
            (property("_idleNext"), "Timeout"),
        ];
        assert_eq!(held(&timer), Some((Held::Timers, 0)));
    }

    #[test]
    fn modules_are_nodes_and_what_they_export_is_the_programs() {
        let children = [
            (Link::Root, "CommonJS modules"),
            (Link::Entry, "Module"),
            (property("children"), "Array"),
            (Link::Element { at: 1 }, "Module"),
            (property("exports"), "Object"),
            (property("register"), "Registry"),
            (property("ring"), "Array"),
            (Link::Element { at: 0 }, "Digest"),
        ];
        assert_eq!(held(&children[1..4]), Some((Held::Modules, 1)));
        assert_eq!(held(&children[1..]), None);
    }

    #[test]
    fn what_is_behind_a_variable_or_a_function_is_the_programs() {
        let captured = [
            (Link::Root, "active timers"),
            (property("_onTimeout"), "function poll"),
            (Link::Scope, "scope of poll"),
            (variable("seen"), "Map"),
        ];
        assert_eq!(held(&captured), None);
        assert_eq!(
            held(&[
                (Link::Root, "active timers"),
                (property("_onTimeout"), "function f"),
                (property("rows"), "Array")
            ]),
            None
        );
    }
}
