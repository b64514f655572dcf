//! Many requests of one query: where they went, and which courses they took.
//!
//! Each of them is sent and followed. What load balancing leaves to chance makes the only difference between them, so those that
//! met with the same choices went the same way, from hop to hop and to the microsecond: their course is told once.

use super::request::told;
use crate::cluster::{Cluster, PodId};
use crate::dto::RequestAnswer;
use crate::index::Index;
use crate::net::Network;
use crate::request::Exchange;
use crate::trace;

/// Hops that are told of all courses together, more or less: an application whose workloads all have replicas has more courses
/// than anybody reads.
const HOPS: usize = 10_000;

/// The courses that some requests took.
pub struct Courses {
    /// Their numbers by the choices that led there.
    numbers: Index<Vec<u32>, u32>,
    /// By number: who answered, and how often.
    reached: Vec<(Option<PodId>, u32)>,
    /// Those that are to be told, if any are.
    told: Option<Vec<RequestAnswer>>,
    hops: usize,
    /// The number of each request's course.
    taken: Vec<u32>,
}

impl Courses {
    /// None yet; they are told or only counted.
    pub fn new(tell: bool) -> Self {
        Self { numbers: Index::default(), reached: Vec::new(), told: tell.then(Vec::new), hops: 0, taken: Vec::new() }
    }

    /// Takes in one more request and the choices that it met with.
    pub fn add(&mut self, net: Network<'_>, exchange: &Exchange, choices: &[u32]) {
        let number = match self.numbers.get(choices) {
            Some(&number) => number,
            None => {
                let number = u32::try_from(self.reached.len()).unwrap_or(u32::MAX);
                self.numbers.insert(choices.to_vec(), number);
                self.reached.push((trace::reached(exchange).map(|listener| listener.pod), 0));
                if let Some(list) = self.told.as_mut().filter(|_| self.hops < HOPS) {
                    let answer = told(net, exchange);
                    self.hops += answer.hops.len();
                    list.push(answer);
                }
                number
            }
        };
        self.reached[number as usize].1 += 1;
        if self.told.is_some() {
            self.taken.push(number);
        }
    }

    /// Writes into the answer where the requests went.
    pub fn tell(self, cluster: &Cluster, answer: &mut RequestAnswer) {
        for (pod, times) in self.reached {
            let Some(pod) = pod else { continue };
            let meta = &cluster.pod(pod).meta;
            *answer.distribution.entry(format!("{}/{}", meta.namespace, meta.name)).or_default() += times;
        }
        answer.courses = self.told.unwrap_or_default();
        answer.taken = self.taken;
    }
}
