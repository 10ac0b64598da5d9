//! Heap graphs as JavaScript holds them: asked synchronously, or on a thread of our own where that takes long, and freed
//! on request.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use parking_lot::Mutex;

use super::super::convert::ShownStep;
use super::super::failure::{Result, to_napi};
use super::super::json::json;
use super::super::lives::NativeHolds;
use super::super::task::promise;
use super::holds;
use super::kept::{self, NativeKept, NativeWatched};
use super::state::Heap;
use crate::error::Error;
use crate::graph::{ClassChange, Fineness, Owner, describe, owners, path};
use crate::snapshot::NodeIndex;

/// A class of objects.
#[napi(object)]
pub struct NativeClass {
    pub name: String,
    pub count: u32,
    pub shallow_bytes: f64,
    pub retained_bytes: f64,
}

/// See [`ClassChange`].
#[napi(object)]
pub struct NativeClassChange {
    pub name: String,
    pub count: u32,
    pub count_change: f64,
    pub shallow_bytes: f64,
    pub bytes_change: f64,
}

impl From<ClassChange> for NativeClassChange {
    fn from(change: ClassChange) -> Self {
        Self {
            name: change.name,
            count: change.count,
            count_change: change.count_change as f64,
            shallow_bytes: change.shallow_bytes as f64,
            bytes_change: change.bytes_change as f64,
        }
    }
}

/// See [`Fineness`].
#[napi(object)]
pub struct NativeFineness {
    pub owners_max: u32,
    pub beside_max: u32,
    pub share_min: f64,
    pub depth_max: u32,
    pub places_scopes: bool,
}

/// See [`Owner`].
#[napi(object)]
pub struct NativeOwner {
    pub depth: u32,
    pub name: String,
    pub class: String,
    pub count: u32,
    pub retained_bytes: f64,
    pub retained_count: f64,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

impl From<Owner> for NativeOwner {
    fn from(owner: Owner) -> Self {
        let (line, column) = owner
            .place
            .as_ref()
            .map_or((None, None), |p| (Some(p.line), Some(p.column)));
        Self {
            depth: owner.depth,
            name: owner.name,
            class: owner.class,
            count: owner.count,
            retained_bytes: owner.retained_bytes as f64,
            retained_count: owner.retained_count as f64,
            file: owner.place.map(|place| place.file),
            line,
            column,
        }
    }
}

/// A heap graph.
#[napi]
pub struct NativeHeap {
    heap: Mutex<Option<Arc<Heap>>>,
}

#[napi]
impl NativeHeap {
    /// The graph, unless it was disposed of.
    pub(in crate::binding) fn heap(&self) -> Result<Arc<Heap>> {
        let disposed = || Error {
            code: "ERR_LEAKGUARD_DISPOSED",
            message: "this heap graph has been disposed of".into(),
        };
        self.heap.lock().clone().ok_or_else(|| to_napi(disposed()))
    }

    /// Nodes, edges, and the sum of all shallow sizes in bytes.
    #[napi(catch_unwind)]
    pub fn totals(&self) -> Result<Vec<f64>> {
        let heap = self.heap()?;
        let tables = heap.graph.tables();
        Ok(vec![
            tables.node_count() as f64,
            tables.edge_count() as f64,
            heap.self_bytes() as f64,
        ])
    }

    /// What is odd about the file it was read from, one line each.
    #[napi(catch_unwind)]
    pub fn notes(&self) -> Result<Vec<String>> {
        Ok(self.heap()?.graph.tables().notes.clone())
    }

    /// Classes, most retained first.
    #[napi(catch_unwind)]
    pub fn classes(&self, limit: u32) -> Result<Vec<NativeClass>> {
        let heap = self.heap()?;
        let graph = heap.dominated().map_err(to_napi)?;
        let classes = graph.classes(limit as usize).into_iter();
        Ok(classes
            .map(|class| NativeClass {
                name: class.name,
                count: class.count,
                shallow_bytes: class.shallow_bytes as f64,
                retained_bytes: class.retained_bytes as f64,
            })
            .collect())
    }

    /// Classes that changed most since an earlier heap, in bytes; found on a thread of its own.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<NativeClassChange>>")]
    pub fn class_changes<'env>(
        &self,
        env: &'env Env,
        earlier: &NativeHeap,
        limit: u32,
    ) -> Result<Object<'env>> {
        let (heap, before) = (self.heap()?, earlier.heap()?);
        let work = move || Ok(heap.graph.class_changes(&before.graph, limit as usize));
        promise(env, work, |found| {
            found.into_iter().map(NativeClassChange::from).collect::<Vec<_>>()
        })
    }

    /// Who holds the memory, as a tree of few in preorder, as finely as [`Fineness`] says; found on a thread of its own.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<NativeOwner>>")]
    pub fn owners<'env>(&self, env: &'env Env, fineness: NativeFineness) -> Result<Object<'env>> {
        let heap = self.heap()?;
        let fineness = Fineness {
            owners_max: fineness.owners_max as usize,
            beside_max: fineness.beside_max as usize,
            share_min: fineness.share_min,
            depth_max: fineness.depth_max,
            places_scopes: fineness.places_scopes,
        };
        let work = move || Ok(owners(heap.dominated()?, heap.sources(), fineness));
        promise(env, work, |found| {
            found.into_iter().map(NativeOwner::from).collect::<Vec<_>>()
        })
    }

    /// What a node retains, in bytes.
    #[napi(catch_unwind)]
    pub fn retained_bytes(&self, node_id: f64) -> Result<f64> {
        let heap = self.heap()?;
        let graph = heap.dominated().map_err(to_napi)?;
        Ok(graph.retained_bytes(node(&heap, node_id)?) as f64)
    }

    /// JSON of the path from the root to a node, as code.
    #[napi(catch_unwind)]
    pub fn retainer_path(&self, node_id: f64) -> Result<String> {
        let heap = self.heap()?;
        let at = node(&heap, node_id)?;
        let paths = heap.paths().map_err(to_napi)?;
        let raw = paths.path(heap.graph.tables(), at).unwrap_or_default();
        let steps = describe(heap.graph.tables(), heap.sources(), &raw);
        json(&path(&steps).into_iter().map(ShownStep::from).collect::<Vec<_>>())
    }

    /// How objects are kept that ought to be gone, those that are kept alike as one finding. `around` are nodes that do
    /// not count as keeping anything.
    #[napi(catch_unwind)]
    pub fn kept(&self, watched: Vec<NativeWatched>, around: Vec<f64>) -> Result<Vec<NativeKept>> {
        let heap = self.heap()?;
        kept::find(&heap, &watched, &around).map_err(to_napi)
    }

    /// What holds the objects that the object of class `marker` follows weakly, found on a thread of its own. `labels` says
    /// of each what it is; only alike ones are held alike.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHolds>")]
    pub fn holds<'env>(&self, env: &'env Env, marker: String, labels: Vec<String>) -> Result<Object<'env>> {
        let heap = self.heap()?;
        let work = move || holds::find(&heap, &marker, &labels);
        promise(env, work, NativeHolds::new)
    }

    /// Gives the memory back.
    #[napi(catch_unwind)]
    pub fn dispose(&self) {
        self.heap.lock().take();
    }
}

fn node(heap: &Heap, id: f64) -> Result<NodeIndex> {
    let unknown = || {
        let message = format!("no node has the id {id}; ids are those that DevTools shows after '@'");
        to_napi(Error {
            code: "ERR_LEAKGUARD_NO_NODE",
            message,
        })
    };
    heap.graph.node_by_id(id as u64).ok_or_else(unknown)
}

/// As JavaScript holds it.
pub fn to_js(heap: Heap) -> NativeHeap {
    NativeHeap {
        heap: Mutex::new(Some(Arc::new(heap))),
    }
}
