//! Whether a level rises by itself: load + one shape of what is no leak + c x t, asked of very many models at once.
//!
//! Each model is fitted by least squares with Huber's weights. Its say is its likelihood (by Schwarz's approximation,
//! 1978, tempered, since none of the models is true), and what is asked of it is the chance that c is no larger than
//! what matters. So an explanation without a leak that fits nearly as well as the best is heard, and one that does not
//! fit is not. Errors are widened for the dependence of neighbours (AR(1)).

use super::linear::{Products, Solved, coefficients};
use super::median::median;
use super::shapes::{Columns, Model, Shape};

/// Huber's constant: residuals beyond so many deviations weigh less.
const HUBER: f64 = 1.345;
/// Rounds of weighting before the last fit.
const ROUNDS: usize = 2;
/// Power to which likelihoods are taken: how far a better fit is believed.
const TEMPER: f64 = 0.3;
/// Residuals are taken for no more dependent than this.
const DEPENDENCE_MAX: f64 = 0.8;
/// Rows that must be left for the noise.
const FREE_MIN: f64 = 3.0;
/// Noise that is never less, as a share of the level: no real floor is smoother.
const NOISE_MIN: f64 = 0.002;
/// Growth with work, not with time, has to leave less noise than this share.
const WORK_IS_BETTER: f64 = 0.97;
/// With fewer rows one average of the load must do, the middle one.
const LOADS_ROWS_MIN: usize = 14;

/// What is fitted: one row for each moment, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// From 0 to 1.
    pub times: Vec<f64>,
    /// The level.
    pub levels: Vec<f64>,
    /// What moves the level without being a leak: averages of the load and so on, one column each.
    pub loads: Vec<Vec<f64>>,
    /// Work done up to each row, from 0 to 1.
    pub work: Vec<f64>,
    /// Seconds from time 0 to 1.
    pub span_s: f64,
}

impl Rows {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.levels.len()
    }

    /// The first `count` rows, their times as they are.
    pub fn first(&self, count: usize) -> Rows {
        let cut = |column: &Vec<f64>| column[..count].to_vec();
        Rows {
            times: cut(&self.times),
            levels: cut(&self.levels),
            loads: self.loads.iter().map(cut).collect(),
            work: cut(&self.work),
            span_s: self.span_s,
        }
    }

    /// The columns of load that these rows can bear.
    fn loads(&self) -> &[Vec<f64>] {
        if self.count() >= LOADS_ROWS_MIN || self.loads.len() < 3 {
            &self.loads
        } else {
            &self.loads[1..2]
        }
    }
}

/// What a fit says of the rise over all of the time, in units of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// By all models, those that fit better weighing more.
    pub total: f64,
    /// Chance that it does not rise by as much as was asked for, over all models.
    pub doubt: f64,
    /// What most of the doubt rests on.
    pub doubtful: Shape,
}

/// One model, fitted.
#[derive(Clone, Copy)]
struct Fitted {
    model: Model,
    solved: Solved,
    /// Of a residual; what the model fits costs.
    variance: f64,
}

/// Fits all models, growth with time and growth with work, of which the one that explains more counts. `enough` is the
/// rise that matters, `scale` the usual level. None with too few rows. O(columns^2 x rows + models).
pub fn rise(rows: &Rows, enough: f64, scale: f64) -> Option<Rise> {
    let count = rows.count();
    let ones = vec![1.0; count];
    let loads = rows.loads();
    let fixed = 1 + loads.len();
    let [by_time, by_work, level] = [fixed, fixed + 1, fixed + 2];
    let shapes = Columns::over(&rows.times, &rows.levels, rows.span_s, fixed + 3);
    let mut columns: Vec<&[f64]> = vec![&ones];
    columns.extend(loads.iter().map(Vec::as_slice));
    columns.extend([rows.times.as_slice(), &rows.work, &rows.levels]);
    columns.extend(shapes.bends.iter().map(Vec::as_slice));
    let least_squares = count as f64 * (NOISE_MIN * scale).powi(2);

    let mut weights = ones.clone();
    for round in 0..=ROUNDS {
        let mut products = Products::of(&columns, &shapes.steps, &weights);
        let swept = (0..fixed).filter(|&k| products.sweep(k)).count();
        let solve = |growth: usize| -> Vec<Fitted> {
            let fit = |model: &Model| {
                let free = count as f64 - swept as f64 - 1.0 - model.freedom();
                let mut solved = products
                    .solve(model.columns(), growth, level)
                    .filter(|_| free >= FREE_MIN)?;
                solved.squares += least_squares;
                let variance = solved.squares / free;
                Some(Fitted {
                    model: *model,
                    solved,
                    variance,
                })
            };
            shapes.models.iter().filter_map(fit).collect()
        };
        let mut growth = by_time;
        let mut fits = solve(by_time);
        let mut best = best_of(&fits)?;
        if round == ROUNDS {
            let others = solve(by_work);
            if let Some(other) = best_of(&others).filter(|o| o.variance < best.variance * WORK_IS_BETTER) {
                (growth, fits, best) = (by_work, others, other);
            }
        }
        let residuals = residuals(
            &columns,
            &shapes.steps,
            &best.model,
            fixed,
            growth,
            level,
            &weights,
        );
        if round == ROUNDS {
            return Some(heard(
                &fits,
                &best,
                count,
                dependence(&residuals, &weights),
                enough,
            ));
        }
        reweigh(&mut weights, &residuals);
    }
    None
}

fn best_of(fits: &[Fitted]) -> Option<Fitted> {
    fits.iter()
        .min_by(|a, b| a.variance.total_cmp(&b.variance))
        .copied()
}

/// Hears all models, each by how well it fits. O(models).
fn heard(fits: &[Fitted], best: &Fitted, count: usize, dependence: f64, enough: f64) -> Rise {
    let inflation = (1.0 + dependence) / (1.0 - dependence);
    // Rows that depend on each other say less.
    let rows = (count as f64 / inflation).max(2.0);
    let settings = |shape: Shape| fits.iter().filter(|fit| fit.model.shape == shape).count().max(1) as f64;
    let priors = Shape::ALL.map(|shape| shape.prior() / settings(shape));
    let least = best.solved.squares.max(f64::MIN_POSITIVE);
    let (mut whole, mut total, mut against) = (0.0, 0.0, [0.0; Shape::ALL.len()]);
    for fit in fits {
        let shape = fit.model.shape as usize;
        let heights = fit.model.columns().len() as f64;
        let worse = (fit.solved.squares / least).ln() * rows;
        let weight = priors[shape] * (-TEMPER / 2.0 * (worse + heights * rows.ln())).exp();
        let error = (fit.variance * fit.solved.variance * inflation).sqrt();
        let far = (fit.solved.slope - enough) / error.max(f64::MIN_POSITIVE);
        whole += weight;
        total += weight * fit.solved.slope;
        against[shape] += weight * normal_tail(far);
    }
    let doubtful = Shape::ALL
        .into_iter()
        .max_by(|a, b| against[*a as usize].total_cmp(&against[*b as usize]));
    Rise {
        total: total / whole,
        doubt: against.iter().sum::<f64>() / whole,
        doubtful: doubtful.unwrap_or(Shape::Nothing),
    }
}

/// What a model leaves. O(columns^2 x rows).
fn residuals(
    columns: &[&[f64]],
    steps: &[usize],
    model: &Model,
    fixed: usize,
    growth: usize,
    level: usize,
    weights: &[f64],
) -> Vec<f64> {
    let mut used: Vec<Vec<f64>> = columns[..fixed].iter().map(|column| column.to_vec()).collect();
    used.push(columns[growth].to_vec());
    for &k in model.columns() {
        used.push(match k.checked_sub(columns.len()) {
            None => columns[k].to_vec(),
            Some(step) => (0..weights.len())
                .map(|i| f64::from(u8::from(i >= steps[step])))
                .collect(),
        });
    }
    let used: Vec<&[f64]> = used.iter().map(Vec::as_slice).collect();
    let factors = coefficients(&used, columns[level], weights);
    let said = |i: usize| {
        used.iter()
            .zip(&factors)
            .map(|(column, f)| column[i] * f)
            .sum::<f64>()
    };
    columns[level]
        .iter()
        .enumerate()
        .map(|(i, value)| value - said(i))
        .collect()
}

/// Where growth began: the row from which a straight line explains most, 0 if that is not much more than one from the
/// start does. O(columns^2 x rows + rows^2).
pub fn onset(rows: &Rows) -> usize {
    /// A later beginning has to leave less than this share of the squares.
    const BETTER: f64 = 0.8;
    /// Rows after which nothing begins that could be told.
    const LATEST: f64 = 0.75;
    let count = rows.count();
    let ones = vec![1.0; count];
    let hinge = |from: usize| {
        rows.times
            .iter()
            .map(|t| (t - rows.times[from]).max(0.0))
            .collect::<Vec<f64>>()
    };
    let hinges: Vec<Vec<f64>> = (0..(count as f64 * LATEST) as usize).map(hinge).collect();
    let mut columns: Vec<&[f64]> = vec![&ones];
    columns.extend(rows.loads().iter().map(Vec::as_slice));
    let level = columns.len();
    columns.push(&rows.levels);
    columns.extend(hinges.iter().map(Vec::as_slice));
    let mut products = Products::of(&columns, &[], &ones);
    for k in 0..level {
        products.sweep(k);
    }
    let left = |from: usize| {
        let solved = products.solve(&[], level + 1 + from, level);
        solved
            .filter(|s| s.slope > 0.0)
            .map_or(f64::INFINITY, |s| s.squares)
    };
    let best = (0..hinges.len())
        .min_by(|&a, &b| left(a).total_cmp(&left(b)))
        .unwrap_or(0);
    if left(best) < left(0) * BETTER { best } else { 0 }
}

/// Huber's weights for these residuals, their scale from the median of their sizes.
fn reweigh(weights: &mut [f64], residuals: &[f64]) {
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    let scale = median(&mut sizes) * 1.4826;
    for (weight, residual) in weights.iter_mut().zip(residuals) {
        let far = residual.abs() / scale.max(f64::MIN_POSITIVE);
        *weight = if far <= HUBER { 1.0 } else { HUBER / far };
    }
}

/// How far a residual follows the one before it, outliers weighing less. From 0 to [`DEPENDENCE_MAX`].
fn dependence(residuals: &[f64], weights: &[f64]) -> f64 {
    let tame: Vec<f64> = residuals.iter().zip(weights).map(|(r, w)| r * w).collect();
    let whole: f64 = tame.iter().map(|r| r * r).sum();
    let next: f64 = tame.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if whole > 0.0 {
        (next / whole).clamp(0.0, DEPENDENCE_MAX)
    } else {
        0.0
    }
}

/// Share of a normal distribution beyond `z`, to 1e-7 (Abramowitz and Stegun 26.2.17).
fn normal_tail(z: f64) -> f64 {
    const FACTORS: [f64; 5] = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let near = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let sum = FACTORS
        .iter()
        .rev()
        .fold(0.0, |sum, factor| (sum + factor) * near);
    let tail = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum;
    if z >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows with a daily load over three days, a little noise, and what `level` adds to 100 + 10 x load.
    fn rows(count: usize, level: impl Fn(f64) -> f64) -> Rows {
        let mut seed = 9u64;
        let mut noise = move || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0
        };
        let times: Vec<f64> = (0..count).map(|i| i as f64 / (count - 1) as f64).collect();
        let load: Vec<f64> = times
            .iter()
            .map(|t| (t * 3.0 * std::f64::consts::TAU).sin())
            .collect();
        Rows {
            levels: times
                .iter()
                .zip(&load)
                .map(|(&t, l)| 100.0 + 10.0 * l + noise() + level(t))
                .collect(),
            loads: vec![load],
            work: times.clone(),
            times,
            span_s: 1.0,
        }
    }

    /// Doubt above which nobody is accused by far.
    const OPEN: f64 = 0.15;

    fn doubt(rows: &Rows) -> f64 {
        rise(rows, 2.0, 100.0).map_or(1.0, |rise| rise.doubt)
    }

    #[test]
    fn a_leak_leaves_little_doubt_and_its_size_is_right() {
        let found = rise(&rows(64, |t| 30.0 * t), 2.0, 100.0);
        assert!(
            found.is_some_and(|rise| rise.doubt < 1e-3 && (rise.total - 30.0).abs() < 4.0),
            "{found:?}"
        );
    }

    #[test]
    fn what_ends_or_jumps_leaves_much_doubt() {
        let healthy: [(&str, &dyn Fn(f64) -> f64); 5] = [
            ("flat", &|_| 0.0),
            ("exponential", &|t| 50.0 * (1.0 - (-t / 0.2).exp())),
            ("logarithm", &|t| 10.0 * (1.0 + t / 0.03).ln()),
            ("jump", &|t| if t > 0.62 { 30.0 } else { 0.0 }),
            ("straight to a bound", &|t| 80.0 * t.min(0.4)),
        ];
        for (name, level) in healthy {
            let doubt = doubt(&rows(64, level));
            assert!(doubt > OPEN, "{name}: {doubt}");
        }
    }

    #[test]
    fn outliers_do_not_hide_a_leak() {
        let mut spoilt = rows(64, |t| 30.0 * t);
        for i in [5, 17, 40] {
            spoilt.levels[i] += 60.0;
        }
        assert!(doubt(&spoilt) < 0.02, "{}", doubt(&spoilt));
    }

    #[test]
    fn the_onset_is_where_it_bends_up() {
        let at = onset(&rows(64, |t| 60.0 * (t - 0.5).max(0.0)));
        assert!((28..=37).contains(&at), "{at}");
        assert_eq!(onset(&rows(64, |t| 60.0 * t)), 0);
    }

    #[test]
    fn few_rows_and_constant_rows_are_no_trouble() {
        for count in 2..20 {
            let flat = Rows {
                levels: vec![5.0; count],
                ..rows(count, |_| 0.0)
            };
            assert!(rise(&flat, 0.1, 5.0).is_none_or(|rise| rise.doubt > 0.5));
        }
    }

    #[test]
    fn the_tail_is_that_of_the_tables() {
        for (z, share) in [
            (0.0, 0.5),
            (1.0, 0.158_655),
            (1.96, 0.024_998),
            (-1.0, 0.841_345),
            (4.0, 3.167e-5),
        ] {
            assert!((normal_tail(z) - share).abs() < 1e-6, "{z}");
        }
    }
}
