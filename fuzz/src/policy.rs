//! Policies, and what is selected by them. The input: a document, then behind a byte of zero a request, line by line:
//! method, path, key, query, headers, an empty line, the body.

use super::Bytes;
use headgate::bounds::MAX_AMOUNT;
use headgate::path::normalised;
use headgate::policy::{
    Body, Came, DocumentError, Parts, Policy, Reason, Route, Sharing, field_amount,
};
use headgate::wire::Denial;

// The words live in the command line's own program.
#[path = "../../cli"]
mod cli {
    pub mod words;
}

pub fn check(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let (document, request) = (parts.next().unwrap(), parts.next());
    let Ok(text) = str::from_utf8(document) else {
        return;
    };
    match Policy::parse(text) {
        Err(error) => says_where(&error),
        Ok(policy) => {
            for line in cli::words::words(&policy).lines() {
                assert!(line.contains(": "), "{line}");
            }
            denials_can_be_sent(&policy);
            select(&policy, Bytes::new(request.unwrap_or_default()));
        }
    }
}

pub fn says_where(error: &DocumentError) {
    match error {
        DocumentError::Syntax { problem } => {
            assert!(problem.contains(" at line "), "{problem}");
        }
        DocumentError::TooLarge { bytes, most } => assert!(bytes > most),
        DocumentError::Field {
            path,
            found,
            allowed,
        } => {
            assert!(![path, found, allowed].iter().any(|part| part.is_empty()));
            // Whatever stands in the document, its error is a line that can be read.
            let most = path.len().max(found.len());
            assert!(most <= 1_000, "{path:.100}: {found:.100}");
        }
    }
}

fn denials_can_be_sent(policy: &Policy) {
    for reason in Reason::ALL {
        let denial = Denial::without_decision(policy, reason, "r-1", "a \"word\"\n");
        assert!((400..600).contains(&denial.status));
        for (name, value) in &denial.headers {
            can_be_sent(name, value);
        }
    }
}

/// A field of HTTP: a token, and a value without control characters.
pub fn can_be_sent(name: &str, value: &str) {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    assert!(!name.is_empty() && name.bytes().all(token), "{name:?}");
    let fits = |b: u8| b == b' ' || b.is_ascii_graphic();
    assert!(value.bytes().all(fits), "{name}: {value:?}");
}

fn select(policy: &Policy, mut request: Bytes<'_>) {
    let (method, path) = (request.line(), request.line());
    tells_by_prefix(policy, &request.line());
    let query = request.line();
    let mut headers = Vec::new();
    while let Some((name, value)) = request.line().split_once(':') {
        headers.push((name.to_owned(), value.to_owned()));
    }
    let Ok(path) = normalised(&path, policy.paths) else {
        return;
    };
    let found = policy.route(&method, &path);
    let matches = |it: &&Route| it.matches(&method, &path, policy.paths.ignore_case);
    let first = policy.routes.iter().find(matches);
    assert_eq!(found, first, "{method} {path}");
    let Some(route) = found else {
        return;
    };
    is_found_by_every_spelling(policy, route, &method, &path);
    let body = request.rest();
    let parts = Parts {
        path: &path,
        ignore_case: policy.paths.ignore_case,
        query: &query,
        headers: &headers,
        body: Body::read(body),
        lower: |text| text.to_lowercase(),
    };
    let selectors = route.limits.iter().filter_map(|limit| limit.per.as_ref());
    for selector in selectors.chain(route.owner.iter().map(|owner| &owner.by)) {
        let found = route.value(selector, &parts);
        assert_eq!(found, route.value(selector, &parts));
        assert!(found != Ok(Some(String::new())));
    }
    settles_within_bounds(route, &headers, &String::from_utf8_lossy(body));
}

/// A slash at the end makes no difference, nor does case where the policy says so.
fn is_found_by_every_spelling(policy: &Policy, route: &Route, method: &str, path: &str) {
    let finds = |path: &str| {
        let found = policy.route(method, path);
        found.is_some_and(|found| std::ptr::eq(found, route))
    };
    let other = match path.strip_suffix('/') {
        Some(without) if !without.is_empty() => without.to_owned(),
        Some(_) => path.to_owned(),
        None => format!("{path}/"),
    };
    assert!(finds(&other), "{path}, not {other}");
    if policy.paths.ignore_case {
        assert!(finds(&path.to_ascii_uppercase()), "{path} in capitals");
    }
    let key = route.key(path);
    assert!(key.is_none() || route.pattern.has_key());
}

fn tells_by_prefix(policy: &Policy, key: &str) {
    let Some((tier, sharing)) = policy.tier_of_prefix(key) else {
        return;
    };
    assert!(policy.tier(&tier.name).is_some());
    match sharing {
        Sharing::Key(whole) => assert_eq!(whole, key),
        Sharing::Capture(part) => assert!(!part.is_empty() && key.starts_with(part)),
    }
}

fn settles_within_bounds(route: &Route, headers: &[(String, String)], body: &str) {
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    for reserve in &route.caps {
        for status in [200, 201, 404, 503] {
            let came = match reserve.came(status, header) {
                Came::To(amount) => Some(amount),
                Came::Field(field) => field_amount(body, field),
                Came::Unknown => None,
            };
            assert!(came.is_none_or(|came| came.unsigned_abs() <= MAX_AMOUNT));
        }
    }
}
