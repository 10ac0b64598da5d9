//! Life cycles, for JavaScript: what lives say of their kind, and what holds those that are over, as values that outlast
//! the graph they were read from.

use napi_derive::napi;

use super::failure::{Result, to_napi};
use super::json::json;
use crate::error::Error;
use crate::finding::{self, Bounded, Confidence, Lived, Meanwhile, RouteShare};
use crate::graph::Kept;
use crate::growth::lives::{Life, Limits, Standing, judge};

/// See [`crate::growth::lives::Judged`]; `standing` is `gone`, `bounded`, `possible` or `likely`.
#[napi(object)]
pub struct NativeJudged {
    pub standing: String,
    pub age: f64,
    pub followed: u32,
    pub alive: u32,
    /// Lives after which survivors are more than a ring of the last few.
    pub later_min: f64,
    /// Lives after which it is worth a look whether what holds them has grown.
    pub look_min: f64,
    /// Lives after which growth that is seen as well leaves no doubt.
    pub certain_min: f64,
}

/// Judges lives of a kind: three numbers each, when it ended, the greatest age at which it was alive, and the age at which
/// it was gone (NaN: it is not). `has_grown`: what holds them was seen to grow with them.
#[napi(catch_unwind)]
pub fn judge_lives(lives: &[f64], begun: f64, is_rare: bool, has_grown: bool) -> NativeJudged {
    let lives: Vec<Life> = lives
        .chunks_exact(3)
        .map(|life| Life {
            ended: life[0],
            alive: life[1],
            gone: Some(life[2]).filter(|age| !age.is_nan()),
        })
        .collect();
    let limits = if is_rare { Limits::RARE } else { Limits::FREQUENT };
    let judged = judge(&lives, begun, &limits, has_grown);
    NativeJudged {
        standing: match judged.standing {
            Standing::Gone => "gone",
            Standing::Bounded => "bounded",
            Standing::Possible => "possible",
            Standing::Likely => "likely",
        }
        .to_owned(),
        age: judged.age,
        followed: judged.followed as u32,
        alive: judged.alive as u32,
        later_min: limits.later(has_grown),
        look_min: limits.later_grown_min,
        certain_min: limits.later_min,
    }
}

/// See [`finding::Lived`].
#[napi(object)]
pub struct NativeLived {
    pub one: String,
    pub many: String,
    pub confidence: String,
    pub followed: u32,
    pub alive: u32,
    pub age: f64,
    pub begun: f64,
    pub per_hour: f64,
    pub routes: Vec<NativeRoute>,
}

/// See [`RouteShare`].
#[napi(object)]
pub struct NativeRoute {
    pub route: String,
    pub count: u32,
}

/// See [`Bounded`].
#[napi(object)]
pub struct NativeBounded {
    pub name: String,
    pub at: Option<f64>,
    pub entries: f64,
}

impl From<NativeBounded> for Bounded {
    fn from(NativeBounded { name, at, entries }: NativeBounded) -> Self {
        Self { name, at, entries }
    }
}

impl From<NativeLived> for Lived {
    fn from(lived: NativeLived) -> Self {
        Self {
            confidence: Confidence::from_name(&lived.confidence),
            one: lived.one,
            many: lived.many,
            followed: lived.followed,
            alive: lived.alive,
            age: lived.age,
            begun: lived.begun,
            per_hour: lived.per_hour,
            routes: lived
                .routes
                .into_iter()
                .map(|NativeRoute { route, count }| RouteShare { route, count })
                .collect(),
        }
    }
}

/// JSON of facts: lives that stay, of which no heap was looked at.
#[napi(catch_unwind)]
pub fn unseen_lives(lived: NativeLived) -> Result<String> {
    json(&Lived::from(lived).finding())
}

/// What holds some lives alike.
pub(super) struct Hold {
    pub kept: Kept,
    pub members: Vec<u32>,
    pub behind: Vec<u32>,
    pub meanwhile: Option<Meanwhile>,
    pub entries: u32,
    pub key: String,
}

/// See [`NativeHolds`].
#[napi(object)]
pub struct NativeHold {
    /// Indices of those that are held so, and of those that are only held by one of them.
    pub members: Vec<u32>,
    pub behind: Vec<u32>,
    /// Objects of that kind in the container that holds them; 0 where none does.
    pub entries: u32,
    /// Nothing but a timer, a context, a parser, an agent or an open connection holds them.
    pub is_meanwhile: bool,
    /// The same in each graph of each run.
    pub key: String,
    /// Where the container stands, if that is known.
    pub file: Option<String>,
    /// What the program calls what leads to the container, and the files whose code stands on the way.
    pub names: Vec<String>,
    pub files: Vec<String>,
}

/// The route of one of them, as a framework's object says it.
#[napi(object)]
#[derive(Clone)]
pub struct NativeRouted {
    pub member: u32,
    pub route: String,
}

/// What a heap says about those that were looked for in it.
pub(super) struct Found {
    pub holds: Vec<Hold>,
    pub routes: Vec<NativeRouted>,
    /// Of the program.
    pub files: Vec<String>,
}

/// What holds those that were looked for in a heap, put into words when it is asked.
#[napi]
pub struct NativeHolds(Found);

impl NativeHolds {
    pub(super) fn new(found: Found) -> Self {
        Self(found)
    }
}

#[napi]
impl NativeHolds {
    /// All of them, those that hold most first.
    #[napi(catch_unwind)]
    pub fn list(&self) -> Vec<NativeHold> {
        let holds = self.0.holds.iter();
        holds
            .map(|hold| (hold, hold.kept.letting()))
            .map(|(hold, letting)| NativeHold {
                members: hold.members.clone(),
                behind: hold.behind.clone(),
                entries: hold.entries,
                is_meanwhile: hold.meanwhile.is_some(),
                key: hold.key.clone(),
                file: hold.kept.place.as_ref().map(|place| place.file.clone()),
                names: letting.names,
                files: letting.files,
            })
            .collect()
    }

    /// The program's own files.
    #[napi(catch_unwind)]
    pub fn program_files(&self) -> Vec<String> {
        self.0.files.clone()
    }

    /// Routes of requests that a framework's object says, which Node's own do not.
    #[napi(catch_unwind)]
    pub fn routes(&self) -> Vec<NativeRouted> {
        self.0.routes.clone()
    }

    /// JSON of the facts of one of them. `grew`: entries earlier and now, and the lives between; `bound`: why it is no surer.
    #[napi(catch_unwind)]
    pub fn finding(
        &self,
        at: u32,
        lived: NativeLived,
        many: u32,
        grew: Option<Vec<f64>>,
        bound: Option<NativeBounded>,
    ) -> Result<String> {
        let hold = self
            .0
            .holds
            .get(at as usize)
            .ok_or_else(|| to_napi(Error::internal("no such hold")))?;
        let held = finding::Hold {
            many,
            meanwhile: hold.meanwhile,
            grew: grew.and_then(|grew| grew.try_into().ok()),
            bound: bound.map(Into::into),
        };
        json(&hold.kept.lived(lived.into(), &held))
    }
}
