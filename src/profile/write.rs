//! A profile -> the bytes of `profile.proto`, not compressed: each string, function and frame once.

use std::collections::HashMap;

use prost::Message;

use super::value::{Label, Profile, Sample};
use super::wire;
use crate::error::{Error, Result};

/// Microseconds of a millisecond, and nanoseconds of one: what a number of milliseconds since 1970 is good for.
const MICROS: f64 = 1e3;
const NANOS: i64 = 1000;
/// The one mapping: a program's code, for no reader has to find names anywhere else.
const MAPPING: u64 = 1;

/// Strings by their index; the first is the empty one.
#[derive(Default)]
struct Strings<'a> {
    all: Vec<&'a str>,
    known: HashMap<&'a str, i64>,
}

impl<'a> Strings<'a> {
    fn index(&mut self, text: &'a str) -> i64 {
        if self.all.is_empty() {
            self.all.push("");
            self.known.insert("", 0);
        }
        let all = &mut self.all;
        *self.known.entry(text).or_insert_with(|| {
            all.push(text);
            all.len() as i64 - 1
        })
    }
}

/// The bytes of a profile. O(what is in it).
///
/// # Errors
/// `ERR_LEAKGUARD_INVALID_ARG`: a sample names a frame that is not there, or has not as many values as there are types.
pub fn write(profile: &Profile) -> Result<Vec<u8>> {
    let mut strings = Strings::default();
    strings.index("");
    let (location, function) = frames(profile, &mut strings);
    let mut sample = Vec::with_capacity(profile.samples.len());
    for (at, one) in profile.samples.iter().enumerate() {
        sample.push(sample_of(profile, at, one, &mut strings)?);
    }
    let types = profile.types.iter().map(|of| wire::ValueType {
        name: strings.index(&of.name),
        unit: strings.index(&of.unit),
    });
    let sample_type = types.collect();
    let mapping = wire::Mapping {
        id: MAPPING,
        filename: strings.index(&profile.program),
        build_id: strings.index(&profile.build_id),
        has_functions: true,
        has_filenames: true,
        has_line_numbers: true,
    };
    let message = wire::Profile {
        sample_type,
        sample,
        mapping: vec![mapping],
        location,
        function,
        drop_frames: strings.index(&profile.drop_frames),
        keep_frames: strings.index(&profile.keep_frames),
        time_nanos: nanos(profile.time_ms),
        duration_nanos: nanos(profile.duration_ms),
        comment: profile.comments.iter().map(|line| strings.index(line)).collect(),
        default_sample_type: strings.index(&profile.default_type),
        doc_url: strings.index(&profile.doc_url),
        string_table: strings.all.into_iter().map(str::to_owned).collect(),
    };
    Ok(message.encode_to_vec())
}

/// Of milliseconds, without what a sum of such size would add to them.
fn nanos(ms: f64) -> i64 {
    ((ms * MICROS).round() as i64).saturating_mul(NANOS)
}

/// A location for each frame, by its index and 1; frames of one name and file are one function.
fn frames<'a>(profile: &'a Profile, strings: &mut Strings<'a>) -> (Vec<wire::Location>, Vec<wire::Function>) {
    let mut functions: Vec<wire::Function> = Vec::new();
    let mut known: HashMap<(&str, &str), u64> = HashMap::new();
    let mut locations = Vec::with_capacity(profile.frames.len());
    for (at, frame) in profile.frames.iter().enumerate() {
        let function_id = *known.entry((&frame.name, &frame.file)).or_insert_with(|| {
            functions.push(wire::Function {
                id: functions.len() as u64 + 1,
                name: strings.index(&frame.name),
                filename: strings.index(&frame.file),
            });
            functions.len() as u64
        });
        locations.push(wire::Location {
            id: at as u64 + 1,
            mapping_id: MAPPING,
            line: vec![wire::Line {
                function_id,
                line: frame.line,
            }],
        });
    }
    (locations, functions)
}

fn sample_of<'a>(
    profile: &Profile,
    at: usize,
    sample: &'a Sample,
    strings: &mut Strings<'a>,
) -> Result<wire::Sample> {
    if sample.values.len() != profile.types.len() {
        let (got, wanted) = (sample.values.len(), profile.types.len());
        return Err(Error::invalid(format!(
            "profile: sample {at} has {got} values, and there are {wanted} types"
        )));
    }
    if let Some(frame) = sample
        .stack
        .iter()
        .find(|&&frame| frame as usize >= profile.frames.len())
    {
        return Err(Error::invalid(format!(
            "profile: sample {at} names frame {frame}, and there are {}",
            profile.frames.len()
        )));
    }
    Ok(wire::Sample {
        location_id: sample.stack.iter().map(|&frame| u64::from(frame) + 1).collect(),
        value: sample.values.clone(),
        label: sample
            .labels
            .iter()
            .map(|label| label_of(label, strings))
            .collect(),
    })
}

fn label_of<'a>(label: &'a Label, strings: &mut Strings<'a>) -> wire::Label {
    wire::Label {
        key: strings.index(&label.key),
        text: label.text.as_deref().map_or(0, |text| strings.index(text)),
        number: label.number.unwrap_or(0),
        number_unit: strings.index(&label.unit),
    }
}
