//! What was let through and denied over time, as SVG that reads on light and on dark ground.

use super::count::{length, number};
use super::report::Report;
use headgate::time::UnixMillis;
use headgate::wire::iso_second;

const LEFT: u64 = 70;
const TOP: u64 = 40;
const WIDTH: u64 = 720;
const HEIGHT: u64 = 220;
const BOTTOM: u64 = TOP + HEIGHT;

const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #24292f; } .faint { fill: #57606a; } \
.grid { stroke: #d0d7de; } .admitted { fill: #8c959f; } .denied { fill: #cf222e; } .current { fill: none; stroke: #1f6feb; \
stroke-width: 2; } .key { fill: #1f6feb; } @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .faint { fill: #9198a1; } \
.grid { stroke: #3d444d; } .admitted { fill: #656c76; } .denied { fill: #f85149; } .current { stroke: #4493f8; } .key { fill: #4493f8; } }";

/// The chart: a bar per interval, of what was denied below and what was admitted above it, and a line of what the current
/// policy denies.
pub(crate) fn chart(report: &Report) -> String {
    let sums = report.tally.intervals.sums.iter();
    let highest = sums.map(|sums| sums.requests).max().unwrap_or(0);
    let step = step_of(highest);
    let most = highest.div_ceil(step).max(1).saturating_mul(step);
    let y = |count: u64| tenths(count, most);
    let mut parts = grid(most, step, y);
    parts.extend(bars(report, y));
    parts.extend(times(report));
    parts.extend(legend(report));
    let (title, parts) = (sentence(report), parts.join("\n"));
    let width = LEFT.saturating_add(WIDTH).saturating_add(20);
    let height = BOTTOM.saturating_add(40);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title">
  <title id="title">{title}</title>
  <style>{STYLE}</style>
{parts}
</svg>
"#
    )
}

fn bars(report: &Report, y: impl Fn(u64) -> u64) -> Vec<String> {
    let sums = &report.tally.intervals.sums;
    let count = u64::try_from(sums.len()).unwrap_or(1).max(1);
    let x = |at: usize| {
        let at = u64::try_from(at).unwrap_or(0).saturating_mul(WIDTH);
        let from = at.saturating_mul(10).checked_div(count).unwrap_or(0);
        from.saturating_add(LEFT.saturating_mul(10))
    };
    let (mut parts, mut line) = (Vec::new(), Vec::new());
    for (at, sums) in sums.iter().enumerate() {
        let (from, to) = (x(at), x(at.saturating_add(1)));
        let wide = to.saturating_sub(from);
        let (bottom, middle, top) = (y(0), y(sums.new), y(sums.requests));
        let denied = bottom.saturating_sub(middle);
        parts.push(bar("denied", from, middle, wide, denied));
        parts.push(bar("admitted", from, top, wide, middle.saturating_sub(top)));
        let level = decimal(y(sums.current));
        line.push(format!("{} {level}L{} {level}", decimal(from), decimal(to)));
    }
    if report.current.is_some() {
        let line = line.join("L");
        parts.push(format!(r#"  <path class="current" d="M{line}"/>"#));
    }
    parts
}

fn sentence(report: &Report) -> String {
    let tally = &report.tally;
    let new = number(tally.denials.new);
    format!(
        "{new} of {} requests denied by the new policy",
        number(tally.requests)
    )
}

fn grid(most: u64, step: u64, y: impl Fn(u64) -> u64) -> Vec<String> {
    let mut parts = Vec::new();
    let mut count = 0;
    while count <= most {
        let at = y(count);
        let (left, right) = (LEFT, LEFT.saturating_add(WIDTH));
        parts.push(format!(
            r#"  <line class="grid" x1="{left}" x2="{right}" y1="{0}" y2="{0}"/>"#,
            decimal(at)
        ));
        parts.push(format!(
            r#"  <text class="faint" x="{}" y="{}" text-anchor="end">{}</text>"#,
            left.saturating_sub(8),
            decimal(at.saturating_add(40)),
            number(count)
        ));
        count = count.saturating_add(step);
    }
    parts
}

fn bar(class: &str, x: u64, y: u64, width: u64, height: u64) -> String {
    let [x, y, width, height] = [x, y, width, height].map(decimal);
    format!(r#"  <rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#)
}

fn times(report: &Report) -> Vec<String> {
    let intervals = &report.tally.intervals;
    let y = BOTTOM.saturating_add(20);
    let ends = [
        (LEFT, "start", intervals.start(0)),
        (
            LEFT.saturating_add(WIDTH),
            "end",
            intervals.start(intervals.sums.len()),
        ),
    ];
    let text = |(x, anchor, at): (u64, &str, UnixMillis)| {
        let time = iso_second(at);
        format!(r#"  <text class="faint" x="{x}" y="{y}" text-anchor="{anchor}">{time}</text>"#)
    };
    ends.map(text).into()
}

fn legend(report: &Report) -> Vec<String> {
    let each = length(report.tally.intervals.length);
    let current = report
        .current
        .as_ref()
        .map(|_| ("key", "denied by the current policy"));
    let entries = [
        ("admitted", "admitted"),
        ("denied", "denied by the new policy"),
    ];
    let mut parts = vec![format!(
        r#"  <text class="faint" x="{LEFT}" y="20">requests per {each}</text>"#
    )];
    let mut x = LEFT.saturating_add(180);
    for (class, text) in entries.into_iter().chain(current) {
        parts.push(format!(
            r#"  <rect class="{class}" x="{x}" y="10" width="12" height="12"/>"#
        ));
        x = x.saturating_add(18);
        parts.push(format!(r#"  <text x="{x}" y="20">{text}</text>"#));
        let letters = u64::try_from(text.len()).unwrap_or(0);
        x = x
            .saturating_add(letters.saturating_mul(7))
            .saturating_add(14);
    }
    parts
}

/// Tenths of a pixel from the top, where `count` of `most` stands.
fn tenths(count: u64, most: u64) -> u64 {
    let high = count
        .saturating_mul(HEIGHT)
        .saturating_mul(10)
        .checked_div(most);
    BOTTOM.saturating_mul(10).saturating_sub(high.unwrap_or(0))
}

fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A step of 1, 2 or 5 times a power of ten that makes at most eight of the whole.
fn step_of(most: u64) -> u64 {
    let powers = (0..=18).filter_map(|power| 10_u64.checked_pow(power));
    let mut steps = powers.flat_map(|power| [1, 2, 5].map(|it: u64| power.saturating_mul(it)));
    steps
        .find(|step| most.div_ceil(*step) <= 8)
        .unwrap_or(u64::MAX)
}
