//! The two tables that kube-proxy writes to, printed as `iptables-save` does: built-in chains, then the others by name.

use crate::net::rules::listing::{Line, Origin, glue, order};

/// The rules of both tables, in the order they are added.
#[derive(Default)]
pub struct Tables {
    pub filter: Table,
    pub nat: Table,
}

/// One table.
#[derive(Default)]
pub struct Table {
    /// Chains with their rules, a chain perhaps several times.
    rules: Vec<(String, Line)>,
}

impl Table {
    /// Appends a rule to a chain.
    pub fn add(&mut self, chain: &str, origin: Option<Origin>, rule: &str) {
        self.rules.push((chain.to_owned(), Line { text: glue(&["-A ", chain, " ", rule]), origin }));
    }

    /// Names a chain that may stay empty.
    pub fn declare(&mut self, chain: &str) {
        self.rules.push((chain.to_owned(), Line { text: String::new(), origin: None }));
    }

    fn lines(mut self, name: &str, built_in: &[&str], whole: bool, lines: &mut Vec<Line>) {
        let place = |chain: &str| built_in.iter().position(|name| *name == chain).unwrap_or(built_in.len());
        // Digits go before letters, so the built-in chains come first.
        let key = |chain: &str| if place(chain) < built_in.len() { place(chain).to_string() } else { chain.to_owned() };
        let order = order(self.rules.iter().map(|(chain, _)| key(chain)));
        let mut line = |text: String, origin| lines.push(Line { text, origin });
        line(glue(&["*", name]), None);
        if whole {
            for chain in built_in {
                line(glue(&[":", chain, " ACCEPT [0:0]"]), None);
            }
        }
        // A rule points to chains that another Service's or nobody's rules fill; those are not shown as if they were new.
        let mut last = "";
        for (chain, rule) in order.iter().map(|&place| &self.rules[place]).filter(|(chain, _)| place(chain) == built_in.len()) {
            if chain != last && (whole || is_service_chain(chain)) {
                line(glue(&[":", chain, " - [0:0]"]), rule.origin);
            }
            last = chain;
        }
        lines.extend(order.iter().map(|&place| std::mem::take(&mut self.rules[place].1)).filter(|rule| !rule.text.is_empty()));
        lines.push(Line { text: "COMMIT".into(), origin: None });
    }
}

/// KUBE-SVC-XPGD46QRK7WJZT7O unlike KUBE-SERVICES.
fn is_service_chain(name: &str) -> bool {
    name.rsplit('-').next().is_some_and(|hash| hash.len() == 16)
}

impl Tables {
    /// All lines; the parts that all Services share are whole or just not there.
    pub fn lines(self, whole: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        self.filter.lines("filter", &["INPUT", "FORWARD", "OUTPUT"], whole, &mut lines);
        self.nat.lines("nat", &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"], whole, &mut lines);
        lines
    }
}
