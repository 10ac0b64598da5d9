//! What is known of requests, sockets, processes, … that are over, before it is a finding.

use super::{Bounded, Change, Confidence, Evidence, Finding, Meanwhile, RouteShare, Subject};

/// The lives of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lived {
    /// One and many of them: `server request`, `server requests`.
    pub one: String,
    /// See `one`.
    pub many: String,
    /// How sure.
    pub confidence: Confidence,
    /// Of so many that were over `age` or more later lives ago …
    pub followed: u32,
    /// … so many are there.
    pub alive: u32,
    /// See `followed`.
    pub age: f64,
    /// Lives of the kind that have begun while it was followed.
    pub begun: f64,
    /// Survivors an hour of all, estimated.
    pub per_hour: f64,
    /// Routes of requests, most first.
    pub routes: Vec<RouteShare>,
}

/// How some of them are held.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// Survivors that are held so.
    pub many: u32,
    /// What holds things for a while, where nothing else does.
    pub meanwhile: Option<Meanwhile>,
    /// Entries of the container at an earlier look and now, and the lives between; none where it did not grow.
    pub grew: Option<[f64; 3]>,
    /// Why this is not surer.
    pub bound: Option<Bounded>,
}

impl Lived {
    /// The finding, of which nothing is known but that they stay.
    pub fn finding(self) -> Finding {
        let key = ["life".to_owned(), self.many.clone()].to_vec();
        let routes = Evidence::Routes { routes: self.routes };
        let has_routes = matches!(&routes, Evidence::Routes { routes } if !routes.is_empty());
        let subject = Subject::Lives {
            one: self.one,
            many: self.many,
        };
        let change = Change::Survived {
            followed: self.followed,
            alive: self.alive,
            age: self.age,
            begun: self.begun,
            per_hour: self.per_hour,
        };
        Finding {
            confidence: self.confidence,
            evidence: has_routes.then_some(routes).into_iter().collect(),
            key,
            ..Finding::of(subject, change)
        }
    }
}

impl Hold {
    /// What this rests on; one of them retains so many bytes.
    pub fn evidence(&self, bytes: f64) -> Vec<Evidence> {
        let held = [
            Evidence::Survivors { count: self.many },
            Evidence::Retains { bytes },
        ];
        let grew = self
            .grew
            .map(|[from, to, lives]| Evidence::HolderGrew { from, to, lives });
        let meanwhile = self.meanwhile.map(|by| Evidence::MayEnd { by });
        let bound = self.bound.clone().map(Evidence::Bound);
        held.into_iter()
            .chain(grew)
            .chain(meanwhile)
            .chain(bound)
            .collect()
    }
}
