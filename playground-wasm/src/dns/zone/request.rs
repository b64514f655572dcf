//! What a name in the zone asks for (`plugin/kubernetes/parse.go`).

/// The forms of a name, read from the right; the text is lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// The zone, `svc` or `pod`: a name with nothing but names below it.
    Apex,
    /// `namespace.svc` or `namespace.pod`.
    Namespace(&'a str),
    /// `service.namespace.svc`, with what stands before it.
    Service { namespace: &'a str, name: &'a str, part: Part<'a> },
    /// `10-244-1-3.namespace.pod`; up to two labels before it are ignored.
    Pod { namespace: &'a str, label: &'a str },
}

/// Which part of a Service is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Whole,
    Endpoint(&'a str),
    /// `_port._protocol`; the underscores are optional, and an empty one stands for all.
    Port {
        name: &'a str,
        protocol: &'a str,
    },
}

/// Reads the labels before the zone; absent where they have none of the forms.
pub(super) fn parse(base: &str) -> Option<Request<'_>> {
    let mut labels = base.rsplit('.').filter(|label| !label.is_empty());
    let is_pod = match labels.next() {
        None => return Some(Request::Apex),
        Some("svc") => false,
        Some("pod") => true,
        Some(_) => return None,
    };
    let Some(namespace) = labels.next() else { return Some(Request::Apex) };
    let Some(name) = labels.next() else { return Some(Request::Namespace(namespace)) };
    let part = match (labels.next(), labels.next(), labels.next()) {
        (None, ..) => Part::Whole,
        (Some(hostname), None, _) => Part::Endpoint(hostname),
        (Some(protocol), Some(port), None) => Part::Port { name: bare(port), protocol: bare(protocol) },
        _ => return None,
    };
    Some(if is_pod { Request::Pod { namespace, label: name } } else { Request::Service { namespace, name, part } })
}

fn bare(label: &str) -> &str {
    label.strip_prefix('_').unwrap_or(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_right() {
        let service = |part| Some(Request::Service { namespace: "shop", name: "web", part });
        for (base, request) in [
            ("", Some(Request::Apex)),
            ("svc", Some(Request::Apex)),
            ("pod", Some(Request::Apex)),
            ("shop.svc", Some(Request::Namespace("shop"))),
            ("shop.pod", Some(Request::Namespace("shop"))),
            ("web.shop.svc", service(Part::Whole)),
            ("a.web.shop.svc", service(Part::Endpoint("a"))),
            ("_http._tcp.web.shop.svc", service(Part::Port { name: "http", protocol: "tcp" })),
            ("http.tcp.web.shop.svc", service(Part::Port { name: "http", protocol: "tcp" })),
            ("x._http._tcp.web.shop.svc", None),
            ("a.b.10-0-0-1.shop.pod", Some(Request::Pod { namespace: "shop", label: "10-0-0-1" })),
            ("shop", None),
            ("web.shop", None),
        ] {
            assert_eq!(parse(base), request, "{base}");
        }
    }
}
