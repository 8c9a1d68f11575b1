//! What clients are told.

use super::count::list;
use headgate::policy::{
    Cors, Dialect, Figure, HeaderRule, HeaderValue, List, Policy, ProblemJson, Reason, Style, When,
    Which,
};

pub(crate) fn lines(policy: &Policy) -> Vec<String> {
    let dialect = &policy.dialect;
    let mut lines: Vec<String> = dialect.headers.iter().map(header).collect();
    if lines.is_empty() {
        lines.push("headers: none tells of limits but Retry-After".to_owned());
    }
    lines.extend(denials(dialect));
    lines.push(pages(policy.cors.as_ref()));
    lines
}

fn header(rule: &HeaderRule) -> String {
    let (says, limit) = match &rule.value {
        HeaderValue::List(List::RateLimitPolicy) => (
            "what all limits allow, as in draft-ietf-httpapi-ratelimit-headers-11".to_owned(),
            "",
        ),
        HeaderValue::List(List::RateLimit) => (
            "what is left of all limits, as in draft-ietf-httpapi-ratelimit-headers-11".to_owned(),
            "",
        ),
        HeaderValue::Of(which, figure) => {
            let limit = match which {
                Which::Named(name) => name.as_str(),
                Which::Closest => "the limit closest to exhaustion",
            };
            (told(*figure, limit), limit)
        }
    };
    let when = match rule.when {
        When::Always => String::new(),
        When::Exhausted => format!(", while {limit} has not one whole unit left"),
    };
    format!("header {}: {says}{when}", rule.name)
}

fn told(figure: Figure, limit: &str) -> String {
    match figure {
        Figure::Units => format!("what {limit} allows"),
        Figure::Remaining => format!("what remains of {limit}"),
        Figure::Reset => format!("when {limit} next has capacity, in Unix seconds"),
        Figure::ResetAfter => format!("in how many seconds {limit} next has capacity"),
        Figure::Full => format!("when all of {limit} is back, in Unix seconds"),
    }
}

fn denials(dialect: &Dialect) -> Vec<String> {
    let own = |style: &Style| {
        format!(
            "{}, {} of the policy's own",
            style.status, style.content_type
        )
    };
    // A full lane looks like any limit unless the policy says otherwise.
    let has_lane = dialect
        .styles
        .iter()
        .any(|(reason, _)| *reason == Reason::Concurrency);
    let of_reason = |(reason, style): &(Reason, Style)| {
        let also = if *reason == Reason::Quota && !has_lane {
            " and concurrency"
        } else {
            ""
        };
        format!("denial {}{also}: {}", reason.name(), own(style))
    };
    let of_limit = |(name, style): &(_, Style)| format!("denial by {name}: {}", own(style));
    let mut lines: Vec<String> = dialect.styles.iter().map(of_reason).collect();
    lines.extend(dialect.styles_of.iter().map(of_limit));
    let is_left = |reason: &Reason| dialect.own_style(*reason, None).is_none();
    let left = Reason::ALL.into_iter().filter(is_left);
    let left: Vec<String> = left
        .map(|reason| format!("{} {}", reason.name(), reason.status()))
        .collect();
    if !left.is_empty() {
        let body = match dialect.problem_json {
            ProblemJson::Always => "application/problem+json",
            ProblemJson::OnAccept | ProblemJson::Never => "plain JSON",
        };
        let whose = if lines.is_empty() {
            "denials"
        } else {
            "other denials"
        };
        lines.push(format!("{whose}, in {body}: {}", left.join(", ")));
    }
    match dialect.problem_json {
        ProblemJson::OnAccept => {
            lines.push(
                "clients whose Accept prefers it: application/problem+json instead of these bodies"
                    .to_owned(),
            );
        }
        ProblemJson::Always if left.len() < Reason::ALL.len() || !dialect.styles_of.is_empty() => {
            lines.push("all clients: application/problem+json instead of these bodies".to_owned());
        }
        ProblemJson::Always | ProblemJson::Never => {}
    }
    lines
}

fn pages(cors: Option<&Cors>) -> String {
    let Some(cors) = cors else {
        return "web pages: none may read the gate's own answers".to_owned();
    };
    let credentials = if cors.credentials {
        ", with credentials"
    } else {
        ""
    };
    match &cors.origins {
        None => "web pages: all may read the gate's own answers".to_owned(),
        Some(origins) if origins.is_empty() => {
            "web pages: none may read the gate's own answers".to_owned()
        }
        Some(origins) => {
            format!(
                "web pages: those of {} may read the gate's own answers{credentials}",
                list(origins, "and")
            )
        }
    }
}
