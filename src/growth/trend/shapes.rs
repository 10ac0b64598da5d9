//! What a healthy service does besides answering its load: nothing, fill up, jump, jump twice, fill up and jump, swing
//! with the day.
//!
//! Each is a column over time from 0 to 1. Whatever bends must have bent by half of the time: what takes longer
//! cannot be told from a leak yet.

use super::median::median;

/// Time constants of an exponential that fills, as shares of the time.
const TAUS: [f64; 14] = [
    0.01, 0.02, 0.035, 0.05, 0.07, 0.09, 0.115, 0.145, 0.18, 0.22, 0.27, 0.33, 0.41, 0.5,
];
/// Where a logarithm bends, as shares of the time: caches under a skewed demand.
const BENDS: [f64; 3] = [0.01, 0.04, 0.12];
/// Where a hyperbola has filled half: caches whose last entries come late.
const HALVES: [f64; 2] = [0.03, 0.1];
/// A day, in seconds: waves that no load explains.
const DAY_S: f64 = 86_400.0;
/// A wave is looked for in series from so many days on, up to so many.
const DAYS: std::ops::Range<f64> = 0.6..8.0;
/// Where a rise in a straight line ends: a cache that is filled, an age that entries reach.
const ENDS: [f64; 5] = [0.1, 0.2, 0.3, 0.4, 0.5];
/// Rows that a step needs on either side: fewer are outliers.
const STEP_ROWS_MIN: usize = 3;
/// Places of a step that are spread evenly.
const STEPS_SPREAD: usize = 22;
/// Places of a step where the level jumps most.
const STEPS_STEEP: usize = 5;

/// Kinds of what is no leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A level that only load moves.
    Nothing,
    /// A rise that ends: exponential, logarithm, straight to a bound.
    Filling,
    /// One jump, up or down.
    Step,
    /// Two of them.
    TwoSteps,
    /// Both.
    FillingAndStep,
    /// A wave with the hours of the day.
    Wave,
}

impl Shape {
    /// All, in their order.
    pub const ALL: [Shape; 6] = [
        Shape::Nothing,
        Shape::Filling,
        Shape::Step,
        Shape::TwoSteps,
        Shape::FillingAndStep,
        Shape::Wave,
    ];

    /// How often it is expected before anything is seen; the sum is 1.
    pub fn prior(self) -> f64 {
        match self {
            Shape::Nothing => 0.25,
            Shape::Filling => 0.3,
            Shape::Step => 0.15,
            Shape::TwoSteps => 0.1,
            Shape::FillingAndStep => 0.15,
            Shape::Wave => 0.05,
        }
    }
}

/// A model: its kind, and its columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// Its kind.
    pub shape: Shape,
    columns: [usize; 2],
    count: usize,
}

impl Model {
    fn new(shape: Shape, columns: &[usize]) -> Self {
        let mut places = [0; 2];
        for (place, column) in places.iter_mut().zip(columns) {
            *place = *column;
        }
        Self {
            shape,
            columns: places,
            count: columns.len(),
        }
    }

    /// Numbers of its columns.
    pub fn columns(&self) -> &[usize] {
        &self.columns[..self.count]
    }

    /// Numbers that it fits: a height and a place for each column.
    pub fn freedom(&self) -> f64 {
        2.0 * self.count as f64
    }
}

/// All columns, and all models over them.
pub struct Columns {
    /// Those that bend. The steps come after them.
    pub bends: Vec<Vec<f64>>,
    /// The row at which each step is.
    pub steps: Vec<usize>,
    /// The models.
    pub models: Vec<Model>,
}

impl Columns {
    /// For rows at `times`, which rise from 0 to 1. Columns are numbered from `first`. O(rows x columns).
    pub fn over(times: &[f64], levels: &[f64], span_s: f64, first: usize) -> Self {
        let column = |f: &dyn Fn(f64) -> f64| times.iter().map(|&t| f(t)).collect::<Vec<f64>>();
        let mut bends: Vec<Vec<f64>> = Vec::new();
        bends.extend(TAUS.map(|tau| column(&|t| 1.0 - (-t / tau).exp())));
        bends.extend(BENDS.map(|bend| column(&|t| (1.0 + t / bend).ln())));
        bends.extend(HALVES.map(|half| column(&|t| t / (t + half))));
        bends.extend(ENDS.map(|end| column(&|t| t.min(end))));
        let steps = places(levels);
        let fillings = bends.len();
        let days = span_s / DAY_S;
        if DAYS.contains(&days) {
            let turns = |t: f64| t * days * std::f64::consts::TAU;
            bends.push(column(&|t| turns(t).sin()));
            bends.push(column(&|t| turns(t).cos()));
        }
        let mut models = models(first, fillings, first + bends.len(), steps.len());
        if bends.len() > fillings {
            models.push(Model::new(Shape::Wave, &[first + fillings, first + fillings + 1]));
        }
        Self { bends, steps, models }
    }
}

/// All models with `fillings` columns from `first` on and `steps` columns from `step` on.
fn models(first: usize, fillings: usize, step: usize, steps: usize) -> Vec<Model> {
    let end = step + steps;
    let bent = first..first + fillings;
    let mut models = vec![Model::new(Shape::Nothing, &[])];
    models.extend(bent.clone().map(|b| Model::new(Shape::Filling, &[b])));
    models.extend((step..end).map(|s| Model::new(Shape::Step, &[s])));
    for a in step..end {
        models.extend((a + 1..end).map(|b| Model::new(Shape::TwoSteps, &[a, b])));
    }
    for b in bent {
        models.extend((step..end).map(|s| Model::new(Shape::FillingAndStep, &[b, s])));
    }
    models
}

/// Rows at which a step may be: evenly spread, and where the level jumps most. Rising. O(rows log rows).
fn places(levels: &[f64]) -> Vec<usize> {
    let all = STEP_ROWS_MIN..(levels.len() + 1).saturating_sub(STEP_ROWS_MIN);
    let apart = levels.len().div_ceil(STEPS_SPREAD).max(1);
    let mut places: Vec<usize> = all.clone().step_by(apart).collect();
    let middle = |rows: &[f64]| median(&mut rows.to_vec());
    let jump =
        |i: usize| (middle(&levels[i..i + STEP_ROWS_MIN]) - middle(&levels[i - STEP_ROWS_MIN..i])).abs();
    let mut steep: Vec<(f64, usize)> = all.map(|i| (jump(i), i)).collect();
    steep.sort_by(|a, b| b.0.total_cmp(&a.0));
    places.extend(steep.iter().take(STEPS_STEEP).map(|&(_, i)| i));
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_add_up() {
        let sum: f64 = Shape::ALL.iter().map(|shape| shape.prior()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(
            Shape::ALL
                .iter()
                .enumerate()
                .all(|(i, &shape)| shape as usize == i)
        );
    }

    #[test]
    fn a_jump_is_among_the_places() {
        for at in 3..61 {
            let levels: Vec<f64> = (0..64).map(|i| if i < at { 1.0 } else { 2.0 }).collect();
            assert!(places(&levels).contains(&at), "{at}");
        }
    }

    #[test]
    fn few_rows_have_no_place_for_a_step() {
        for count in 0..6 {
            assert!(places(&vec![1.0; count]).is_empty());
        }
        assert_eq!(places(&[1.0; 6]), [3]);
    }

    #[test]
    fn everything_has_bent_by_half_of_the_time() {
        let times: Vec<f64> = (0..=64).map(|i| f64::from(i) / 64.0).collect();
        for bend in Columns::over(&times, &times, 0.0, 0).bends {
            assert!(bend[64] - bend[32] < 0.5 * (bend[32] - bend[0]));
        }
    }
}
