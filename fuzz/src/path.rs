//! Paths. The input: a byte of rules, then a path.

use headgate::path::{Ambiguous, OwnPaths, PathRules, decoded_for_matching, normalised, unescaped};
use headgate::policy::Policy;
use headgate::wire::Target;
use std::sync::LazyLock;

static POLICIES: LazyLock<[Policy; 2]> = LazyLock::new(|| {
    [false, true].map(|ignore_case| {
        let text = format!(
            r#"{{"version":1,"paths":{{"ignore_case":{ignore_case}}},"tiers":{{"a":{{"limits":[]}}}},
            "routes":[{{"path":"/v1/exports"}},{{"path":"/v1/**"}}]}}"#
        );
        Policy::parse(&text).unwrap()
    })
});

static OWN: LazyLock<[OwnPaths; 2]> = LazyLock::new(|| {
    ["/_headgate/", "/v1/_headgate/"].map(|prefix| OwnPaths::below(prefix).unwrap())
});

pub fn check(input: &[u8]) {
    let Some((bits, path)) = input.split_first() else {
        return;
    };
    let path = String::from_utf8_lossy(path);
    cuts_whole(&path);
    let _ = (unescaped(&path), decoded_for_matching(&path));
    let rule = |bit| match bits & bit {
        0 => Ambiguous::Refuse,
        _ => Ambiguous::Keep,
    };
    let rules = PathRules {
        ignore_case: bits & 4 != 0,
        encoded_slash: rule(1),
        parameters: rule(2),
    };
    match normalised(&path, rules) {
        Ok(read) => {
            is_read_in_one_way(&read, rules);
            is_every_spelling(&path, &read, rules);
            passes_no_route_by(&read, rules);
            for own in OWN.iter() {
                assert!(own.has(&path) || !own.has(&read), "{path:?} hides");
            }
        }
        Err(error) => {
            let said = error.to_string();
            assert!(said.starts_with("The path holds "), "{said}");
        }
    }
}

/// The cut parts of a URL make the URL again.
fn cuts_whole(path: &str) {
    let url = format!("https://api.example{path}");
    let Some(target) = Target::parse(&url) else {
        return;
    };
    let parts = [target.scheme, "://", target.host, target.path, target.query];
    assert_eq!(Some(parts.concat().as_str()), url.split('#').next());
}

fn is_read_in_one_way(read: &str, rules: PathRules) {
    assert_eq!(normalised(read, rules).as_deref(), Ok(read));
    assert!(read.starts_with('/') && !read.contains("//") && !read.contains('\\'));
    assert!(!read.chars().any(char::is_control), "{read:?}");
    for segment in read.split('/') {
        assert!(![".", ".."].contains(&segment), "{read:?}");
    }
    let escapes: Vec<&str> = read.split('%').skip(1).collect();
    for escape in &escapes {
        let byte = u8::from_str_radix(&escape[..2], 16).unwrap();
        assert!(!byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte));
        assert!(!escape[..2].bytes().any(|b| b.is_ascii_lowercase()));
    }
    let holds = |code: &str| escapes.iter().any(|escape| escape.starts_with(code));
    if rules.encoded_slash == Ambiguous::Refuse {
        assert!(!holds("2F") && !holds("5C"), "{read:?}");
    }
    if rules.parameters == Ambiguous::Refuse {
        assert!(!holds("3B") && !read.contains(';'), "{read:?}");
    }
}

/// Other spellings of a path, as a runtime or a client may choose them, are the same path.
fn is_every_spelling(path: &str, read: &str, rules: PathRules) {
    let slashes = path.replace('\\', "/");
    assert_eq!(normalised(&slashes, rules).as_deref(), Ok(read), "{path:?}");
    let doubled = slashes.replace('/', "/.//");
    assert_eq!(normalised(&doubled, rules).as_deref(), Ok(read), "{path:?}");
    let escaped = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '-' | '.' | '_' | '~' => format!("%{:02x}", u32::from(c)),
        c => c.to_string(),
    };
    // Not inside of an escape.
    if !path.contains('%') {
        let escaped: String = path.chars().map(escaped).collect();
        assert_eq!(normalised(&escaped, rules).as_deref(), Ok(read), "{path:?}");
    }
}

/// Whatever an origin that decodes each segment once takes for a route's path is that route.
fn passes_no_route_by(read: &str, rules: PathRules) {
    let decoded = read.split('/').skip(1).map(unescaped);
    let mut seen: Vec<String> = decoded.collect();
    seen.pop_if(|last| last.is_empty());
    if rules.ignore_case {
        seen = seen.iter().map(|part| part.to_ascii_lowercase()).collect();
    }
    let policy = &POLICIES[usize::from(rules.ignore_case)];
    let found = policy.route("GET", read);
    let at = found.and_then(|found| policy.routes.iter().position(|it| it == found));
    let expected = match seen.first().map(String::as_str) {
        Some("v1") if seen.len() == 2 && seen[1] == "exports" => Some(0),
        Some("v1") => Some(1),
        _ => None,
    };
    assert_eq!(at, expected, "{read:?}");
    for own in OWN.iter() {
        let segments: Vec<&str> = own.prefix().trim_matches('/').split('/').collect();
        let leads = seen.len() >= segments.len() && seen.iter().zip(&segments).all(|(a, b)| a == b);
        assert!(own.has(read) || !leads, "{read:?}");
    }
}
