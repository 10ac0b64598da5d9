//! Weighted least squares for very many models over few columns: products once, then each model in some ten steps.
//!
//! Columns that all models have are swept out of the products (Goodnight, "A tutorial on the SWEEP operator", 1979;
//! here only the part that residuals need); the rest of a model is solved by Cholesky's factor of a small matrix.

/// A pivot that fell below this share of what it was belongs to a column that the others explain already.
const SINGULAR: f64 = 1e-7;

/// Columns of one model besides those swept out and the one whose slope is wanted.
pub const EXTRA_MAX: usize = 2;

/// Products of columns with each other, symmetric.
#[derive(Debug, Clone)]
pub struct Products {
    size: usize,
    cells: Vec<f64>,
    /// Diagonal before anything was swept out.
    whole: Vec<f64>,
}

/// What one model says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solved {
    /// Coefficient of the wanted column.
    pub slope: f64,
    /// Its variance for residuals of variance 1.
    pub variance: f64,
    /// Weighted sum of squared residuals.
    pub squares: f64,
}

impl Products {
    /// Weighted products of `columns`, which are of one length, and of columns that are 0 before one of `steps` (which
    /// rise) and 1 from there on, numbered after the others. O(columns^2 x rows + columns x steps + steps^2).
    pub fn of(columns: &[&[f64]], steps: &[usize], weights: &[f64]) -> Self {
        let count = columns.len();
        let size = count + steps.len();
        let mut products = Self {
            size,
            cells: vec![0.0; size * size],
            whole: Vec::new(),
        };
        for i in 0..count {
            let weighted: Vec<f64> = columns[i].iter().zip(weights).map(|(v, w)| v * w).collect();
            for (j, column) in columns.iter().enumerate().skip(i) {
                products.set(i, j, dot(&weighted, column));
            }
            for (k, tail) in tails(&weighted, steps).into_iter().enumerate() {
                products.set(i, count + k, tail);
            }
        }
        for (k, tail) in tails(weights, steps).into_iter().enumerate() {
            for j in 0..=k {
                products.set(count + j, count + k, tail);
            }
        }
        products.whole = (0..size).map(|i| products.at(i, i)).collect();
        products
    }

    /// The product of two columns, less what was swept out.
    fn at(&self, i: usize, j: usize) -> f64 {
        self.cells[i * self.size + j]
    }

    fn set(&mut self, i: usize, j: usize, value: f64) {
        self.cells[i * self.size + j] = value;
        self.cells[j * self.size + i] = value;
    }

    /// Takes what column `k` explains out of all others. False, and nothing done, where nothing is left of it.
    /// O(columns^2).
    pub fn sweep(&mut self, k: usize) -> bool {
        if !self.is_sound(k, self.at(k, k)) {
            return false;
        }
        let row: Vec<f64> = self.cells[k * self.size..][..self.size].to_vec();
        for (i, cells) in self.cells.chunks_exact_mut(self.size).enumerate() {
            let share = row[i] / row[k];
            for (cell, value) in cells.iter_mut().zip(&row) {
                *cell -= share * value;
            }
        }
        true
    }

    fn is_sound(&self, k: usize, pivot: f64) -> bool {
        pivot > self.whole[k] * SINGULAR && pivot > 0.0
    }

    /// Solves for `target` by the columns `extra` (at most [`EXTRA_MAX`]) and `wanted` beside what was swept out. None
    /// where they cannot be told apart. O(1).
    pub fn solve(&self, extra: &[usize], wanted: usize, target: usize) -> Option<Solved> {
        const SIZE: usize = EXTRA_MAX + 2;
        let mut order = [wanted; SIZE];
        order[..extra.len()].copy_from_slice(extra);
        let last = extra.len();
        order[last + 1] = target;
        // Cholesky's factor, the target as its last row.
        let mut factor = [[0.0f64; SIZE]; SIZE];
        for i in 0..=last + 1 {
            for j in 0..=i.min(last) {
                let known: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
                let left = self.at(order[i], order[j]) - known;
                if i != j {
                    factor[i][j] = left / factor[j][j];
                } else if self.is_sound(order[i], left) {
                    factor[i][i] = left.sqrt();
                } else {
                    return None;
                }
            }
        }
        let explained = dot(&factor[last + 1], &factor[last + 1]);
        Some(Solved {
            slope: factor[last + 1][last] / factor[last][last],
            variance: 1.0 / (factor[last][last] * factor[last][last]),
            squares: (self.at(target, target) - explained).max(0.0),
        })
    }
}

/// The sum of `values` from each of `steps` (which rise) to the end. O(values).
fn tails(values: &[f64], steps: &[usize]) -> Vec<f64> {
    let (mut sum, mut to) = (0.0, values.len());
    let mut tails: Vec<f64> = Vec::with_capacity(steps.len());
    for &step in steps.iter().rev() {
        sum += values[step..to].iter().sum::<f64>();
        to = step;
        tails.push(sum);
    }
    tails.reverse();
    tails
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Coefficients of all `columns` for `target`; of those that the ones before explain, 0. O(columns^2 x rows).
pub fn coefficients(columns: &[&[f64]], target: &[f64], weights: &[f64]) -> Vec<f64> {
    let count = columns.len();
    let mut all = columns.to_vec();
    all.push(target);
    let products = Products::of(&all, &[], weights);
    // Gauss and Jordan, column by column.
    let mut rows: Vec<Vec<f64>> = products
        .cells
        .chunks_exact(count + 1)
        .map(<[f64]>::to_vec)
        .collect();
    let mut is_used = vec![false; count];
    for k in 0..count {
        let pivot = rows[k].clone();
        if !products.is_sound(k, pivot[k]) {
            continue;
        }
        is_used[k] = true;
        for (i, row) in rows.iter_mut().take(count).enumerate() {
            let share = if i == k {
                1.0 - 1.0 / pivot[k]
            } else {
                row[k] / pivot[k]
            };
            for (cell, value) in row.iter_mut().zip(&pivot) {
                *cell -= share * value;
            }
        }
    }
    (0..count)
        .map(|k| if is_used[k] { rows[k][count] } else { 0.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 that look random.
    fn noise(count: usize, mut seed: u64) -> Vec<f64> {
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// Least squares by walking downhill, one coefficient at a time: slow, and simple enough to be seen right.
    fn naive(columns: &[&[f64]], target: &[f64], weights: &[f64]) -> (Vec<f64>, f64) {
        let mut factors = vec![0.0; columns.len()];
        let mut left = target.to_vec();
        for _ in 0..20_000 {
            for (factor, column) in factors.iter_mut().zip(columns) {
                let pull: f64 = (0..left.len()).map(|i| weights[i] * column[i] * left[i]).sum();
                let size: f64 = (0..left.len()).map(|i| weights[i] * column[i] * column[i]).sum();
                let step = pull / size;
                *factor += step;
                for (rest, value) in left.iter_mut().zip(column.iter()) {
                    *rest -= step * value;
                }
            }
        }
        (
            factors,
            (0..left.len()).map(|i| weights[i] * left[i] * left[i]).sum(),
        )
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6 * (1.0 + a.abs() + b.abs())
    }

    #[test]
    fn a_model_says_what_naive_least_squares_says() {
        for seed in 1..20 {
            let count = 20 + seed as usize;
            let ones = vec![1.0; count];
            let [load, bend, growth, level] = [1, 2, 3, 4].map(|k| noise(count, seed * 10 + k));
            let weights: Vec<f64> = noise(count, seed * 77).iter().map(|v| 1.0 + 0.5 * v).collect();
            let at = 4 + seed as usize % 8;
            let step: Vec<f64> = (0..count).map(|i| if i < at { 0.0 } else { 1.0 }).collect();

            let mut products = Products::of(&[&ones, &load, &bend, &growth, &level], &[at], &weights);
            assert!(products.sweep(0) && products.sweep(1));
            let solved = products
                .solve(&[2, 5], 3, 4)
                .unwrap_or_else(|| unreachable!("sound"));

            let columns: [&[f64]; 5] = [&ones, &load, &bend, &step, &growth];
            let (factors, squares) = naive(&columns, &level, &weights);
            assert!(
                close(solved.slope, factors[4]),
                "{seed}: {} {}",
                solved.slope,
                factors[4]
            );
            assert!(
                close(solved.squares, squares),
                "{seed}: {} {squares}",
                solved.squares
            );
            let all = coefficients(&columns, &level, &weights);
            assert!(all.iter().zip(&factors).all(|(a, b)| close(*a, *b)), "{seed}");
        }
    }

    #[test]
    fn the_variance_is_that_of_a_straight_line() {
        let (times, ones) = ((0..30).map(f64::from).collect::<Vec<_>>(), vec![1.0; 30]);
        let mut products = Products::of(&[&ones, &times, &noise(30, 5)], &[], &ones);
        products.sweep(0);
        let solved = products.solve(&[], 1, 2).unwrap_or_else(|| unreachable!("sound"));
        let spread: f64 = times.iter().map(|t| (t - 14.5) * (t - 14.5)).sum();
        assert!(close(solved.variance, 1.0 / spread));
    }

    #[test]
    fn what_others_explain_is_left_out() {
        let (ones, twice) = (vec![1.0; 9], vec![2.0; 9]);
        let level: Vec<f64> = (0..9).map(f64::from).collect();
        let mut products = Products::of(&[&ones, &twice, &level], &[], &ones);
        assert!(products.sweep(0));
        assert!(!products.sweep(1));
        assert_eq!(products.solve(&[], 1, 2), None);
        assert_eq!(coefficients(&[&ones, &twice], &level, &ones), [4.0, 0.0]);
    }
}
