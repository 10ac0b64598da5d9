//! Names of scripts as they may be shown: a URL that is its own content loses it, and one with a query loses that.

use std::borrow::Cow;

/// Bytes of what follows `data:` or `blob:` that say what it is, at most.
const MEDIA_BYTES_MAX: usize = 40;

/// The name without content. `data:text/javascript,…`, `blob:…`, `https://host/path?…`; a path stays as it is.
pub fn shortened(name: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = scheme(name) else {
        return Cow::Borrowed(name);
    };
    let is = |other: &str| scheme.eq_ignore_ascii_case(other);
    if is("data") || is("javascript") || is("blob") {
        let media = rest
            .split([',', ';'])
            .next()
            .filter(|media| is("data") && media.len() < rest.len() && is_media(media));
        let short = match media {
            Some(media) => format!("{scheme}:{media},…"),
            None => format!("{scheme}:…"),
        };
        return if short == name {
            Cow::Borrowed(name)
        } else {
            Cow::Owned(short)
        };
    }
    let rest = without_user(rest);
    let end = rest.find(['?', '#']);
    match end {
        Some(end) if &rest[end..] != "?…" => Cow::Owned(format!("{scheme}:{}?…", &rest[..end])),
        None if rest.len() + scheme.len() + 1 != name.len() => Cow::Owned(format!("{scheme}:{rest}")),
        _ => Cow::Borrowed(name),
    }
}

/// Scheme and the rest of what is a URL; Windows paths begin with one letter and a colon.
fn scheme(name: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = name.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let is_url = rest.starts_with("//")
        || ["data", "javascript", "blob", "node", "file"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known));
    (is_scheme && is_url).then_some((scheme, rest))
}

fn is_media(media: &str) -> bool {
    media.len() <= MEDIA_BYTES_MAX
        && media
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'-' | b'.'))
}

/// `//user:password@host/…` without the part before the host.
fn without_user(rest: &str) -> Cow<'_, str> {
    let Some(authority) = rest.strip_prefix("//") else {
        return Cow::Borrowed(rest);
    };
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    match authority[..end].rfind('@') {
        Some(at) => Cow::Owned(format!("//{}", &authority[at + 1..])),
        None => Cow::Borrowed(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_queries_and_passwords_go_and_files_stay() {
        for (name, short) in [
            ("data:text/javascript,const a='tok_1'", "data:text/javascript,…"),
            ("data:text/javascript;base64,AAAA", "data:text/javascript,…"),
            ("DATA:,tok_1", "DATA:,…"),
            ("data:tok_1", "data:…"),
            ("data:tok 1,x", "data:…"),
            ("blob:nodedata:7c1c", "blob:…"),
            ("javascript:alert(1)", "javascript:…"),
            ("file:///srv/a.mjs?token=1", "file:///srv/a.mjs?…"),
            ("file:///srv/a.mjs#tok", "file:///srv/a.mjs?…"),
            ("https://u:p@host:80/a.js?t=1", "https://host:80/a.js?…"),
            ("https://u:p@host/a.js", "https://host/a.js"),
            ("node:fs", "node:fs"),
            ("file:///srv/a.mjs", "file:///srv/a.mjs"),
            ("webpack://app/./src/a.js", "webpack://app/./src/a.js"),
            ("/srv/what?/a#b.js", "/srv/what?/a#b.js"),
            ("C:\\srv\\a.js", "C:\\srv\\a.js"),
            ("Node / Worker", "Node / Worker"),
            ("evalmachine.<anonymous>", "evalmachine.<anonymous>"),
            ("", ""),
        ] {
            assert_eq!(shortened(name), short);
            assert_eq!(shortened(short), short, "once more");
        }
    }
}
