//! One of what leaks in a line: `Session { token: string (24 B), config: Config }, 64 B`.

use super::numbers::amount;
use crate::finding::{Part, Sample};

/// A sample as a person reads it.
pub fn sample(sample: &Sample) -> String {
    let mut parts: Vec<String> = sample.parts.iter().map(part).collect();
    if sample.more > 0 {
        parts.push(format!("… {} more", sample.more));
    }
    let inside = match parts.is_empty() {
        true => String::new(),
        false => format!(" {{ {} }}", parts.join(", ")),
    };
    format!("{}{inside}, {}", sample.class, amount(sample.bytes, true))
}

fn part(part: &Part) -> String {
    let size = match part.bytes {
        0.0 => String::new(),
        bytes => format!(" ({})", amount(bytes, true)),
    };
    format!("{}: {}{size}", part.name, part.class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_told_as_code_with_sizes() {
        let part = |name: &str, class: &str, bytes| Part {
            name: name.into(),
            class: class.into(),
            bytes,
        };
        let told = Sample {
            class: "Session".into(),
            parts: vec![part("token", "string", 24.0), part("config", "Config", 0.0)],
            more: 2,
            bytes: 64.0,
        };
        assert_eq!(
            sample(&told),
            "Session { token: string (24 B), config: Config, … 2 more }, 64 B"
        );
        let bare = Sample {
            class: "string".into(),
            bytes: 40.0,
            ..Sample::default()
        };
        assert_eq!(sample(&bare), "string, 40 B");
    }
}
