//! Systems that tests make up. Knows files, not what they say.

use std::path::Path;

/// What is read of a system that consists of these files, below a root of its own.
#[allow(clippy::unwrap_used, reason = "a test without its files has failed")]
pub fn below<T>(name: &str, files: &[(&str, &str)], read: impl Fn(&Path) -> T) -> T {
    let root = std::env::temp_dir().join(format!("leakguard-system-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&root).unwrap();
    for (file, text) in files {
        let file = root.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let found = read(&root);
    std::fs::remove_dir_all(&root).unwrap();
    found
}
