//! Nothing is told twice: bytes behind two fronts count once, and fronts in one container are one answer. Must not know
//! why something is a front.

use super::grown::Grown;
use crate::graph::fold::{Folded, GroupIndex};

/// A front behind another one takes its bytes out of that one's. Gives the group that holds each front.
pub(super) fn count_once(newest: &Folded, mut fronts: Vec<(GroupIndex, Grown)>) -> Vec<(GroupIndex, Grown)> {
    // A parent stands before its children, and fronts are in that order.
    for at in (0..fronts.len()).rev() {
        let (mut group, bytes) = (fronts[at].0, fronts[at].1.bytes.clone());
        let outer = loop {
            if group.0 == 0 {
                break None;
            }
            group = newest.group(group).parent;
            if let Ok(outer) = fronts.binary_search_by_key(&group, |(index, _)| *index) {
                break Some(outer);
            }
        };
        if let Some(outer) = outer {
            let inner = bytes.iter();
            fronts[outer]
                .1
                .bytes
                .iter_mut()
                .zip(inner)
                .for_each(|(all, part)| *all = all.saturating_sub(*part));
        }
    }
    fronts
        .into_iter()
        .map(|(index, grown)| (newest.group(index).parent, grown))
        .collect()
}

/// Several fronts in one container (keys and values of a Map, both ends of a list) are one finding. It tells of what
/// says most: what has a place in the code, and rather an object than its name.
pub(super) fn merge_same_owner(mut fronts: Vec<(GroupIndex, Grown)>) -> Vec<Grown> {
    let tells = |grown: &Grown| {
        (
            grown.place.is_some(),
            grown.class != "string",
            grown.added_bytes(),
        )
    };
    fronts.sort_by_key(|(_, grown)| std::cmp::Reverse(tells(grown)));
    let mut merged: Vec<(GroupIndex, Grown)> = Vec::new();
    let node = |grown: &Grown| grown.container.map(|i| grown.path[i].node);
    for (parent, grown) in fronts {
        let same = |(other, kept): &&mut (GroupIndex, Grown)| {
            *other == parent || node(kept).is_some() && node(kept) == node(&grown)
        };
        match merged.iter_mut().find(same) {
            Some((_, kept)) => {
                kept.bytes
                    .iter_mut()
                    .zip(&grown.bytes)
                    .for_each(|(sum, bytes)| *sum += bytes);
                if kept.class == grown.class {
                    kept.counts
                        .iter_mut()
                        .zip(&grown.counts)
                        .for_each(|(sum, count)| *sum = sum.saturating_add(*count));
                }
            }
            None => merged.push((parent, grown)),
        }
    }
    merged.into_iter().map(|(_, grown)| grown).collect()
}
