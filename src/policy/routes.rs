//! Routes: what a request costs and which lane it takes, by method and path. The first that matches holds.

use super::pattern::Pattern;
use super::tiers::{Tier, lanes};
use crate::bounds::{MAX_ENTRIES, MAX_UNITS};
use crate::document::{DocumentError, Field};
use crate::limit::Name;

/// One entry of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    methods: Vec<String>,
    pattern: Pattern,
    /// Passes without credential and without charge.
    pub open: bool,
    /// Units that a request is charged; 0 charges none.
    pub cost: u64,
    /// The lane that a request takes a slot of, if its tier has it.
    pub lane: Option<Name>,
}

impl Route {
    /// Whether a request of `method` for `path` (normalised, beginning with a slash) is meant. A slash at the
    /// end of the path makes no difference.
    #[must_use]
    pub fn matches(&self, method: &str, path: &str, ignore_case: bool) -> bool {
        // Origins run a HEAD as the GET that it asks about.
        let fits = |known: &String| known == method || known == "GET" && method == "HEAD";
        (self.methods.is_empty() || self.methods.iter().any(fits))
            && self.pattern.fits(path, ignore_case)
    }

    /// The API key in a path that matches, if the route says that there is one.
    #[must_use]
    pub fn key(&self, path: &str) -> Option<String> {
        self.pattern.key(path)
    }
}

pub(super) fn read_routes(field: &Field<'_>, tiers: &[Tier]) -> Result<Vec<Route>, DocumentError> {
    let routes = field.list(MAX_ENTRIES)?;
    routes
        .iter()
        .map(|route| read_route(route, tiers))
        .collect()
}

fn read_route(field: &Field<'_>, tiers: &[Tier]) -> Result<Route, DocumentError> {
    let object = field.object(&["methods", "path", "open", "cost", "lane"])?;
    let pattern = Pattern::read(&object.required("path")?)?;
    let methods = object
        .optional("methods")
        .map_or(Ok(Vec::new()), |f| read_methods(&f))?;
    let open = object.optional("open").map_or(Ok(false), |f| f.boolean())?;
    let cost = object
        .optional("cost")
        .map(|f| f.integer(0..=MAX_UNITS))
        .transpose()?;
    let lane = object.optional("lane").map(|f| read_lane(&f, tiers));
    let lane = lane.transpose()?;
    if open && (cost.is_some() || lane.is_some() || pattern.has_key()) {
        return Err(field.fail(
            "either open, or a cost, a lane or a key in the path: an open route is never charged",
        ));
    }
    Ok(Route {
        methods,
        pattern,
        open,
        cost: cost.unwrap_or(1),
        lane,
    })
}

fn read_lane(field: &Field<'_>, tiers: &[Tier]) -> Result<Name, DocumentError> {
    let name = field.name()?;
    if tiers.iter().flat_map(lanes).any(|lane| lane.name == name) {
        Ok(name)
    } else {
        Err(field.fail("the name of a concurrency limit of some tier"))
    }
}

fn read_methods(field: &Field<'_>) -> Result<Vec<String>, DocumentError> {
    let methods = field.list(16)?;
    if methods.is_empty() {
        return Err(field.fail("at least one method"));
    }
    let read = |method: &Field<'_>| {
        let text = method.text()?;
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase());
        if fits {
            Ok(text.to_owned())
        } else {
            Err(method.fail("a method in capitals, such as \"GET\""))
        }
    };
    methods.iter().map(read).collect()
}
