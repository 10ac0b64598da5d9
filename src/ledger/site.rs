//! Call sites: where something was made, as the stack said. Knows nothing of what was made there.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

/// Call sites remembered at the most; the least recently used is forgotten first.
/// A forgotten site stays readable for the slots that hold it.
pub const SITES_MAX: usize = 4096;

/// One stack frame as V8 gives it: positions are 1-based and not source-mapped yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// Function name, empty when anonymous.
    pub function: String,
    /// Absolute path or `file:` URL.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// An interned call site.
#[derive(Debug)]
pub struct Site {
    /// Identity within this process.
    pub id: u64,
    /// The call itself first, then its callers; empty when no stack could be taken.
    pub frames: Vec<Frame>,
    /// What was made there may be garbage though its list still holds it (the key ends with a line `~`).
    pub is_weak: bool,
}

/// Interns call sites by their key.
pub struct SiteTable {
    by_key: LruCache<Box<str>, Arc<Site>>,
    next_id: u64,
}

impl Default for SiteTable {
    fn default() -> Self {
        let capacity = NonZeroUsize::new(SITES_MAX).unwrap_or(NonZeroUsize::MIN);
        Self {
            by_key: LruCache::new(capacity),
            next_id: 1,
        }
    }
}

impl SiteTable {
    /// The site of `key`: frames on lines of their own, each `function \t file \t line \t column`.
    /// Lines that do not have that form are left out. O(length of the key).
    pub fn intern(&mut self, key: &str) -> Arc<Site> {
        if let Some(site) = self.by_key.get(key) {
            return Arc::clone(site);
        }
        let frames = key.lines().filter_map(parse_frame).collect();
        let site = Arc::new(Site {
            id: self.next_id,
            frames,
            is_weak: key.ends_with("\n~"),
        });
        self.next_id += 1;
        self.by_key.put(key.into(), Arc::clone(&site));
        site
    }

    /// Number of sites remembered.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no site is remembered.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Bytes held by the table and its sites (approximate: allocator overhead is not counted).
    pub fn bytes(&self) -> usize {
        self.by_key
            .iter()
            .map(|(key, site)| {
                let frames = site
                    .frames
                    .iter()
                    .map(|f| size_of::<Frame>() + f.function.len() + f.file.len());
                key.len() + 64 + frames.sum::<usize>()
            })
            .sum()
    }
}

fn parse_frame(line: &str) -> Option<Frame> {
    let mut parts = line.split('\t');
    let function = parts.next()?.to_owned();
    let file = parts.next()?.to_owned();
    let line = parts.next()?.parse().ok()?;
    let column = parts.next()?.parse().ok()?;
    Some(Frame {
        function,
        file,
        line,
        column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_is_the_same_site() {
        let mut table = SiteTable::default();
        let a = table.intern("handler\t/app/a.js\t3\t7\n\t/app/b.js\t9\t1");
        let b = table.intern("handler\t/app/a.js\t3\t7\n\t/app/b.js\t9\t1");
        assert_eq!(a.id, b.id);
        assert_eq!(
            a.frames[0],
            Frame {
                function: "handler".into(),
                file: "/app/a.js".into(),
                line: 3,
                column: 7
            }
        );
        assert_eq!(a.frames[1].function, "");
    }

    #[test]
    fn a_line_of_another_form_is_left_out() {
        let mut table = SiteTable::default();
        assert!(table.intern("nonsense\nf\tx\tNaN\t1").frames.is_empty());
        assert!(table.intern("").frames.is_empty());
    }

    #[test]
    fn ten_times_the_capacity_keeps_the_capacity() {
        let mut table = SiteTable::default();
        for i in 0..SITES_MAX * 10 {
            table.intern(&format!("f\t/app/{i}.js\t1\t1"));
        }
        assert_eq!(table.len(), SITES_MAX);
    }
}
