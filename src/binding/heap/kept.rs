//! How objects are kept that ought to be gone, those that are kept alike as one.

use napi_derive::napi;

use super::super::failure::Result;
use super::super::json::{json, text};
use super::state::Heap;
use crate::error;
use crate::graph::{BuildOptions, Kept, Watched, kept, paths_around};
use crate::snapshot::NodeIndex;

/// How objects are kept, those that are kept alike as one finding; nodes of `around` do not count as keeping anything.
///
/// # Errors
/// Those of the search for paths and dominators.
pub fn find(heap: &Heap, watched: &[NativeWatched], around: &[f64]) -> error::Result<Vec<NativeKept>> {
    let known: Vec<(usize, NodeIndex)> = watched
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((at, heap.graph.node_by_id(one.node_id as u64)?)))
        .collect();
    let nodes: Vec<NodeIndex> = known.iter().map(|(_, node)| *node).collect();
    let blocked: Vec<NodeIndex> = around
        .iter()
        .filter_map(|&id| heap.graph.node_by_id(id as u64))
        .collect();
    let detour = if blocked.is_empty() {
        None
    } else {
        Some(paths_around(&heap.graph, &blocked, &BuildOptions::default())?)
    };
    let paths = match &detour {
        Some(paths) => paths,
        None => heap.paths()?,
    };
    heap.dominated()?;
    let kept = kept(&heap.graph, paths, heap.sources(), &nodes);
    group(watched, &known, &kept)
}

/// Those that are kept alike are one; what is only there because another one is stands behind it.
fn group(
    watched: &[NativeWatched],
    known: &[(usize, NodeIndex)],
    kept: &[Option<Kept>],
) -> error::Result<Vec<NativeKept>> {
    let what = |at: usize| Watched {
        label: watched[at].label.clone(),
        scope: watched[at].scope.clone(),
    };
    // Through how many others a path leads, there is one that it meets first.
    let first = |at: usize| {
        kept[at]
            .as_ref()
            .and_then(|one| one.behind)
            .filter(|&before| kept[before].is_some())
    };
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (at, one) in kept.iter().enumerate() {
        let Some(one) = one.as_ref().filter(|_| first(at).is_none()) else {
            continue;
        };
        let key = one.key(&what(known[at].0));
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(at),
            None => groups.push((key, vec![at])),
        }
    }
    let tell = |members: Vec<usize>| {
        let one = kept[members[0]].as_ref()?;
        let is_behind = |&at: &usize| first(at).is_some_and(|before| members.contains(&before));
        let behind: Vec<usize> = (0..kept.len()).filter(is_behind).collect();
        let mut names: Vec<String> = behind
            .iter()
            .filter_map(|&at| Some(named(&watched[known[at].0], kept[at].as_ref()?)))
            .collect();
        names.sort();
        names.dedup();
        let finding = one.finding(&what(known[members[0]].0), members.len() as u32, &names);
        let all = members.iter().chain(&behind);
        Some(text(&finding).map(|finding| NativeKept {
            finding,
            members: all.map(|&at| known[at].0 as u32).collect(),
        }))
    };
    groups
        .into_iter()
        .filter_map(|(_, members)| tell(members))
        .collect()
}

fn named(watched: &NativeWatched, kept: &Kept) -> String {
    match watched.label.as_str() {
        "" => kept.class.clone(),
        label => format!("'{label}' ({})", kept.class),
    }
}

/// JSON of the facts of an object that ought to be gone and that no snapshot was taken of.
#[napi(catch_unwind)]
pub fn unseen(label: String, scope: String) -> Result<String> {
    json(&Watched { label, scope }.unseen())
}

/// An object that ought to be gone.
#[napi(object)]
pub struct NativeWatched {
    pub node_id: f64,
    pub label: String,
    pub scope: String,
}

/// Objects that are kept alike.
#[napi(object)]
pub struct NativeKept {
    /// JSON of facts.
    pub finding: String,
    /// Which of those that were asked for.
    pub members: Vec<u32>,
}
