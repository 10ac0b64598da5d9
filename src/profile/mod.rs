//! Profiles as pprof has them: what was counted, by stack. Knows the form of `profile.proto`, not what is counted.
//!
//! ```text
//! Profile -> write: tables of strings, functions, locations -> wire: protobuf -> bytes
//!         <- read: every index checked                      <- wire           <-
//! ```

mod read;
mod value;
mod wire;
mod write;

pub use read::read;
pub use value::{Frame, Label, Profile, Sample, SampleType};
pub use write::write;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, line: i64) -> Frame {
        Frame {
            name: name.into(),
            file: "app.js".into(),
            line,
        }
    }

    fn profile() -> Profile {
        let label = |key: &str, text: &str| Label {
            key: key.into(),
            text: Some(text.into()),
            ..Label::default()
        };
        Profile {
            types: vec![
                SampleType {
                    name: "retained_objects".into(),
                    unit: "count".into(),
                },
                SampleType {
                    name: "retained_space".into(),
                    unit: "bytes".into(),
                },
            ],
            default_type: "retained_space".into(),
            time_ms: 1_700_000_000_123.0,
            duration_ms: 5.0,
            program: "app.js".into(),
            build_id: "abc".into(),
            drop_frames: "(code)".into(),
            keep_frames: "(heap)".into(),
            comments: vec!["one".into(), "two".into()],
            doc_url: "https://example.com".into(),
            frames: vec![
                frame("(heap)", 0),
                frame("sessions: Map", 3),
                frame("a", 3),
                frame("a", 4),
            ],
            samples: vec![
                Sample {
                    stack: vec![1, 0],
                    values: vec![1, 40],
                    labels: vec![label("service", "web"), label("version", "1.2.3")],
                },
                Sample {
                    stack: vec![3, 2, 1, 0],
                    values: vec![1000, 50_000],
                    labels: vec![Label {
                        key: "bytes".into(),
                        number: Some(7),
                        unit: "By".into(),
                        ..Label::default()
                    }],
                },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let bytes = write(&profile()).unwrap();
        assert_eq!(read(&bytes).unwrap(), profile());
    }

    #[test]
    fn a_profile_of_nothing_is_one() {
        let bytes = write(&Profile::default()).unwrap();
        assert_eq!(read(&bytes).unwrap(), Profile::default());
    }

    #[test]
    fn a_sample_that_contradicts_the_profile_is_not_written() {
        let mut other = profile();
        other.samples[0].stack = vec![9];
        let error = write(&other).unwrap_err();
        assert!(error.message.contains("frame 9"), "{error}");
        let mut other = profile();
        other.samples[1].values.pop();
        let error = write(&other).unwrap_err();
        assert!(error.message.contains("1 values"), "{error}");
    }

    #[test]
    fn bytes_that_are_no_profile_are_refused_with_what_is_wrong() {
        let whole = write(&profile()).unwrap();
        for length in 0..whole.len() {
            // Whatever was cut off: an answer or an error with its code, and never a panic.
            if let Err(error) = read(&whole[..length]) {
                assert_eq!(error.code, "ERR_LEAKGUARD_INVALID_PROFILE");
            }
        }
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0x55;
            if let Err(error) = read(&bent) {
                assert_eq!(error.code, "ERR_LEAKGUARD_INVALID_PROFILE");
            }
        }
        let error = read(b"not a profile").unwrap_err();
        assert_eq!(error.code, "ERR_LEAKGUARD_INVALID_PROFILE");
    }
}
