//! A search through all states that a world can get into, nearest first.

use super::Model;
use super::digest::Digest;
use super::objects::Objects;
use super::step::Step;
use super::world::World;
use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Well above what any search here meets: a machine that prints what no decision depends on never ends.
const MOST_STATES: usize = 4_000_000;

struct Search {
    model: Model,
    objects: Objects,
    met: HashSet<u128>,
    /// How each state was reached: from which one, and by which step.
    ways: Vec<(usize, Step)>,
    ahead: VecDeque<(usize, World)>,
}

/// Looks at every state of a world; how many there are. Whatever does not hold in one fails with the shortest way
/// to it.
pub fn states(model: Model) -> usize {
    let (objects, object) = Objects::new(model);
    let mut search = Search {
        model,
        objects,
        met: HashSet::new(),
        ways: Vec::new(),
        ahead: VecDeque::new(),
    };
    search.meet(0, Step::Tick, World::new(&model, object));
    let mut next = Vec::new();
    while let Some((at, world)) = search.ahead.pop_front() {
        let went_on = catch_unwind(AssertUnwindSafe(|| {
            world.next(&model, &mut search.objects, &mut next);
        }));
        if let Err(failed) = went_on {
            search.fail(at, &world, failed);
        }
        for (step, world) in next.drain(..) {
            search.meet(at, step, world);
        }
    }
    search.ways.len()
}

impl Search {
    fn meet(&mut self, from: usize, step: Step, world: World) {
        if !self.met.insert(Digest::of(&world)) {
            return;
        }
        let at = self.ways.len();
        assert!(at < MOST_STATES, "states hardly recur: {world:?}");
        self.ways.push((from, step));
        let held = catch_unwind(AssertUnwindSafe(|| {
            world.check(&self.model, &mut self.objects);
        }));
        if let Err(failed) = held {
            self.fail(at, &world, failed);
        }
        self.ahead.push_back((at, world));
    }

    fn fail(&self, mut at: usize, world: &World, failed: Box<dyn std::any::Any + Send>) -> ! {
        let mut way = Vec::new();
        while at > 0 {
            let (from, step) = self.ways[at];
            way.push(step);
            at = from;
        }
        println!("{:?}", self.model);
        for step in way.iter().rev() {
            println!("  {step:?}");
        }
        println!("{world:?}");
        resume_unwind(failed)
    }
}
