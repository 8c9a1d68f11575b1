//! Routes: what a request costs, which lane it takes, who answers for it and what limits it besides its tier, by
//! method and path. The first that matches holds.

use super::answer::{Answer, read_answer};
use super::caps::{Reserve, read_caps};
use super::limits::EndpointLimit;
use super::owners::NamedOwner;
use super::pattern::Pattern;
use super::route_table::RouteTable;
use super::selector::{Place, Selector};
use super::tiers::{Tier, lanes};
use crate::bounds::{MAX_ENTRIES, MAX_LIMITS, MAX_UNITS};
use crate::document::{DocumentError, Field};
use crate::limit::Name;

/// One entry of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The methods that are meant, in capitals; all of them if there is none.
    pub methods: Vec<String>,
    /// The paths that are meant.
    pub pattern: Pattern,
    /// Passes without credential and without charge.
    pub open: bool,
    /// Units that a request is charged; 0 charges none.
    pub cost: u64,
    /// The lane that a request takes a slot of, if its tier has it.
    pub lane: Option<Name>,
    /// Who answers for a request in the account's place.
    pub owner: Option<NamedOwner>,
    /// The limits that a request is tested against besides those of its tier, names unique.
    pub limits: Vec<EndpointLimit>,
    /// What a request reserves of the caps that its tier has.
    pub caps: Vec<Reserve>,
    /// What the gate answers in the origin's place.
    pub answer: Option<Answer>,
}

/// What routes may name.
pub(super) struct Named<'a> {
    pub(super) tiers: &'a [Tier],
    pub(super) limits: &'a [EndpointLimit],
    pub(super) owners: &'a [NamedOwner],
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

    /// Whether a request is told where the limits stand, and spends nothing.
    #[must_use]
    pub fn tells_standings(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| answer.tells_standings)
    }

    /// Whether its owner or one of its limits looks at that part of a request.
    #[must_use]
    pub fn looks_at(&self, place: Place) -> bool {
        let limits = self.limits.iter().filter_map(|limit| limit.per.as_ref());
        let owner = self.owner.iter().map(|owner| &owner.by);
        limits.chain(owner).any(|selector| selector.place == place)
    }

    /// The segment of a path that matches which the pattern calls so.
    pub(super) fn segment<'p>(&self, path: &'p str, name: &str) -> Option<&'p str> {
        self.pattern.segment(path, name)
    }
}

pub(super) fn read_routes(
    field: &Field<'_>,
    named: &Named<'_>,
) -> Result<RouteTable, DocumentError> {
    let routes = field.list(MAX_ENTRIES)?;
    let routes = routes.iter().map(|route| read_route(route, named));
    Ok(RouteTable::new(routes.collect::<Result<_, _>>()?))
}

const FIELDS: [&str; 9] = [
    "methods", "path", "open", "cost", "lane", "owner", "limits", "caps", "answer",
];

fn read_route(field: &Field<'_>, named: &Named<'_>) -> Result<Route, DocumentError> {
    let object = field.object(&FIELDS)?;
    let pattern = Pattern::read(&object.required("path")?)?;
    let methods = object
        .optional("methods")
        .map_or(Ok(Vec::new()), |f| read_methods(&f))?;
    let open = object.optional("open").map_or(Ok(false), |f| f.boolean())?;
    let cost = object
        .optional("cost")
        .map(|f| f.integer(0..=MAX_UNITS))
        .transpose()?;
    let lane = object.optional("lane").map(|f| read_lane(&f, named.tiers));
    let lane = lane.transpose()?;
    let owner = object
        .optional("owner")
        .map(|f| read_owner(&f, named.owners, &pattern))
        .transpose()?;
    let limits = object.optional("limits");
    let caps = object.optional("caps");
    let caps = caps.map_or(Ok(Vec::new()), |f| read_caps(&f, named.tiers))?;
    let answer = object
        .optional("answer")
        .map(|f| read_answer(&f, named.tiers));
    let answer = answer.transpose()?;
    if answer.is_some() && (open || lane.is_some() || owner.is_some() || !caps.is_empty()) {
        return Err(field.fail("either an answer, or open, a lane, an owner or caps"));
    }
    let looks = answer.as_ref().is_some_and(|it| it.tells_standings);
    if looks && (cost.is_some() || limits.is_some()) {
        return Err(
            field.fail("either an answer of standings, or a cost or limits: it spends nothing")
        );
    }
    let counted = lane.is_some() || owner.is_some() || limits.is_some() || !caps.is_empty();
    if open && (counted || cost.is_some() || pattern.has_key()) {
        return Err(field.fail(
            "either open, or a cost, a lane, an owner, limits, caps or a key in the path: an open route is never charged",
        ));
    }
    if owner.is_some() && (lane.is_some() || !caps.is_empty() || pattern.has_key()) {
        let allowed =
            "either an owner, or a lane, caps or a key in the path, which are for accounts";
        return Err(field.fail(allowed));
    }
    let limits = limits.map_or(Ok(Vec::new()), |f| read_limits(&f, named.limits, &pattern))?;
    Ok(Route {
        methods,
        pattern,
        open,
        cost: cost.unwrap_or(u64::from(!looks)),
        lane,
        owner,
        limits,
        caps,
        answer,
    })
}

fn read_owner(
    field: &Field<'_>,
    owners: &[NamedOwner],
    pattern: &Pattern,
) -> Result<NamedOwner, DocumentError> {
    let name = field.name()?;
    let owner = owners.iter().find(|owner| owner.kind == name);
    let owner = owner.ok_or_else(|| field.fail("the name of an owner"))?;
    require_segment(field, &owner.by, pattern)?;
    Ok(owner.clone())
}

fn read_limits(
    field: &Field<'_>,
    limits: &[EndpointLimit],
    pattern: &Pattern,
) -> Result<Vec<EndpointLimit>, DocumentError> {
    let mut found: Vec<EndpointLimit> = Vec::new();
    for item in field.list(MAX_LIMITS)? {
        let name = item.name()?;
        let limit = limits.iter().find(|known| known.limit.name == name);
        let limit = limit.ok_or_else(|| item.fail("the name of an entry of limits"))?;
        if let Some(per) = &limit.per {
            require_segment(&item, per, pattern)?;
        }
        if found.contains(limit) {
            return Err(item.fail("each limit once"));
        }
        found.push(limit.clone());
    }
    Ok(found)
}

/// What looks at a segment of the path is for routes whose paths have it.
fn require_segment(
    field: &Field<'_>,
    selector: &Selector,
    pattern: &Pattern,
) -> Result<(), DocumentError> {
    if selector.place != Place::Path || pattern.has(&selector.name) {
        return Ok(());
    }
    let name = &selector.name;
    Err(field.fail(format!("this only where the route's path has {{{name}}}")))
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
