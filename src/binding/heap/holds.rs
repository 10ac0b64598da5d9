//! What holds objects that are followed weakly.

use super::super::lives::{Found, Hold, NativeRouted};
use super::state::{Heap, asked_for};
use crate::error;
use crate::finding;
use crate::graph::{Kept, Lasting, PathTree, Watched, entries, followed, kept, lasting_paths, routes};
use crate::snapshot::NodeIndex;

/// What holds the objects that the object of class `marker` follows weakly. What lasts comes first: what holds things for a
/// while is only told where nothing else holds them.
pub fn find(heap: &Heap, marker: &str, labels: &[String]) -> error::Result<Found> {
    let graph = heap.dominated()?;
    let tables = graph.tables();
    let known: Vec<(u32, NodeIndex)> = followed(tables, marker)
        .into_iter()
        .enumerate()
        .filter_map(|(at, node)| Some((at as u32, node?)))
        .filter(|&(at, _)| (at as usize) < labels.len())
        .collect();
    let nodes: Vec<NodeIndex> = known.iter().map(|&(_, node)| node).collect();
    let cost = heap.cost();
    let lasting = Lasting::new(tables, &cost);
    let around = lasting_paths(graph, &lasting, &asked_for())?;
    let find = |paths: &PathTree| -> Vec<Option<Kept>> {
        let found = kept(graph, paths, heap.sources(), &nodes);
        found.into_iter().map(|one| one.map(Kept::folded)).collect()
    };
    let lasts = find(&around);
    let any = find(heap.paths()?);
    let mut holds: Vec<Hold> = Vec::new();
    for (at, &(index, node)) in known.iter().enumerate() {
        let meanwhile = match &lasts[at] {
            Some(_) => None,
            None => lasting.meanwhile(tables, heap.paths()?, node),
        };
        let Some(kept) = lasts[at].as_ref().or(any[at].as_ref()) else {
            continue;
        };
        // What is there through others stands with the first of them that its path meets.
        let first = std::iter::successors(kept.behind, |&other| {
            lasts[other].as_ref().or(any[other].as_ref())?.behind
        })
        .take(known.len())
        .last();
        let (kept, label) =
            match first.and_then(|other| Some((lasts[other].as_ref().or(any[other].as_ref())?, other))) {
                Some((kept, other)) => (kept, known[other].0),
                None => (kept, index),
            };
        let watched = Watched {
            label: labels[label as usize].clone(),
            scope: String::new(),
        };
        let key = finding::fingerprint(kept.key(&watched));
        let hold = holds
            .iter_mut()
            .find(|hold| hold.key == key && hold.meanwhile == meanwhile);
        let hold = match hold {
            Some(hold) => hold,
            None => {
                holds.push(Hold {
                    entries: entries(tables, &kept.path, kept.container),
                    kept: kept.clone(),
                    members: Vec::new(),
                    behind: Vec::new(),
                    meanwhile,
                    key,
                });
                let last = holds.len() - 1;
                &mut holds[last]
            }
        };
        let list = if first.is_some() {
            &mut hold.behind
        } else {
            &mut hold.members
        };
        list.push(index);
    }
    holds.sort_by_key(|hold| std::cmp::Reverse(hold.members.len()));
    let routes = routes(tables, &nodes).into_iter().zip(&known);
    Ok(Found {
        holds,
        routes: routes
            .filter_map(|(route, &(member, _))| route.map(|route| NativeRouted { member, route }))
            .collect(),
        files: heap.sources().of_program(tables),
    })
}
