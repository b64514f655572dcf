//! Rules written as they look, with names in braces for what differs: `-s {source} -j {svc}`.
//!
//! Braces of nftables' own have a space behind them.

/// Names and what they stand for.
#[derive(Default)]
pub struct Names(Vec<(&'static str, String)>);

impl Names {
    /// Lets a name stand for a text from now on.
    pub fn set(&mut self, name: &'static str, text: &str) {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, text.to_owned()));
    }

    /// A template with texts for its names.
    pub fn fill(&self, template: &str) -> String {
        let mut text = String::new();
        let mut parts = template.split('{');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once('}').filter(|(name, _)| !name.starts_with(' ')) {
                Some((name, rest)) => {
                    text.push_str(self.get(name));
                    text.push_str(rest);
                }
                None => {
                    text.push('{');
                    text.push_str(part);
                }
            }
        }
        text
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn fills_names_and_leaves_other_braces() {
        let mut names = Names::default();
        names.set("ip", "10.0.0.1");
        names.set("to", "x");
        names.set("to", "y");
        assert_eq!(names.fill("{ip} vmap { 0 : goto {to} } {to}{none}"), "10.0.0.1 vmap { 0 : goto y } y");
    }
}
