//! The bytes of `profile.proto`, not compressed -> a profile, whoever wrote them. Every index is checked.

use std::collections::HashMap;

use prost::Message;

use super::value::{Frame, Label, Profile, Sample, SampleType};
use super::wire;
use crate::error::{Error, Result};

const NANOS: f64 = 1e6;
/// Frames of all stacks together, inlined ones too: far beyond what profilers write, and what a few bytes may claim.
const FRAMES_MAX: usize = 20_000_000;

fn invalid(what: impl Into<String>) -> Error {
    Error {
        code: "ERR_LEAKGUARD_INVALID_PROFILE",
        message: format!("no pprof profile: {}", what.into()),
    }
}

/// Strings of a message by index.
struct Strings<'a>(&'a [String]);

impl Strings<'_> {
    fn get(&self, index: i64, of: &str) -> Result<String> {
        if index == 0 {
            return Ok(String::new());
        }
        let at = usize::try_from(index).ok();
        at.and_then(|at| self.0.get(at))
            .cloned()
            .ok_or_else(|| invalid(format!("{of} is string {index}, and there are {}", self.0.len())))
    }
}

/// Reads a profile. O(bytes), but for stacks of many inlined frames.
///
/// # Errors
/// `ERR_LEAKGUARD_INVALID_PROFILE` with what is wrong.
pub fn read(bytes: &[u8]) -> Result<Profile> {
    let message = wire::Profile::decode(bytes).map_err(|error| invalid(error.to_string()))?;
    if message
        .string_table
        .first()
        .is_some_and(|first| !first.is_empty())
    {
        return Err(invalid("its first string is not empty"));
    }
    let strings = Strings(&message.string_table);
    let (frames, of_location) = frames(&message, &strings)?;
    let mut types = Vec::with_capacity(message.sample_type.len());
    for of in &message.sample_type {
        types.push(SampleType {
            name: strings.get(of.name, "the name of a sample type")?,
            unit: strings.get(of.unit, "the unit of a sample type")?,
        });
    }
    let mut left = FRAMES_MAX;
    let mut samples = Vec::with_capacity(message.sample.len());
    for sample in &message.sample {
        samples.push(sample_of(sample, types.len(), &of_location, &strings, &mut left)?);
    }
    let mapping = message.mapping.first();
    let comments = message.comment.iter().map(|&line| strings.get(line, "a comment"));
    Ok(Profile {
        types,
        default_type: strings.get(message.default_sample_type, "the default sample type")?,
        time_ms: message.time_nanos as f64 / NANOS,
        duration_ms: message.duration_nanos as f64 / NANOS,
        program: strings.get(mapping.map_or(0, |one| one.filename), "the file of a mapping")?,
        build_id: strings.get(mapping.map_or(0, |one| one.build_id), "a build id")?,
        drop_frames: strings.get(message.drop_frames, "drop_frames")?,
        keep_frames: strings.get(message.keep_frames, "keep_frames")?,
        comments: comments.collect::<Result<_>>()?,
        doc_url: strings.get(message.doc_url, "doc_url")?,
        frames,
        samples,
    })
}

/// Which frames a location is, by its id; the innermost of inlined ones first.
type OfLocation = HashMap<u64, Vec<u32>>;

/// The frames, each once, and which of them each location is.
fn frames(message: &wire::Profile, strings: &Strings) -> Result<(Vec<Frame>, OfLocation)> {
    let functions: HashMap<u64, &wire::Function> = message.function.iter().map(|one| (one.id, one)).collect();
    let mut known: HashMap<Frame, u32> = HashMap::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut of_location = HashMap::with_capacity(message.location.len());
    let mut add = |frame: Frame| {
        *known.entry(frame).or_insert_with_key(|frame| {
            frames.push(frame.clone());
            frames.len() as u32 - 1
        })
    };
    for location in &message.location {
        let mut lines = Vec::with_capacity(location.line.len().max(1));
        for line in &location.line {
            let unknown = || invalid(format!("function {} is not there", line.function_id));
            let function = functions.get(&line.function_id).ok_or_else(unknown)?;
            lines.push(add(Frame {
                name: strings.get(function.name, "the name of a function")?,
                file: strings.get(function.filename, "the file of a function")?,
                line: line.line,
            }));
        }
        if lines.is_empty() {
            // Of a profile whose addresses nobody has looked up.
            lines.push(add(Frame {
                name: format!("location {}", location.id),
                ..Frame::default()
            }));
        }
        of_location.insert(location.id, lines);
    }
    Ok((frames, of_location))
}

fn sample_of(
    sample: &wire::Sample,
    types: usize,
    of_location: &OfLocation,
    strings: &Strings,
    left: &mut usize,
) -> Result<Sample> {
    if sample.value.len() != types {
        let got = sample.value.len();
        return Err(invalid(format!(
            "a sample has {got} values, and there are {types} sample types"
        )));
    }
    let mut stack = Vec::with_capacity(sample.location_id.len());
    for id in &sample.location_id {
        let lines = of_location
            .get(id)
            .ok_or_else(|| invalid(format!("location {id} is not there")))?;
        *left = left
            .checked_sub(lines.len())
            .ok_or_else(|| invalid(format!("its stacks have more than {FRAMES_MAX} frames")))?;
        stack.extend_from_slice(lines);
    }
    let labels = sample.label.iter().map(|label| {
        let is_text = label.text != 0;
        Ok(Label {
            key: strings.get(label.key, "the key of a label")?,
            text: is_text.then(|| strings.get(label.text, "a label")).transpose()?,
            number: (!is_text).then_some(label.number),
            unit: strings.get(label.number_unit, "the unit of a label")?,
        })
    });
    Ok(Sample {
        stack,
        values: sample.value.clone(),
        labels: labels.collect::<Result<_>>()?,
    })
}
