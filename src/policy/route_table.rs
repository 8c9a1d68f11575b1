//! The routes of a policy, found by the segments of a path. The tree only says which routes may match, in few steps:
//! [`Route::matches`] says which do.

use super::Route;
use super::pattern::segments;
use crate::path::decoded_for_matching;
use std::ops::Deref;

/// Routes in the order of the document, read as the list that they are, and a tree of their patterns' segments.
///
/// A search visits a node once at most, and each node is a segment of a pattern: whatever the policy, it looks at no more
/// than trying all routes by their paths would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteTable {
    routes: Vec<Route>,
    root: Node,
}

/// What patterns go on with that begin alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    /// The first route whose pattern leads here.
    first: usize,
    /// The routes whose patterns end here, in their order, and whether more segments may follow.
    ends: Vec<(usize, bool)>,
    /// Where segments lead, by their hashes, in the order of these.
    children: Vec<(u32, Node)>,
}

/// In place of a hash: any segment, or none.
const ANY: u32 = 0;

/// Most segments of a pattern that the tree has, so that no search goes deep into the stack. Few paths are as long; in longer
/// ones all routes that lead as far are tried.
const MAX_DEPTH: usize = 16;

impl RouteTable {
    pub(super) fn new(routes: Vec<Route>) -> Self {
        let mut root = Node::default();
        for (at, route) in routes.iter().enumerate() {
            root.add(route, at);
        }
        Self { routes, root }
    }

    /// The first route that matches.
    pub(super) fn find(&self, method: &str, path: &str, ignore_case: bool) -> Option<&Route> {
        let mut hashes = [ANY; MAX_DEPTH];
        for (place, segment) in hashes.iter_mut().zip(segments(path)) {
            *place = hash(&decoded_for_matching(segment));
        }
        let matches = |at: usize| {
            let route = self.routes.get(at);
            route.is_some_and(|route| route.matches(method, path, ignore_case))
        };
        let none = self.routes.len();
        self.routes.get(self.root.first_of(&hashes, none, &matches))
    }
}

impl Deref for RouteTable {
    type Target = [Route];

    fn deref(&self) -> &[Route] {
        &self.routes
    }
}

impl Node {
    fn add(&mut self, route: &Route, at: usize) {
        let mut node = self;
        for text in route.pattern.texts().take(MAX_DEPTH) {
            let Some(child) = node.grown(text.map_or(ANY, hash), at) else {
                return;
            };
            node = child;
        }
        // Most nodes have one.
        node.ends.reserve_exact(1);
        node.ends.push((at, route.pattern.is_open()));
    }

    /// The first route below, and before another, that a path of these hashes may take and that `matches`; the other one if
    /// there is none.
    fn first_of(&self, hashes: &[u32], before: usize, matches: &dyn Fn(usize) -> bool) -> usize {
        if self.first >= before {
            return before;
        }
        let next = hashes.split_first().filter(|(hash, _)| **hash != ANY);
        let mut found = before;
        if let Some((hash, rest)) = next {
            let (any, exactly) = (self.child(ANY), self.child(*hash));
            let first = |node: Option<&Self>| node.map_or(usize::MAX, |node| node.first);
            // What is found sooner spares what comes later.
            let children = if first(any) < first(exactly) {
                [any, exactly]
            } else {
                [exactly, any]
            };
            for child in children.into_iter().flatten() {
                found = child.first_of(rest, found, matches);
            }
        }
        // Last, since what means any path below is mostly written last.
        let may_match = |(_, goes_on): &&(usize, bool)| *goes_on || next.is_none();
        let ends = self.ends.iter().filter(may_match).map(|(at, _)| *at);
        let mut sooner = ends.take_while(|at| *at < found);
        sooner.find(|at| matches(*at)).unwrap_or(found)
    }

    fn child(&self, hash: u32) -> Option<&Self> {
        let (_, child) = self.children.get(self.place(hash).ok()?)?;
        Some(child)
    }

    /// The node that a segment of this hash leads to, made by a route if there is none.
    fn grown(&mut self, hash: u32, first: usize) -> Option<&mut Self> {
        let place = self.place(hash).unwrap_or_else(|place| {
            let node = Self {
                first,
                ..Self::default()
            };
            self.children.reserve_exact(1);
            self.children.insert(place, (hash, node));
            place
        });
        let (_, child) = self.children.get_mut(place)?;
        Some(child)
    }

    fn place(&self, hash: u32) -> Result<usize, usize> {
        self.children
            .binary_search_by_key(&hash, |(known, _)| *known)
    }
}

/// A hash of a segment, the same in every case: FNV-1a of 32 bits, and never [`ANY`]. Those that share one are told apart by
/// [`Route::matches`], as case is where it makes a difference.
fn hash(segment: &str) -> u32 {
    let add = |hash: u32, byte: u8| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(16_777_619)
    };
    segment.bytes().fold(2_166_136_261, add).max(1)
}
