//! Numbers, sizes, times and rates as a person reads them.

/// A number a person reads: `1,234`, `12.3 MB`.
pub fn amount(value: f64, is_bytes: bool) -> String {
    if is_bytes {
        return bytes(value);
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    if value < -0.5 {
        format!("-{grouped}")
    } else {
        grouped
    }
}

/// So much is written as 1,000.0 of a unit already.
const NEXT_UNIT: f64 = 999.95;

fn bytes(value: f64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB"];
    let mut scaled = value.abs();
    let mut unit = 0;
    while scaled >= if unit == 0 { 999.5 } else { NEXT_UNIT } && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if unit == 0 {
        format!("{sign}{scaled:.0} B")
    } else {
        format!("{sign}{scaled:.1} {}", units[unit])
    }
}

/// A time a person reads: `850 ms`, `4.2 s`, `3 min`, `1.5 h`.
pub fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 120_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 7_200_000.0 => format!("{:.0} min", ms / 60_000.0),
        ms => format!("{:.1} h", ms / 3_600_000.0),
    }
}

/// A rate in the unit of time in which it is one or more.
pub(super) fn rate(per_second: f64, is_bytes: bool) -> String {
    match per_second {
        r if r >= 1.0 => format!("{} per second", amount(r, is_bytes)),
        r if r >= 1.0 / 60.0 => format!("{} per minute", amount(r * 60.0, is_bytes)),
        r => format!("{} per hour", amount(r * 3600.0, is_bytes)),
    }
}

/// How many for how many calls: `1` and `per call`, `1` and `per 10 calls`, `1.5` and `per call`.
pub(super) fn per_calls(rate: f64) -> (String, String) {
    let whole = rate.round();
    let per_call = "per call".to_owned();
    match rate {
        rate if whole >= 1.0 && (rate - whole).abs() <= 0.06 * whole => (amount(whole, false), per_call),
        rate if rate > 1.0 => (format!("{rate:.1}"), per_call),
        rate => match amount((1.0 / rate.max(1e-9)).max(1.0), false).as_str() {
            "1" => ("almost 1".to_owned(), per_call),
            calls => ("1".to_owned(), format!("per {calls} calls")),
        },
    }
}

/// A share of all: `49 %`, `0.06 %`.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent == 0.0 || percent >= 10.0 => format!("{percent:.0} %"),
        percent => format!("{percent:.2} %"),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| {
        c.to_uppercase().collect::<String>() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(amount(1_234_567.0, false), "1,234,567");
        assert_eq!(amount(12_345_678.0, true), "12.3 MB");
        assert_eq!(amount(-12.0, false), "-12");
        assert_eq!(amount(999_960.0, true), "1.0 MB");
        assert_eq!(amount(999.6, true), "1.0 KB");
        assert_eq!(duration(4200.0), "4.2 s");
    }

    #[test]
    fn rates_are_said_as_a_person_would() {
        let said = |rate| {
            let (many, per) = per_calls(rate);
            format!("{many} {per}")
        };
        assert_eq!(said(0.1), "1 per 10 calls");
        assert_eq!(said(0.9), "almost 1 per call");
        assert_eq!(said(1.01), "1 per call");
        assert_eq!(said(2.0), "2 per call");
        assert_eq!(said(1.5), "1.5 per call");
    }
}
