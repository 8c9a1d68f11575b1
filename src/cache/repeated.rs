//! Denials that an isolate has repeated and the objects do not know of yet.

use crate::bounds::MAX_LIMITS_COUNTED;
use crate::limit::Name;
use std::collections::HashMap;

/// Most accounts of which any are remembered. Of further ones they are not counted in their objects.
const MOST: usize = 1_024;

/// By the object's name, how many each limit has refused. They ride on the next ask.
#[derive(Clone, Debug, Default)]
pub struct Repeated(HashMap<String, Vec<(Name, u64)>>);

impl Repeated {
    /// Counts denials that a limit made.
    pub fn note(&mut self, object: &str, limit: &Name, times: u64) {
        if !self.0.contains_key(object) {
            if self.0.len() >= MOST {
                return;
            }
            self.0.insert(object.to_owned(), Vec::new());
        }
        let Some(limits) = self.0.get_mut(object) else {
            return;
        };
        let known = limits.iter_mut().find(|(known, _)| known == limit);
        if let Some((_, count)) = known {
            *count = count.saturating_add(times);
        } else if limits.len() < MAX_LIMITS_COUNTED {
            limits.push((limit.clone(), times));
        }
    }

    /// What an object is to be told; whoever takes it tells it.
    pub fn taken(&mut self, object: &str) -> Vec<(Name, u64)> {
        // Nearly always there is nothing.
        if self.0.is_empty() {
            return Vec::new();
        }
        self.0.remove(object).unwrap_or_default()
    }
}
